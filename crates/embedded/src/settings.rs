//! What can be set about the embedded back end.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};

/// Settings of the embedded back end.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedSettings {
    /// How cold the cold storage is.
    pub cold_storage: ColdStorageSettings,
    /// How often a message is handed out before it goes to the dead letters.
    pub max_receives: u32,
    /// The mail server; without one, mail goes to the outbox folder.
    #[serde(default)]
    pub smtp: Option<SmtpSettings>,
}

/// How cold the cold storage is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColdStorageSettings {
    /// How long an Expedited retrieval takes.
    #[serde(with = "humantime_serde")]
    pub expedited_time: Duration,
    /// How long a Standard retrieval takes.
    #[serde(with = "humantime_serde")]
    pub standard_time: Duration,
    /// How many Expedited retrievals may be under way at once.
    pub expedited_at_once: u32,
}

/// The mail server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Its address, such as `smtps://user:password@mail.example.org`; secret, as it may hold a password.
    #[serde(serialize_with = "masked")]
    pub url: SecretString,
    /// How long it may take to take a mail.
    #[serde(with = "humantime_serde", default = "thirty_seconds")]
    pub timeout: Duration,
}

fn masked<S: Serializer>(_: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("********")
}

fn thirty_seconds() -> Duration {
    Duration::from_secs(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_password_does_not_show() {
        let json = r#"{"url": "smtps://ada:hunter2@mail.example.org"}"#;
        let settings: SmtpSettings = serde_json::from_str(json).unwrap();
        assert!(!serde_json::to_string(&settings).unwrap().contains("hunter2"));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        assert!(serde_json::from_str::<SmtpSettings>(r#"{"url": "smtp://a", "uri": ""}"#).is_err());
    }
}
