//! A provider that still knows a browser lets it in without asking anybody: that is no recent sign-in.

use rstest::rstest;
use serde_json::json;

use super::{
    browser::{Asked, Browser},
    linking::newest_mail,
    provider::{Lies, Provider, saying, times},
    site,
};

const ASKED_AGAIN: &str = "/sign-in?again=true&next=%2Fprofile%2Fdelete";
const YEAR: u64 = 365 * 24 * 60 * 60;

/// What a provider says that asked the person so many seconds after now.
fn asked(offsets: &'static [(&'static str, i64)]) -> Lies {
    Lies { claims: Some(times(offsets)), ..Lies::default() }
}

/// `sign_in.recent` is an hour here.
#[rstest]
#[case::silently(&[("auth_time", -3660)], false)]
#[case::in_another_century(&[("auth_time", -4_000_000_000)], false)]
#[case::before_all_calendars(&[("auth_time", -7_000_000_000_000)], false)]
#[case::not_long_ago(&[("auth_time", -3540)], true)]
#[case::just_now(&[("auth_time", 0)], true)]
#[case::by_a_clock_that_goes_fast(&[("auth_time", 20)], true)]
#[case::without_a_word_on_it(&[], true)]
#[tokio::test]
async fn a_sign_in_is_as_recent_as_the_provider_asked(
    #[case] offsets: &'static [(&'static str, i64)],
    #[case] recent: bool,
) {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.lie(asked(offsets));
    let mut ada = Browser::new();
    assert_eq!(ada.sign_in(&site, &provider).await.header("location"), "/annotate");
    let answer = ada.get(&site, "/profile/delete").await;
    if recent {
        assert_eq!(answer.status, 200, "{}", answer.text());
        return;
    }
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, ASKED_AGAIN));
    // The rest is open, and this is after she has shown who she is.
    assert_eq!(ada.get(&site, "/annotations").await.status, 200);
    provider.lie(asked(&[("auth_time", -1)]));
    let wish = "next=/profile/delete&again=true";
    let again = Asked::by(&ada.post(&site, "/sign-in/with/test", wish).await);
    assert_eq!(again.query["prompt"], "login");
    let answer = ada.get(&site, &again.path_back(&provider.grant(&again.query))).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/profile/delete"));
    assert_eq!(ada.get(&site, "/profile/delete").await.status, 200);
}

/// Who strips `prompt=login` on the way there comes back with a token that tells it.
#[tokio::test]
async fn signing_in_again_silently_opens_nothing() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.lie(asked(&[("auth_time", -7200)]));
    let mut eve = Browser::new();
    eve.sign_in(&site, &provider).await;
    let wish = "next=/profile/delete&again=true";
    let mut again = Asked::by(&eve.post(&site, "/sign-in/with/test", wish).await);
    again.query.remove("prompt").unwrap();
    eve.get(&site, &again.path_back(&provider.grant(&again.query))).await;
    assert_eq!(eve.get(&site, "/profile/delete").await.header("location"), ASKED_AGAIN);
}

/// By that a provider is bound to tell when it asked; nobody is asked anew because of it.
#[tokio::test]
async fn a_provider_is_always_told_an_age_and_asked_for_it_only_again() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut ada = Browser::new();
    for (again, prompt) in [("false", None), ("true", Some("login"))] {
        let wish = format!("next=/annotate&again={again}");
        let asked = Asked::by(&ada.post(&site, "/sign-in/with/test", &wish).await);
        assert!(asked.query["max_age"].parse::<u64>().unwrap() >= YEAR, "{:?}", asked.query);
        assert_eq!(asked.query.get("prompt").map(String::as_str), prompt);
    }
    ada.sign_in(&site, &provider).await;
    let connecting = Asked::by(&ada.post(&site, "/profile/identities/connect/test", "").await);
    assert!(connecting.query.contains_key("max_age"), "{:?}", connecting.query);
}

/// The mail shows who it is, though the provider asked long ago.
#[tokio::test]
async fn a_confirmed_address_is_a_recent_sign_in() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let edit = saying(json!({"email_verified": false}));
    let long_ago = times(&[("auth_time", -7200)]);
    let claims: Box<dyn Fn(&mut serde_json::Value) + Send> = Box::new(move |all| {
        edit(all);
        long_ago(all);
    });
    provider.lie(Lies { claims: Some(claims), ..Lies::default() });
    let mut ada = Browser::new();
    assert_eq!(ada.sign_in(&site, &provider).await.header("location"), "/sign-in/sent");
    let (path, _) = newest_mail(&site).await.unwrap();
    assert_eq!(ada.post(&site, &path, "").await.status, 303);
    assert_eq!(ada.get(&site, "/profile/delete").await.status, 200);
    // From the next time on it is the provider alone that vouches.
    ada.sign_in(&site, &provider).await;
    assert_eq!(ada.get(&site, "/profile/delete").await.header("location"), ASKED_AGAIN);
}
