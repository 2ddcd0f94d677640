//! What is sent by SES.

use std::error::Error;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use gas_service::{contract::Fixture as _, id::UserId, ports::Mail};

use crate::fixture::{self, mail::sent_to};

fn mail() -> Mail {
    Mail {
        to: format!("user-{}@example.org", UserId::generate()).parse().unwrap(),
        subject: "🧬 köln's \"sample\" <1>.vcf\r\nBcc: eve@example.org".to_owned(),
        text: "= ümläut & <tags>\n.\n".to_owned(),
        html: "<p>= ümläut &amp; &lt;tags></p>\n".to_owned(),
    }
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let fixture = fixture::open().await;
    let mail = mail();
    fixture.ports().mailer.send(&mail).await.unwrap();
    let sent = sent_to(mail.to.as_str()).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["Subject"], "🧬 köln's \"sample\" <1>.vcfBcc: eve@example.org");
    assert_eq!(sent[0]["Source"], fixture::site().mail_from);
    assert_eq!((&sent[0]["BodyText"], &sent[0]["BodyHtml"]), (&mail.text.into(), &mail.html.into()));
    assert_eq!((&sent[0]["CC"], &sent[0]["BCC"]), (&serde_json::json!([]), &serde_json::json!([])));
}

/// An account of its own, as the emulator takes a key of twelve digits for one: nothing is verified there.
#[tokio::test]
async fn an_unverified_sender_is_told_what_to_do() {
    let fixture = fixture::open().await;
    let elsewhere = Credentials::new("210987654321", "test", None, None, "test");
    let shared = fixture.shared.to_builder();
    let shared = shared.credentials_provider(SharedCredentialsProvider::new(elsewhere)).build();
    let mail = mail();
    let error = fixture::ports_by(&shared, &fixture.settings).mailer.send(&mail).await.unwrap_err();
    assert_eq!(error.to_string(), format!("sending mail to `{}`", mail.to));
    let advice = error.source().unwrap().to_string();
    assert!(advice.contains("gas@example.org") && advice.contains("must be verified"), "{advice}");
    assert!(sent_to(mail.to.as_str()).await.is_empty());
}
