//! Mail by SES, version 2 of its API.
//!
//! Permissions: `ses:SendEmail` on the sender's identity and on the configuration set.

use async_trait::async_trait;
use aws_sdk_sesv2::{
    Client,
    error::{BuildError, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gas_service::ports::{BackendError, Mail, Mailer, WhileDoing as _};

use crate::{clients::Clients, failure::Fault, settings::AwsSettings};

/// What SES refused for a reason that somebody can remove, and how.
#[derive(Debug, thiserror::Error)]
#[error("{advice}")]
struct Refused {
    advice: String,
    #[source]
    cause: SdkError<SendEmailError>,
}

/// Sends by SES.
pub(crate) struct SesMailer {
    ses: Client,
    from: String,
    configuration_set: Option<String>,
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<(), BackendError> {
        self.hand_over(mail).await.while_doing(|| format!("sending mail to `{}`", mail.to))
    }
}

impl SesMailer {
    /// `from` is an address, or a name and an address such as `GAS <gas@example.org>`.
    pub(crate) fn new(clients: &Clients, settings: &AwsSettings, from: &str) -> Self {
        let set = &settings.mail_configuration_set;
        Self {
            ses: clients.ses.clone(),
            from: encoded(from),
            configuration_set: (!set.is_empty()).then(|| set.clone()),
        }
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), Fault> {
        let to = Destination::builder().to_addresses(mail.to.as_str()).build();
        let request = self
            .ses
            .send_email()
            .from_email_address(&self.from)
            .destination(to)
            .content(content(mail)?)
            .set_configuration_set_name(self.configuration_set.clone());
        let Err(cause) = request.send().await else { return Ok(()) };
        match cause.as_service_error().and_then(|error| self.advice(error)) {
            Some(advice) => Err(Refused { advice, cause }.into()),
            None => Err(cause.into()),
        }
    }

    /// What whoever runs the service can do about it.
    fn advice(&self, error: &SendEmailError) -> Option<String> {
        let from = &self.from;
        Some(match error {
            SendEmailError::MessageRejected(_) => format!(
                "SES rejected the mail. If an address is not verified: the sender `{from}` (`site.mail_from`) or its domain must \
                 be verified in this region, and the recipient too until AWS lets the account out of the SES sandbox \
                 (console of SES, Account dashboard, Request production access)"
            ),
            SendEmailError::MailFromDomainNotVerifiedException(_) => format!(
                "SES cannot use the custom MAIL FROM domain of `{from}`: its MX record must be published, or the \
                 identity be told to fall back to SES's own domain"
            ),
            SendEmailError::AccountSuspendedException(_) | SendEmailError::SendingPausedException(_) => {
                "SES has stopped sending for the account or its configuration set: see Reputation metrics in the console \
                 of SES"
                    .to_owned()
            }
            SendEmailError::LimitExceededException(_) | SendEmailError::TooManyRequestsException(_) => {
                "the account sends more mail than SES lets it: the quota can be raised in the console of Service Quotas"
                    .to_owned()
            }
            SendEmailError::NotFoundException(_) => {
                let set = self.configuration_set.as_deref().unwrap_or_default();
                format!("SES does not know the configuration set `{set}` (`aws.mail_configuration_set`) in this region")
            }
            _ => return None,
        })
    }
}

/// Plain text and the same as HTML, which SES joins to one multipart mail.
fn content(mail: &Mail) -> Result<EmailContent, BuildError> {
    let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let subject: String = mail.subject.chars().filter(|c| !c.is_control()).collect();
    let body = Body::builder().text(text(&mail.text)?).html(text(&mail.html)?).build();
    let message = Message::builder().subject(text(&subject)?).body(body).build();
    Ok(EmailContent::builder().simple(message).build())
}

/// SES takes a sender in ASCII only: other names must be encoded words, in pieces of at most 75 characters
/// ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047#section-2)).
fn encoded(from: &str) -> String {
    let Some((name, address)) = from.rsplit_once('<').filter(|(name, _)| !name.is_ascii()) else {
        return from.to_owned();
    };
    let mut words: Vec<String> = vec![String::new()];
    for character in name.trim().trim_matches('"').chars() {
        // 45 bytes are 60 characters in base64, and 12 stand around them.
        if words.last().is_some_and(|word| word.len() + character.len_utf8() > 45) {
            words.push(String::new());
        }
        words.last_mut().into_iter().for_each(|word| word.push(character));
    }
    let words: Vec<String> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(word))).collect();
    format!("{} <{address}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sesv2::types::error::{
        BadRequestException, LimitExceededException, MessageRejected, NotFoundException,
        SendingPausedException,
    };
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("gas@example.org", "gas@example.org")]
    #[case("GAS <gas@example.org>", "GAS <gas@example.org>")]
    #[case("\"Génomique\" <gas@example.org>", "=?UTF-8?B?R8Opbm9taXF1ZQ==?= <gas@example.org>")]
    #[case(
        "Service d'annotation génomique de l'université de Genève <gas@example.org>",
        "=?UTF-8?B?U2VydmljZSBkJ2Fubm90YXRpb24gZ8Opbm9taXF1ZSBkZSBsJ3VuaXZlcnNp?= =?UTF-8?B?dMOpIGRlIEdlbsOodmU=?= <gas@example.org>"
    )]
    fn senders_are_ascii(#[case] from: &str, #[case] expected: &str) {
        let encoded = encoded(from);
        assert_eq!(encoded, expected);
        assert!(encoded.split(' ').all(|word| word.len() <= 75), "{encoded}");
    }

    #[rstest]
    #[case(SendEmailError::MessageRejected(MessageRejected::builder().build()), Some("sandbox"))]
    #[case(SendEmailError::SendingPausedException(SendingPausedException::builder().build()), Some("Reputation"))]
    #[case(SendEmailError::LimitExceededException(LimitExceededException::builder().build()), Some("quota"))]
    #[case(SendEmailError::NotFoundException(NotFoundException::builder().build()), Some("`bounces`"))]
    #[case(SendEmailError::BadRequestException(BadRequestException::builder().build()), None)]
    fn refusals_come_with_what_to_do(#[case] error: SendEmailError, #[case] part: Option<&str>) {
        let settings = aws_sdk_sesv2::Config::builder()
            .behavior_version(aws_sdk_sesv2::config::BehaviorVersion::latest())
            .build();
        let mailer = SesMailer {
            ses: Client::from_conf(settings),
            from: "gas@example.org".to_owned(),
            configuration_set: Some("bounces".to_owned()),
        };
        let advice = mailer.advice(&error);
        assert_eq!(advice.is_some(), part.is_some());
        assert!(advice.unwrap_or_default().contains(part.unwrap_or_default()));
    }
}
