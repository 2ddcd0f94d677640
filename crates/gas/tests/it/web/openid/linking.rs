//! Whose account an identity leads to.

use std::time::Duration;

use gas_service::{account::Secret, account::Session, settings::ProviderPreset};
use serde_json::json;

use super::{
    super::site::{By, Person, Site},
    browser::{Asked, Browser},
    provider::{Lies, Provider, SUBJECT, saying},
    settings_of, site, site_set,
};

/// Whom the browser's session belongs to.
async fn email_of(browser: &mut Browser, site: &Site) -> String {
    let profile = browser.get(site, "/api/v1/profile").await;
    assert_eq!(profile.status, 200, "{}", profile.text());
    profile.json()["user_email"].as_str().unwrap().to_owned()
}

/// The path in the newest mail, and to whom it went.
pub(super) async fn newest_mail(site: &Site) -> Option<(String, String)> {
    let mails = site.desk.ports.outbox.as_ref().unwrap().newest(1).await.unwrap();
    let mail = &mails.first()?.mail;
    let (_, rest) = mail.text.split_once("http://localhost:8080").unwrap();
    Some((rest.split_whitespace().next().unwrap().to_owned(), mail.to.to_string()))
}

/// A browser in which somebody is signed in.
async fn browser_of(site: &Site, person: &Person) -> Browser {
    let secret = Secret::generate();
    let expires = site.desk.ports.clock.now() + Duration::from_hours(1);
    let (user_id, created) = (person.user.user_id, Some(site.desk.ports.clock.now()));
    let session = Session {
        secret: secret.hash(),
        user_id,
        created,
        authenticated: None,
        expires,
        provider: None,
        last_used: None,
        admin: false,
    };
    site.desk.ports.accounts.add_session(&session).await.unwrap();
    let mut browser = Browser::new();
    browser.cookies.insert("gas_session".to_owned(), secret.reveal().to_owned());
    browser
}

#[tokio::test]
async fn a_verified_address_makes_an_account_with_name_and_institution() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut ada = Browser::new();
    let answer = ada.sign_in(&site, &provider).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/annotate"));
    let profile = ada.get(&site, "/api/v1/profile").await.json();
    assert_eq!(
        (&profile["user_email"], &profile["name"]),
        (&json!("ada@example.org"), &json!("Ada Lovelace"))
    );
    let page = ada.get(&site, "/profile").await.text();
    assert!(page.contains("The Institute") && page.contains("Disconnect"), "{page}");
    // What she calls herself afterwards stays.
    ada.post(&site, "/profile", "name=Countess&institution=").await;
    ada.sign_in(&site, &provider).await;
    assert_eq!(ada.get(&site, "/api/v1/profile").await.json()["name"], "Countess");
}

#[tokio::test]
async fn a_verified_address_leads_to_the_account_that_is_there() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let ada = site.person("ada@example.org").await;
    let mut browser = Browser::new();
    browser.sign_in(&site, &provider).await;
    let linked = site.desk.identities(&ada.user).await.unwrap();
    assert_eq!((linked.len(), linked[0].identity.subject.as_str()), (1, SUBJECT));
    // The identity counts from now on, whatever the address becomes.
    provider.say(json!({"email": "other@example.org", "email_verified": false}));
    let mut browser = Browser::new();
    browser.sign_in(&site, &provider).await;
    assert_eq!(email_of(&mut browser, &site).await, "ada@example.org");
}

/// Anybody could call themselves by another's address at a provider that does not look.
#[tokio::test]
async fn an_unverified_address_is_confirmed_by_mail_in_the_same_browser() {
    for claims in [
        json!({"email_verified": false}),
        json!({"email_verified": null}),
        json!({"email_verified": "false"}),
    ] {
        let provider = Provider::start().await;
        let site = site(&provider).await;
        provider.say(claims);
        let victim = site.person("ada@example.org").await;
        let mut eve = Browser::new();
        let answer = eve.sign_in(&site, &provider).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/sign-in/sent"));
        assert!(!eve.is_signed_in());
        let (path, to) = newest_mail(&site).await.unwrap();
        assert_eq!(to, "ada@example.org");

        // The owner of the address follows the link, but in her own browser: nothing is connected, nobody comes in.
        let mut owner = Browser::new();
        for answer in [owner.get(&site, &path).await, owner.post(&site, &path, "").await] {
            assert_eq!(answer.status, 403, "{}", answer.text());
            assert!(answer.text().contains("other_browser"));
        }
        assert!(site.desk.identities(&victim.user).await.unwrap().is_empty());
        assert!(!owner.is_signed_in() && !eve.is_signed_in());

        // In the browser that came from the provider it connects, once.
        let page = eve.get(&site, &path).await;
        assert!(page.text().contains("This connects <strong>The Institute</strong>"), "{}", page.text());
        let answer = eve.post(&site, &path, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/annotate"));
        assert_eq!(site.desk.identities(&victim.user).await.unwrap().len(), 1);
        assert_eq!(eve.post(&site, &path, "").await.status, 410);
    }
}

#[tokio::test]
async fn a_provider_that_is_known_to_verify_need_not_say_so() {
    let provider = Provider::start().await;
    let site = site_set(&provider, |settings| {
        settings.sign_in.providers.get_mut("test").unwrap().email_is_verified = true;
    })
    .await;
    provider.say(json!({"email_verified": null}));
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    assert_eq!(email_of(&mut ada, &site).await, "ada@example.org");
    // But that it says no counts.
    provider.say(json!({"sub": "another", "email": "eve@example.org", "email_verified": false}));
    let mut eve = Browser::new();
    assert_eq!(eve.sign_in(&site, &provider).await.header("location"), "/sign-in/sent");
}

#[tokio::test]
async fn further_claims_are_asked_for_and_an_address_is_believed_with_its_own_verification_only() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.lie(Lies {
        claims: Some(saying(json!({"email": null, "email_verified": true}))),
        further: Some(saying(json!({"email": "ada@example.org"}))),
        ..Lies::default()
    });
    let mut ada = Browser::new();
    assert_eq!(ada.sign_in(&site, &provider).await.header("location"), "/sign-in/sent");
    provider.lie(Lies {
        claims: Some(saying(json!({"email": null, "email_verified": null}))),
        further: Some(saying(json!({"email": "ada@example.org", "email_verified": "true"}))),
        ..Lies::default()
    });
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    assert_eq!(email_of(&mut ada, &site).await, "ada@example.org");
}

#[tokio::test]
async fn a_provider_without_an_address_has_it_asked_for() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.say(json!({"email": null, "email_verified": null, "preferred_username": "0000-0002-1825-0097"}));
    let mut ada = Browser::new();
    assert_eq!(ada.get(&site, "/sign-in/address").await.status, 410);
    let answer = ada.sign_in(&site, &provider).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/sign-in/address"));
    assert!(ada.get(&site, "/sign-in/address").await.text().contains("The Institute knows you"));
    assert_eq!(ada.post(&site, "/sign-in/address", "email=ada").await.status, 422);
    let answer = ada.post(&site, "/sign-in/address", "email=ada%40example.org").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/sign-in/sent"));
    assert_eq!(ada.post(&site, "/sign-in/address", "email=eve%40example.org").await.status, 410, "used up");
    let (path, _) = newest_mail(&site).await.unwrap();
    assert_eq!(ada.post(&site, &path, "").await.header("location"), "/annotate");
    assert_eq!(email_of(&mut ada, &site).await, "ada@example.org");
    // Once known, the identity alone is enough.
    let mut ada = Browser::new();
    assert_eq!(ada.sign_in(&site, &provider).await.header("location"), "/annotate");
}

#[tokio::test]
async fn a_provider_is_connected_and_disconnected_on_the_profile() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.say(json!({"email": "other@example.org", "email_verified": false, "name": "<b>Eve</b>"}));
    let ada = site.person("ada@example.org").await;
    let mut browser = browser_of(&site, &ada).await;
    let asked = Asked::by(&browser.post(&site, "/profile/identities/connect/test", "").await);
    let answer = browser.get(&site, &asked.path_back(&provider.grant(&asked.query))).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/profile?done=connected#sign-in"));
    let page = browser.get(&site, "/profile?done=connected").await.text();
    assert!(page.contains("other@example.org") && !page.contains("<b>Eve"), "{page}");

    // It signs in to her account now, and cannot be connected to another.
    let mut elsewhere = Browser::new();
    elsewhere.sign_in(&site, &provider).await;
    assert_eq!(email_of(&mut elsewhere, &site).await, "ada@example.org");
    let eve = site.person("eve@example.org").await;
    let mut eves = browser_of(&site, &eve).await;
    let asked = Asked::by(&eves.post(&site, "/profile/identities/connect/test", "").await);
    let answer = eves.get(&site, &asked.path_back(&provider.grant(&asked.query))).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.text().contains("identity_taken"));

    // Nor disconnected by another.
    let form = format!("issuer={}&subject={SUBJECT}", provider.issuer);
    eves.post(&site, "/profile/identities/disconnect", &form).await;
    assert_eq!(site.desk.identities(&ada.user).await.unwrap().len(), 1);
    let answer = browser.post(&site, "/profile/identities/disconnect", &form).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/profile?done=disconnected#sign-in")
    );
    assert!(site.desk.identities(&ada.user).await.unwrap().is_empty());
}

/// Whoever makes another's browser come back from a provider shall not connect their own identity there.
#[tokio::test]
async fn only_who_set_out_to_connect_comes_back_to_connect() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let (ada, eve) = (site.person("ada@example.org").await, site.person("eve@example.org").await);
    let mut browser = browser_of(&site, &ada).await;
    let asked = Asked::by(&browser.post(&site, "/profile/identities/connect/test", "").await);
    let path = asked.path_back(&provider.grant(&asked.query));
    let session = browser_of(&site, &eve).await.cookies["gas_session"].clone();
    browser.cookies.insert("gas_session".to_owned(), session);
    assert_eq!(browser.get(&site, &path).await.status, 410);
    for person in [&ada, &eve] {
        assert!(site.desk.identities(&person.user).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn without_email_links_the_last_way_in_stays() {
    let provider = Provider::start().await;
    let site = site_set(&provider, |settings| settings.sign_in.email_links = false).await;
    let mut ada = Browser::new();
    let page = ada.get(&site, "/sign-in").await.text();
    assert!(page.contains("Sign in with The Institute") && !page.contains("Mail me a link"), "{page}");
    let answer = ada.post(&site, "/sign-in", "email=ada%40example.org").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("email_links_off"));
    assert!(newest_mail(&site).await.is_none());

    ada.sign_in(&site, &provider).await;
    let form = format!("issuer={}&subject={SUBJECT}", provider.issuer);
    let answer = ada.post(&site, "/profile/identities/disconnect", &form).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.text().contains("last_way_in"));

    // A second identity makes the first one free to go.
    provider.say(json!({"sub": "ada-elsewhere"}));
    let asked = Asked::by(&ada.post(&site, "/profile/identities/connect/test", "").await);
    ada.get(&site, &asked.path_back(&provider.grant(&asked.query))).await;
    assert_eq!(ada.post(&site, "/profile/identities/disconnect", &form).await.status, 303);
    // Confirming an unverified address by mail still works: it is the provider that signs in.
    provider.say(json!({"sub": "eve", "email": "eve@example.org", "email_verified": false}));
    let mut eve = Browser::new();
    assert_eq!(eve.sign_in(&site, &provider).await.header("location"), "/sign-in/sent");
    let (path, _) = newest_mail(&site).await.unwrap();
    assert_eq!(eve.post(&site, &path, "").await.status, 303);
    assert_eq!(email_of(&mut eve, &site).await, "eve@example.org");
}

/// A link that was mailed before the switch does not sign in after it.
#[tokio::test]
async fn a_link_is_worth_nothing_once_links_are_off() {
    let provider = Provider::start().await;
    let on = site(&provider).await;
    on.post_form(By::Nobody, "/sign-in", "email=ada%40example.org").await;
    let (path, _) = newest_mail(&on).await.unwrap();
    let mut settings = (*on.desk.settings).clone();
    settings.sign_in.email_links = false;
    let mut desk = on.desk.clone();
    desk.settings = settings.into();
    let secret = Secret::presented(path.rsplit('/').next().unwrap());
    assert_eq!(desk.confirm_sign_in(&secret, None).await.err().unwrap().code(), "email_links_off");
    assert!(on.desk.confirm_sign_in(&secret, None).await.is_ok(), "it was not used up");
}

/// At Globus one person has several identities; whichever signs in, it is the same person.
#[tokio::test]
async fn linked_identities_of_globus_are_one_person() {
    let provider = Provider::start().await;
    let site = site_set(&provider, |settings| {
        let globus = settings.sign_in.providers.get_mut("test").unwrap();
        globus.preset = ProviderPreset::Globus;
        globus.institution_claim = None;
    })
    .await;
    let of = |subject: &str, others: &[&str]| {
        let set: Vec<_> =
            others.iter().map(|sub| json!({"sub": sub, "username": "ada@uni.example"})).collect();
        json!({"sub": subject, "identity_set": set, "organization": "University"})
    };
    provider.say(of("one", &["one", "two"]));
    let mut ada = Browser::new();
    let asked = ada.set_out(&site, "").await;
    assert!(asked.query["scope"].contains("urn:globus:auth:scope:auth.globus.org:view_identity_set"));
    ada.get(&site, &asked.path_back(&provider.grant(&asked.query))).await;
    assert_eq!(email_of(&mut ada, &site).await, "ada@example.org");
    let mut claims = of("two", &["one", "two"]);
    claims["email"] = "ada@uni.example".into();
    claims["email_verified"] = serde_json::Value::Null;
    provider.lie(Lies {
        claims: Some(saying(claims)),
        further: Some(saying(json!({"sub": "two"}))),
        ..Lies::default()
    });
    let mut ada = Browser::new();
    ada.sign_in(&site, &provider).await;
    assert_eq!(email_of(&mut ada, &site).await, "ada@example.org");
    let page = ada.post(&site, "/sign-out", "").await;
    let there = page.header("refresh");
    assert!(there.starts_with("0; url=https://auth.globus.org/v2/web/logout?client_id="), "{there}");
}

#[tokio::test]
async fn several_providers_stand_on_one_page() {
    let (one, other) = (Provider::start().await, Provider::start().await);
    let site = site_set(&one, |settings| {
        let mut second = settings_of(&other);
        second.title = Some("Another & Co".to_owned());
        settings.sign_in.providers.insert("other".to_owned(), second);
    })
    .await;
    let page = Browser::new().get(&site, "/sign-in?next=/annotate").await.text();
    for part in [
        "Sign in with The Institute",
        "Sign in with Another &#38; Co",
        "Mail me a link",
        "/sign-in/with/other",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // The same subject at another issuer is another person.
    let mut ada = Browser::new();
    ada.sign_in(&site, &one).await;
    other.say(json!({"email": "eve@example.org"}));
    let mut eve = Browser::new();
    let asked = Asked::by(&eve.post(&site, "/sign-in/with/other", "next=/").await);
    let path = asked.path_back(&other.grant(&asked.query)).replace("/test?", "/other?");
    assert_eq!(eve.get(&site, &path).await.status, 303);
    assert_eq!(email_of(&mut eve, &site).await, "eve@example.org");
}
