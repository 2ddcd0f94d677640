//! Signing out, here and there.

use super::{
    browser::{Asked, Browser},
    provider::{Lies, Manner, Provider, saying},
    site,
};

#[tokio::test]
async fn signing_out_leads_to_the_provider_that_began_the_session() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    let session = ada.cookies["gas_session"].clone();
    let page = ada.post(&site, "/sign-out", "").await;
    assert!(!ada.is_signed_in());
    assert!(
        page.header("refresh").starts_with(&format!("0; url={}/end?", provider.issuer)),
        "{}",
        page.header("refresh")
    );
    let asked = Asked::by(&page).query;
    assert_eq!(
        (asked["client_id"].as_str(), asked["post_logout_redirect_uri"].as_str()),
        ("gas at home", "http://localhost:8080/")
    );
    assert!(!asked.contains_key("id_token_hint"), "no token is kept for that");
    ada.cookies.insert("gas_session".to_owned(), session);
    assert_eq!(ada.get(&site, "/profile").await.status, 303, "the session has ended here");
}

#[tokio::test]
async fn without_a_place_to_sign_out_there_one_is_out_here() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.lie(Lies {
        document: Some(saying(serde_json::json!({"end_session_endpoint": null}))),
        ..Lies::default()
    });
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    provider.lie(Lies { discovery: Manner::Failing, ..Lies::default() });
    let answer = ada.post(&site, "/sign-out", "").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
    assert!(!ada.is_signed_in());
}

/// Whoever knew the secret of a session before somebody signed in knows nothing afterwards.
#[tokio::test]
async fn each_sign_in_has_a_session_of_its_own() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    let first = ada.cookies["gas_session"].clone();
    ada.sign_in(&site, &provider).await;
    assert_ne!(ada.cookies["gas_session"], first);
    let mut old = Browser::new();
    old.cookies.insert("gas_session".to_owned(), first);
    assert_eq!(old.get(&site, "/profile").await.status, 303, "the former session has ended");
    let mut fixed = Browser::new();
    fixed.cookies.insert("gas_session".to_owned(), "2".repeat(64));
    fixed.sign_in(&site, &provider).await;
    assert_ne!(fixed.cookies["gas_session"], "2".repeat(64));
}
