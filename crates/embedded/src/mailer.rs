//! Mail: by a mail server, or to a folder of this machine.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use gas_service::ports::{BackendError, Clock, Mail, Mailer, WhileDoing as _};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};
use secrecy::ExposeSecret as _;

pub(crate) use self::outbox::FileOutbox;
use crate::settings::SmtpSettings;

mod outbox;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Sends by SMTP.
pub(crate) struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
    from: Mailbox,
    clock: Arc<dyn Clock>,
}

impl SmtpMailer {
    /// A mailer for that server; does not call it yet.
    pub(crate) fn new(settings: &SmtpSettings, from: Mailbox, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.url.expose_secret())?
            .timeout(Some(settings.timeout))
            .build();
        Ok(Self { transport, timeout: settings.timeout, from, clock })
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), Fault> {
        let message = compose(mail, &self.from, &*self.clock)?;
        // The library's own limit is for connecting only: a server that then says nothing would hold us for ever.
        tokio::time::timeout(self.timeout, self.transport.send(message)).await??;
        Ok(())
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), BackendError> {
        self.hand_over(mail).await.while_doing(|| format!("sending mail to `{}`", mail.to))
    }
}

/// The mail as it travels: plain text, and the same as HTML for those who like it.
fn compose(mail: &Mail, from: &Mailbox, clock: &dyn Clock) -> Result<Message, Fault> {
    // Always the same encoding, so that the file in the outbox can be read by eye and by simple programs.
    let part = |kind: ContentType, text: &str| {
        SinglePart::builder()
            .header(kind)
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(text.to_owned())
    };
    let both = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let subject: String = mail.subject.chars().filter(|c| !c.is_control()).collect();
    let message = Message::builder()
        .from(from.clone())
        .to(mail.to.as_str().parse()?)
        .subject(subject)
        .date(SystemTime::try_from(clock.now())?)
        .message_id(None)
        .multipart(both)?;
    Ok(message)
}
