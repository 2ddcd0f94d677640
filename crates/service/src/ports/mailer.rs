use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::account::EmailAddress;

/// A mail, rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail on; when it returns, the next station has it.
    async fn send(&self, mail: &Mail) -> Result<(), BackendError>;
}

/// A mail that went no further than this machine.
#[derive(Clone, Debug)]
pub struct OutboxMail {
    /// Names it within the outbox.
    pub id: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// The mail.
    pub mail: Mail,
}

/// Where mail can be read when no mail server is configured.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// The newest mails, newest first.
    async fn newest(&self, limit: usize) -> Result<Vec<OutboxMail>, BackendError>;

    /// One mail.
    async fn find(&self, id: &str) -> Result<Option<OutboxMail>, BackendError>;
}
