//! Secret settings, on moto's Secrets Manager.

use std::error::Error as _;

use gas_aws::{AwsSettings, SecretError, read_secret};
use rstest::rstest;
use uuid::Uuid;

use crate::fixture;

/// Settings that name a secret with that value, or one that is not there.
async fn naming(value: Option<&str>) -> AwsSettings {
    let shared = fixture::emulators().await;
    let secret = format!("gas/{}", Uuid::now_v7());
    if let Some(value) = value {
        let client = aws_sdk_secretsmanager::Client::new(&shared);
        client.create_secret().name(&secret).secret_string(value).send().await.unwrap();
    }
    AwsSettings { secret, ..fixture::unnamed() }
}

#[tokio::test]
async fn settings_come_by_their_names() {
    let settings =
        naming(Some(r#"{"stripe.key": "one", "workers.patience": "5m", "annotator.at_once": 2}"#)).await;
    let read = read_secret(&settings).await.unwrap();
    let expected =
        serde_json::json!({ "stripe.key": "one", "workers.patience": "5m", "annotator.at_once": 2 });
    assert_eq!(serde_json::to_value(read).unwrap(), expected);
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_named() {
    let settings = naming(None).await;
    let error = read_secret(&settings).await.unwrap_err();
    assert!(matches!(error, SecretError::Missing { .. }), "{error:?}");
    assert!(error.to_string().contains(&settings.secret));
}

/// Whatever is wrong, the value is in no message.
#[rstest]
#[case("hunter2")]
#[case("\"hunter2\"")]
#[case("[\"hunter2\"]")]
#[case("{\"hunter2\"}")]
#[tokio::test]
async fn other_shapes_are_refused_without_telling_them(#[case] value: &str) {
    let error = read_secret(&naming(Some(value)).await).await.unwrap_err();
    assert!(matches!(error, SecretError::Shape { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert!(error.source().is_none());
}
