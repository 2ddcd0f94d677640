//! What is not believed.

use rstest::rstest;
use serde_json::{Value, json};

use super::{
    super::site::Answer,
    browser::Browser,
    provider::{Lies, Manner, Provider, SUBJECT, Signature, saying, times},
    settings_of, site, site_set,
};

/// Checks that nobody came in, and that a page says why in the words of that code.
async fn refused(lies: Lies, status: u16, code: &str) {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.lie(lies);
    let mut browser = Browser::new();
    let answer = browser.sign_in(&site, &provider).await;
    check_refused(&browser, &answer, status, code);
    assert!(!format!("{:?}", site.tables().await).contains("ada@example.org"), "an account was made");
}

fn check_refused(browser: &Browser, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}: {}", answer.told, answer.text());
    assert!(answer.text().contains(code), "{}: {}", answer.told, answer.text());
    assert!(!browser.is_signed_in(), "{}", answer.told);
    let documented = include_str!("../../../../../../docs/api.md");
    assert!(documented.contains(&format!("| `{code}` |")), "docs/api.md does not explain `{code}`");
}

#[rstest]
#[case(Signature::None)]
#[case(Signature::NoneSigned)]
#[case(Signature::HmacOfPublicKey)]
#[case(Signature::HmacOfClientSecret)]
#[case(Signature::ForgedKey)]
#[case(Signature::UnknownKey)]
#[case(Signature::Broken)]
#[tokio::test]
async fn only_the_providers_own_signature_counts(#[case] signature: Signature) {
    refused(Lies { signature, ..Lies::default() }, 403, "identity_not_proven").await;
}

#[rstest]
#[case::another_issuer(json!({"iss": "https://evil.example"}))]
#[case::no_issuer(json!({"iss": null}))]
#[case::another_audience(json!({"aud": "another client"}))]
#[case::one_more_audience(json!({"aud": ["gas at home", "another client"]}))]
#[case::no_audience(json!({"aud": null}))]
#[case::another_party(json!({"azp": "another client"}))]
#[case::another_nonce(json!({"nonce": "0"}))]
#[case::no_nonce(json!({"nonce": null}))]
#[case::no_subject(json!({"sub": null}))]
#[case::empty_subject(json!({"sub": ""}))]
#[case::long_subject(json!({"sub": "a".repeat(256)}))]
#[case::no_end(json!({"exp": null}))]
#[case::another_access_token(json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}))]
#[case::senseless_begin(json!({"nbf": "tomorrow"}))]
#[case::authenticated_at_a_senseless_time(json!({"auth_time": "yesterday"}))]
#[case::authenticated_at_no_time(json!({"auth_time": 1e300}))]
#[case::authenticated_by_milliseconds(json!({"auth_time": 1_900_000_000_000_i64}))]
#[tokio::test]
async fn a_token_is_of_this_provider_for_us_and_for_this_attempt(#[case] claims: Value) {
    refused(Lies { claims: Some(saying(claims)), ..Lies::default() }, 403, "identity_not_proven").await;
}

/// A slash more is another issuer, however alike the addresses are.
#[tokio::test]
async fn an_issuer_is_compared_as_text() {
    let provider = Provider::start().await;
    let issuer = format!("{}/", provider.issuer);
    let site = site(&provider).await;
    provider.say(json!({"iss": issuer}));
    let mut browser = Browser::new();
    let answer = browser.sign_in(&site, &provider).await;
    check_refused(&browser, &answer, 403, "identity_not_proven");
}

/// Thirty seconds of difference are allowed here.
#[rstest]
#[case::expired(&[("exp", -60)], false)]
#[case::expired_within_the_skew(&[("exp", -20)], true)]
#[case::not_yet(&[("nbf", 60)], false)]
#[case::not_yet_within_the_skew(&[("nbf", 20)], true)]
#[case::made_later(&[("iat", 60)], false)]
#[case::made_later_within_the_skew(&[("iat", 20)], true)]
#[case::authenticated_later(&[("auth_time", 60)], false)]
#[case::authenticated_later_within_the_skew(&[("auth_time", 20)], true)]
#[tokio::test]
async fn clocks_differ_a_little(#[case] offsets: &'static [(&'static str, i64)], #[case] believed: bool) {
    let lies = Lies { claims: Some(times(offsets)), ..Lies::default() };
    if !believed {
        return refused(lies, 403, "identity_not_proven").await;
    }
    let provider = Provider::start().await;
    let site = site(&provider).await;
    provider.lie(lies);
    let mut browser = Browser::new();
    browser.sign_in(&site, &provider).await;
    assert!(browser.is_signed_in());
}

#[rstest]
#[case::huge(Manner::Huge)]
#[case::endless(Manner::Endless)]
#[case::silent(Manner::Silent)]
#[case::not_json(Manner::NotJson)]
#[case::redirect(Manner::Redirect)]
#[case::failing(Manner::Failing)]
#[tokio::test]
async fn what_is_no_answer_is_none(
    #[case] manner: Manner,
    #[values("discovery", "keys", "token", "me")] at: &str,
) {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let claims = Some(saying(json!({"email": null})));
    provider.lie(match at {
        "discovery" => Lies { discovery: manner, ..Lies::default() },
        "keys" => Lies { keys: manner, ..Lies::default() },
        "token" => Lies { token_endpoint: manner, ..Lies::default() },
        _ => Lies { userinfo: manner, claims, ..Lies::default() },
    });
    let mut browser = Browser::new();
    if ["discovery", "keys"].contains(&at) {
        let answer = browser.post(&site, "/sign-in/with/test", "next=/").await;
        return check_refused(&browser, &answer, 503, "provider_unavailable");
    }
    let answer = browser.sign_in(&site, &provider).await;
    // An answer that makes no sense is no proof; of one that does not come, one cannot say more than that.
    let proves_nothing = at == "token" && !matches!(manner, Manner::Huge | Manner::Endless | Manner::Silent);
    let (status, code) =
        if proves_nothing { (403, "identity_not_proven") } else { (503, "provider_unavailable") };
    check_refused(&browser, &answer, status, code);
}

#[rstest]
#[case::another_name(json!({"issuer": "https://evil.example"}))]
#[case::a_slash_more(json!({"issuer": "with a slash"}))]
#[case::an_address_without_https(json!({"token_endpoint": "http://id.example.org/token"}))]
#[case::a_page_without_https(json!({"authorization_endpoint": "http://id.example.org/auth"}))]
#[case::a_script_for_a_page(json!({"authorization_endpoint": "javascript:alert(1)"}))]
#[case::keys_without_https(json!({"jwks_uri": "http://id.example.org/keys"}))]
#[case::an_exit_without_https(json!({"end_session_endpoint": "http://id.example.org/end"}))]
#[case::no_place_for_tokens(json!({"token_endpoint": null}))]
#[tokio::test]
async fn a_document_is_of_who_it_should_be(#[case] mut changes: Value) {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    if changes["issuer"] == "with a slash" {
        changes["issuer"] = format!("{}/", provider.issuer).into();
    }
    provider.lie(Lies { document: Some(saying(changes)), ..Lies::default() });
    let mut browser = Browser::new();
    let answer = browser.post(&site, "/sign-in/with/test", "next=/").await;
    check_refused(&browser, &answer, 503, "provider_unavailable");
}

#[tokio::test]
async fn further_claims_are_of_the_same_person() {
    let lies = Lies {
        claims: Some(saying(json!({"email": null, "email_verified": null}))),
        further: Some(saying(json!({"sub": "eve", "email": "ada@example.org", "email_verified": true}))),
        ..Lies::default()
    };
    refused(lies, 403, "identity_not_proven").await;
}

#[rstest]
#[case::no_token(json!({"id_token": null}))]
#[case::no_jwt(json!({"id_token": "a.b"}))]
#[tokio::test]
async fn without_a_token_nobody_is_known(#[case] tokens: Value) {
    refused(Lies { tokens: Some(saying(tokens)), ..Lies::default() }, 403, "identity_not_proven").await;
}

/// The right answer, but brought in a wrong way.
#[tokio::test]
async fn an_answer_is_used_once_in_the_browser_that_asked() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut browser = Browser::new();
    let asked = browser.set_out(&site, "/annotate").await;
    let code = provider.grant(&asked.query);

    let wrong = format!("/sign-in/callback/test?code={code}&state={}", "0".repeat(64));
    let answer = browser.get(&site, &wrong).await;
    check_refused(&browser, &answer, 410, "stale_attempt");
    let answer = browser.get(&site, &format!("/sign-in/callback/test?code={code}")).await;
    check_refused(&browser, &answer, 410, "stale_attempt");

    let signed_in = browser.get(&site, &asked.path_back(&code)).await;
    assert_eq!((signed_in.status.as_u16(), signed_in.header("location")), (303, "/annotate"));
    assert!(browser.is_signed_in());
    let mut again = Browser { cookies: browser.cookies.clone() };
    again.cookies.remove("gas_session");
    let answer = again.get(&site, &asked.path_back(&code)).await;
    check_refused(&again, &answer, 410, "stale_attempt");
}

#[tokio::test]
async fn another_browser_gets_nothing_and_the_attempt_is_over() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut browser = Browser::new();
    let asked = browser.set_out(&site, "").await;
    let path = asked.path_back(&provider.grant(&asked.query));
    let mut other = Browser::new();
    let answer = other.get(&site, &path).await;
    check_refused(&other, &answer, 403, "other_browser");
    let answer = browser.get(&site, &path).await;
    check_refused(&browser, &answer, 410, "stale_attempt");
}

/// Two windows of one browser do not disturb each other.
#[tokio::test]
async fn two_attempts_of_one_browser_both_end_well() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut browser = Browser::new();
    let (first, second) = (browser.set_out(&site, "/annotate").await, browser.set_out(&site, "").await);
    for asked in [second, first] {
        let answer = browser.get(&site, &asked.path_back(&provider.grant(&asked.query))).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    assert!(!browser.cookies.keys().any(|name| name.contains("begun")), "{:?}", browser.cookies);
}

/// What was begun with one provider is not ended with another, whoever sent the browser there.
#[tokio::test]
async fn an_attempt_is_for_one_provider() {
    let (honest, evil) = (Provider::start().await, Provider::start().await);
    let site = site_set(&honest, |settings| {
        settings.sign_in.providers.insert("evil".to_owned(), settings_of(&evil));
    })
    .await;
    let mut browser = Browser::new();
    let asked = browser.set_out(&site, "").await;
    let path = asked.path_back(&honest.grant(&asked.query)).replace("/test?", "/evil?");
    let answer = browser.get(&site, &path).await;
    check_refused(&browser, &answer, 410, "stale_attempt");
}

/// RFC 9207: who says from whom an answer is, must be right, and those who always say so must always say so.
#[rstest]
#[case(true, Some("https://evil.example"), false)]
#[case(false, Some("https://evil.example"), false)]
#[case(true, None, false)]
#[case(false, None, true)]
#[case(true, Some(""), true)]
#[tokio::test]
async fn an_answer_says_from_whom_it_is(
    #[case] always: bool,
    #[case] said: Option<&str>,
    #[case] believed: bool,
) {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let document = saying(json!({"authorization_response_iss_parameter_supported": always}));
    provider.lie(Lies { document: Some(document), ..Lies::default() });
    let mut browser = Browser::new();
    let asked = browser.set_out(&site, "").await;
    let mut path = asked.path_back(&provider.grant(&asked.query));
    if let Some(said) = said {
        let said = if said.is_empty() { provider.issuer.as_str() } else { said };
        path = format!("{path}&iss={}", said.replace(':', "%3A").replace('/', "%2F"));
    }
    let answer = browser.get(&site, &path).await;
    if believed {
        assert_eq!(answer.status, 303, "{}", answer.text());
    } else {
        check_refused(&browser, &answer, 403, "identity_not_proven");
    }
}

#[rstest]
#[case("access_denied", "sign_in_declined")]
#[case("server_error", "provider_refused")]
#[case("%3Cscript%3Ealert(1)%3C/script%3E", "provider_refused")]
#[tokio::test]
async fn a_providers_no_gets_a_page(#[case] error: &str, #[case] code: &str) {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut browser = Browser::new();
    let asked = browser.set_out(&site, "").await;
    let path = format!(
        "/sign-in/callback/test?error={error}&error_description=PHISH&state={}",
        asked.query["state"]
    );
    let answer = browser.get(&site, &path).await;
    check_refused(&browser, &answer, 403, code);
    assert!(answer.text().contains("The Institute"));
    assert!(!answer.text().contains("PHISH") && !answer.text().contains("alert(1)"), "{}", answer.text());
}

/// What the provider takes once, it does not take twice; nor from whoever cannot show the verifier.
#[tokio::test]
async fn a_code_is_taken_once() {
    let provider = Provider::start().await;
    let site = site(&provider).await;
    let mut browser = Browser::new();
    let asked = browser.set_out(&site, "").await;
    let code = provider.grant(&asked.query);
    browser.get(&site, &asked.path_back(&code)).await;
    let mut eve = Browser::new();
    let asked = eve.set_out(&site, "").await;
    let answer = eve.get(&site, &asked.path_back(&code)).await;
    check_refused(&eve, &answer, 403, "provider_refused");

    let (victims, eves) = (Browser::new().set_out(&site, "").await, eve.set_out(&site, "").await);
    let answer = eve.get(&site, &eves.path_back(&provider.grant(&victims.query))).await;
    check_refused(&eve, &answer, 403, "provider_refused");
}

#[tokio::test]
async fn a_wrong_secret_is_the_providers_no() {
    let provider = Provider::start().await;
    let site = site_set(&provider, |settings| {
        settings.sign_in.providers.get_mut("test").unwrap().client_secret = Some("wrong".into());
    })
    .await;
    let mut browser = Browser::new();
    let answer = browser.sign_in(&site, &provider).await;
    check_refused(&browser, &answer, 403, "provider_refused");
    assert!(!answer.text().contains("wrong"), "{}", answer.text());
    assert!(!answer.text().contains(SUBJECT));
}
