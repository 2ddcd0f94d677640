//! Keys that change, and providers that are away.

use std::time::Duration;

use super::{
    browser::Browser,
    provider::{Lies, Manner, Provider, Signature},
    site, site_set,
};

#[tokio::test]
async fn a_new_key_is_asked_for_but_not_for_every_unknown_one() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    assert!(ada.is_signed_in());
    assert_eq!((provider.discoveries(), provider.key_fetches()), (1, 1));

    provider.rotate("second");
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    assert!(ada.is_signed_in(), "the new key was asked for");
    assert_eq!((provider.discoveries(), provider.key_fetches()), (1, 2));

    provider.lie(Lies { signature: Signature::UnknownKey, ..Lies::default() });
    for _ in 0..5 {
        let mut eve = Browser::new();
        assert_eq!(eve.sign_in(&site, &provider).await.status, 403);
    }
    assert_eq!(provider.key_fetches(), 2, "no more than once a minute");
    provider.lie(Lies::default());
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    assert!(ada.is_signed_in());
}

#[tokio::test]
async fn a_key_of_the_same_name_is_asked_for_too() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    Browser::new().sign_in(&site, &provider).await;
    provider.rotate("first");
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    assert!(ada.is_signed_in());
}

/// What was heard is worked with for a while; whoever never heard anything says so at once the next time.
#[tokio::test]
async fn a_provider_that_is_away_holds_up_only_who_needs_it() {
    let provider = Provider::start().await;
    let known = site(&provider).await;
    Browser::new().sign_in(&known, &provider).await;
    let fresh = site(&provider).await;
    provider.lie(Lies { discovery: Manner::Silent, ..Lies::default() });
    let mut ada = Browser::new();
    ada.sign_in(&known, &provider).await;
    assert!(ada.is_signed_in(), "its document is still good");

    let mut ada = Browser::new();
    for at_most in [Duration::from_secs(4), Duration::from_millis(500)] {
        let began = std::time::Instant::now();
        let answer = ada.post(&fresh, "/sign-in/with/test", "next=/").await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "60"), "{}", answer.text());
        assert!(began.elapsed() < at_most, "{:?}", began.elapsed());
    }
    let page = ada.get(&fresh, "/sign-in").await;
    assert!(page.text().contains("Mail me a link"));
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let provider = Provider::start().await;
    let site = std::sync::Arc::new(site(&provider).await);
    let all: Vec<_> = (0..10)
        .map(|_| {
            let site = std::sync::Arc::clone(&site);
            tokio::spawn(async move { Browser::new().set_out(&site, "").await })
        })
        .collect();
    for one in all {
        one.await.unwrap();
    }
    assert_eq!(provider.discoveries(), 1);
}

#[tokio::test]
async fn an_attempt_ends_in_time() {
    let provider = Provider::start().await;
    let life = Duration::from_millis(300);
    let site = site_set(&provider, |settings| settings.sign_in.attempt_life = life).await;
    let mut ada = Browser::new();
    let asked = ada.set_out(&site, "").await;
    tokio::time::sleep(life).await;
    let answer = ada.get(&site, &asked.path_back(&provider.grant(&asked.query))).await;
    assert_eq!(answer.status, 410, "{}", answer.text());
    assert!(answer.text().contains("stale_attempt"));
}
