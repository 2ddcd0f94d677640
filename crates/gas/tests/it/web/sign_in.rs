//! Signing in by a mailed link, and where it leads.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use axum::{body::Body, extract::ConnectInfo};
use rstest::rstest;

use super::site::{Answer, By, Person, Site, request};

/// Asks for a link and gives the path in the mail.
async fn mailed_path(site: &Site, email: &str, next: &str) -> String {
    let form = format!("email={}&next={next}", email.replace('@', "%40"));
    let answer = site.post_form(By::Nobody, "/sign-in", &form).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/sign-in/sent"),
        "{}",
        answer.text()
    );
    let outbox = site.desk.ports.outbox.as_ref().unwrap();
    let mails = outbox.newest(1).await.unwrap();
    let text = &mails.first().unwrap().mail.text;
    let (_, rest) = text.split_once("http://localhost:8080").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    let value = cookie.split(';').next().unwrap().strip_prefix("gas_session=").unwrap();
    value.to_owned()
}

#[rstest]
#[case("/annotate", "/annotate")]
#[case("/annotations%3Fcursor%3D1", "/annotations?cursor=1")]
#[case("https://evil.example/", "/annotations")]
#[case("//evil.example", "/annotations")]
#[case("/%5Cevil.example", "/annotations")]
#[case("%5C%5Cevil.example", "/annotations")]
#[case("/%09/evil.example", "/annotations")]
#[case("javascript:alert(1)", "/annotations")]
#[case("/a%0D%0ASet-Cookie:%20x=1", "/annotations")]
#[case("", "/annotations")]
#[tokio::test]
async fn signing_in_leads_to_this_site_only(#[case] next: &str, #[case] leads_to: &str) {
    let site = Site::open().await;
    let path = mailed_path(&site, "ada@example.org", next).await;
    let answer = site.post_form(By::Nobody, &path, "").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, leads_to));
    // Whoever is signed in already is led to this site too.
    let ada = site.person("ada@example.org").await;
    let answer = site.get(By::Cookie(&ada), &format!("/sign-in?next={next}")).await;
    assert!(answer.header("location").starts_with("/annotat"), "{}", answer.header("location"));
}

#[tokio::test]
async fn a_link_works_once_and_only_when_the_button_is_pressed() {
    let site = Site::open().await;
    let path = mailed_path(&site, "Ada@Example.org", "").await;
    // A mail scanner looks at it, twice.
    for _ in 0..2 {
        let page = site.get(By::Nobody, &path).await;
        assert_eq!(page.status, 200);
        assert!(page.header("set-cookie").is_empty());
        assert!(page.text().contains("ada@example.org"));
    }
    let answer = site.post_form(By::Nobody, &path, "").await;
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let secret = cookie_of(&answer);
    assert_eq!(secret.len(), 64, "256 bits");
    let tables = format!("{:?}", site.tables().await);
    assert!(!tables.contains(&secret), "only a hash is stored");
    assert_eq!(site.post_form(By::Nobody, &path, "").await.status, 410);
    assert_eq!(site.get(By::Nobody, &path).await.status, 410);
}

#[tokio::test]
async fn signing_out_ends_the_session_here_too() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    assert_eq!(site.get(By::Cookie(&ada), "/profile").await.status, 200);
    let answer = site.post_form(By::Cookie(&ada), "/sign-out", "").await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(site.get(By::Cookie(&ada), "/profile").await.status, 303);
    site.get(By::Cookie(&ada), "/api/v1/profile").await.refused(401, "not_signed_in");
    assert_eq!(site.get(By::Token(&ada), "/api/v1/profile").await.status, 200, "tokens are apart");
}

#[rstest]
#[case("ada")]
#[case("ada%40example.org%0D%0ABcc:%20all%40example.org")]
#[case("")]
#[tokio::test]
async fn what_is_no_address_gets_no_mail(#[case] email: &str) {
    let site = Site::open().await;
    let answer = site.post_form(By::Nobody, "/sign-in", &format!("email={email}")).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(site.desk.ports.outbox.as_ref().unwrap().newest(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_is_not_flooded() {
    let site = Site::open().await;
    let ask = async || site.post_form(By::Nobody, "/sign-in", "email=ada%40example.org").await;
    let mut answers = Vec::new();
    for _ in 0..25 {
        answers.push(ask().await.status.as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 20);
    let refused = ask().await;
    assert_eq!(refused.status, 429);
    assert!(!refused.header("retry-after").is_empty());
}

/// Asks for the outbox as somebody whose connection comes from `peer`.
async fn outbox(site: &Site, by: &Person, peer: [u8; 4], host: &str, proxied: bool) -> u16 {
    let mut request = request("GET", "/outbox", By::Cookie(by)).body(Body::empty()).unwrap();
    let peer = SocketAddr::from((Ipv4Addr::from(peer), 4000));
    request.extensions_mut().insert(ConnectInfo(peer));
    request.headers_mut().insert("host", host.parse().unwrap());
    if proxied {
        request.headers_mut().insert("x-forwarded-for", "127.0.0.1".parse().unwrap());
    }
    site.ask(request).await.status.as_u16()
}

#[tokio::test]
async fn the_outbox_is_for_this_machine_only() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    assert_eq!(outbox(&site, &ada, [127, 0, 0, 1], "localhost:8080", false).await, 200);
    assert_eq!(outbox(&site, &ada, [127, 0, 0, 1], "localhost:8080", true).await, 404);
    assert_eq!(outbox(&site, &ada, [127, 0, 0, 1], "rebound.evil.example", false).await, 404);
    assert_eq!(outbox(&site, &ada, [192, 0, 2, 1], "localhost:8080", false).await, 404);
}

/// A proxy that tells nothing of its callers makes everybody look like somebody at this machine.
#[tokio::test]
async fn a_site_with_a_name_shows_no_outbox() {
    let site = Site::set_up(|settings| settings.site.address = "https://gas.example.org".to_owned()).await;
    let ada = site.person("ada@example.org").await;
    assert_eq!(outbox(&site, &ada, [127, 0, 0, 1], "127.0.0.1:8080", false).await, 404);
}

/// A session that nobody used for so long is none, in the list neither; use puts that off, and is written down.
#[rstest]
#[case::idle(100, 101, false)]
#[case::in_use(100, 98, true)]
#[case::without_a_limit(0, 1_000_000, true)]
#[tokio::test]
async fn a_session_that_is_not_used_ends(#[case] limit: u64, #[case] unused: u64, #[case] holds: bool) {
    let site = Site::set_up(|settings| settings.sign_in.session_idle = Duration::from_secs(limit)).await;
    let ada = site.person("ada@example.org").await;
    let began = site.desk.ports.clock.now() - Duration::from_secs(unused);
    let cookie = site.session_begun(&ada.user, began).await;
    let other = Person { cookie, ..site.person("ada@example.org").await };
    let listed = site.desk.sessions(&ada.user).await.unwrap().len();
    assert_eq!(listed, if holds { 3 } else { 2 });
    let answer = site.get(By::Cookie(&other), "/profile").await;
    assert_eq!(answer.status, if holds { 200 } else { 303 }, "{}", answer.text());
    assert_eq!(site.get(By::Cookie(&ada), "/profile").await.status, 200);
    if !holds {
        assert!(answer.header("location").starts_with("/sign-in"), "{}", answer.header("location"));
        return;
    }
    let noted = async || {
        let sessions = site.desk.sessions(&ada.user).await.unwrap();
        sessions.iter().any(|session| session.created == Some(began) && session.last_used.is_some())
    };
    // It is written beside the request.
    tokio::time::timeout(Duration::from_secs(10), async {
        while !noted().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the use of a session is noted");
}
