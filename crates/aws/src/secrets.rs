//! Settings that are secret, in Secrets Manager.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::{Client, error::SdkError, operation::get_secret_value::GetSecretValueError};
use serde_json::Value;

use crate::{clients::configuration, settings::AwsSettings};

/// Why a secret could not be read. Says nothing of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is none of that name.
    #[error("there is no secret `{secret}` in this region, or it has no value yet: `aws.secret` names it")]
    Missing {
        /// Which.
        secret: String,
    },
    /// Secrets Manager could not be asked, or refused.
    #[error("reading the secret `{secret}` failed; may this role do `secretsmanager:GetSecretValue` on it?")]
    Unreadable {
        /// Which.
        secret: String,
        /// What happened.
        #[source]
        cause: Box<SdkError<GetSecretValueError>>,
    },
    /// It is something else than settings.
    #[error(
        "the secret `{secret}` is not a JSON object of settings by their dotted names, such as `{{\"a.b\": \"…\"}}`"
    )]
    Shape {
        /// Which.
        secret: String,
    },
}

/// The settings that `aws.secret` holds, by their dotted names.
pub async fn read_secret(settings: &AwsSettings) -> Result<BTreeMap<String, Value>, SecretError> {
    let secret = || settings.secret.clone();
    let client = Client::new(&configuration(settings).await);
    let answer = client.get_secret_value().secret_id(&settings.secret).send().await.map_err(|cause| {
        match cause.as_service_error() {
            Some(error) if error.is_resource_not_found_exception() => {
                SecretError::Missing { secret: secret() }
            }
            _ => SecretError::Unreadable { secret: secret(), cause: Box::new(cause) },
        }
    })?;
    // What is wrong with the text is not told: it would quote it.
    let text = answer.secret_string.unwrap_or_default();
    serde_json::from_str(&text).map_err(|_| SecretError::Shape { secret: secret() })
}
