//! Settings from a secret, as `gas check` shows them. Secrets Manager is an emulator's.

use std::{
    fs,
    process::{Command, Output},
};

use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

/// Makes a secret; gives its name.
async fn secret(value: &str) -> String {
    let emulator = std::env::var("GAS_TEST_MOTO");
    let emulator = emulator.expect("these tests need emulators: run them by `scripts/with-emulators`");
    let name = format!("gas/{}", Uuid::now_v7());
    let credential =
        "Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0";
    let request = reqwest::Client::new()
        .post(emulator)
        .header("X-Amz-Target", "secretsmanager.CreateSecret")
        .header("Content-Type", "application/x-amz-json-1.1")
        .header("Authorization", format!("AWS4-HMAC-SHA256 {credential}"))
        .body(json!({ "Name": name, "SecretString": value }).to_string());
    request.send().await.unwrap().error_for_status().unwrap();
    name
}

/// `gas check` with a file, a variable and a flag beside the secret.
async fn check(backend: &str, value: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("gas.toml");
    let secret = secret(value).await;
    fs::write(
        &file,
        format!("backend = \"{backend}\"\n[aws]\nsecret = \"{secret}\"\n[site]\naddress = \"http://file\"\n"),
    )
    .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gas"));
    command.args(["check", "--listen", "127.0.0.1:9000", "--config"]).arg(file);
    command
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("GAS__SITE__MAIL_FROM", "variable@example.org");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_secret_wins_over_file_and_variables_but_not_over_flags_and_is_not_shown() {
    let value = r#"{"site.mail_from": "hunter2", "site.address": "hunter3", "listen": "127.0.0.1:9001",
        "annotator.at_once": 7, "embedded.smtp.url": "smtps://gas:hunter4@mail.example.org"}"#;
    let shown = text(&check("aws", value).await.stdout);
    assert!(!shown.contains("hunter") && !shown.contains("9001"), "{shown}");
    for line in [
        "mail_from = \"********\"",
        "address = \"********\"",
        "listen = \"********\"",
        "at_once = \"********\"",
    ] {
        assert!(shown.contains(line), "{line} is not in {shown}");
    }
    // Had they not won, what they replaced would be there.
    assert!(!shown.contains("variable@example.org") && !shown.contains("http://file"), "{shown}");
}

/// Other back ends ask nothing of AWS.
#[tokio::test]
async fn only_the_aws_back_end_reads_it() {
    let shown = text(&check("embedded", r#"{"site.mail_from": "hunter2"}"#).await.stdout);
    assert!(shown.contains("mail_from = \"variable@example.org\""), "{shown}");
}

#[rstest]
#[case(r#"{"site.mail_from": "a@example.org", "site.mail_form": "hunter2"}"#, "`site.mail_form`")]
#[case(r#"{"annotator.at_once": "hunter2"}"#, "`annotator.at_once`")]
#[case(r#"{"annotator.lease": "hunter2"}"#, "`annotator.lease`")]
#[case(r#"{"stripe.key": "hunter2"}"#, "`stripe.key`")]
#[case(r#"{"site": {"mail_from": "hunter2"}}"#, "`site`")]
#[case(r#"{"site[\"mail_from\"]": "hunter2"}"#, "`site[\"mail_from\"]`")]
#[case(r#""hunter2""#, "JSON object")]
#[tokio::test]
async fn what_cannot_be_used_is_named_but_not_shown(#[case] value: &str, #[case] named: &str) {
    let ended = check("aws", value).await;
    let (shown, told) = (text(&ended.stdout), text(&ended.stderr));
    assert!(!ended.status.success() && shown.is_empty(), "{shown}");
    assert!(told.contains(named), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}
