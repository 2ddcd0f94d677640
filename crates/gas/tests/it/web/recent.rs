//! What changes who can get into an account is for who signed in not long ago.

use std::time::Duration;

use axum::body::Body;
use gas_web::router::Access;
use serde_json::json;

use super::{
    admin::administrator,
    expected::ROUTES,
    site::{By, Person, Site, request},
};

/// Somebody in a browser that was signed in so long ago.
async fn signed_in(site: &Site, email: &str, ago: Duration) -> Person {
    let person = site.person(email).await;
    let then = site.desk.ports.clock.now() - ago;
    Person { cookie: site.session_begun(&person.user, then).await, ..person }
}

#[tokio::test]
async fn what_changes_who_gets_in_needs_a_recent_sign_in() {
    let site = Site::open().await;
    let ada = signed_in(&site, "ada@example.org", Duration::from_mins(61)).await;
    let mut asked = Vec::new();
    for route in ROUTES.iter().filter(|route| route.access() == Access::Recent) {
        let path = route.path_of(&site, &ada).await;
        let before = site.tables().await;
        let answer = site.ask(route.request(&path, By::Cookie(&ada))).await;
        let back = if route.method == "GET" { "%2Fprofile%2Fdelete" } else { "%2Fprofile" };
        let there = format!("/sign-in?again=true&next={back}");
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, &*there), "{}", answer.told);
        assert_eq!(site.tables().await, before, "{}", answer.told);
        asked.push((route.method, route.path));
    }
    asked.sort_unstable();
    let expected = [
        ("GET", "/profile/delete"),
        ("POST", "/profile/delete"),
        ("POST", "/profile/email"),
        ("POST", "/profile/identities/connect/{provider}"),
        ("POST", "/profile/identities/disconnect"),
        ("POST", "/profile/tokens"),
    ];
    assert_eq!(asked, expected);
    // No way around by the API: not with the cookie alone.
    let token = || {
        let request =
            request("POST", "/api/v1/tokens", By::Cookie(&ada)).header("content-type", "application/json");
        request.body(Body::from(json!({"name": "a copy of the key"}).to_string())).unwrap()
    };
    site.ask(token()).await.refused(403, "sign_in_again");
    // Everything else goes on.
    for path in ["/profile", "/annotations", "/profile/export", "/api/v1/profile"] {
        assert_eq!(site.get(By::Cookie(&ada), path).await.status, 200, "{path}");
    }
    assert_eq!(site.post_form(By::Cookie(&ada), "/profile/sign-out-everywhere", "").await.status, 303);
}

#[tokio::test]
async fn administrators_look_whenever_and_act_after_a_recent_sign_in() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let then = site.desk.ports.clock.now() - Duration::from_mins(61);
    let user = site.desk.ports.accounts.user(root.user.user_id).await.unwrap().unwrap();
    let root = Person { cookie: site.session_begun(&user, then).await, ..root };
    let ada = signed_in(&site, "ada@example.org", Duration::from_mins(61)).await;
    for route in ROUTES.iter().filter(|route| route.access() == Access::Admin) {
        let path = route.path_of(&site, &ada).await;
        let before = site.tables().await;
        let answer = site.ask(route.request(&path, By::Cookie(&root))).await;
        if route.method == "GET" {
            assert_eq!(answer.status, 200, "{}", answer.told);
        } else {
            assert_eq!(answer.header("location"), "/sign-in?again=true&next=%2Fadmin", "{}", answer.told);
            assert_eq!(site.tables().await, before, "{}", answer.told);
        }
        assert_eq!(site.ask(route.request(&path, By::Cookie(&ada))).await.status, 404, "{}", answer.told);
    }
}

#[tokio::test]
async fn who_is_asked_to_sign_in_again_is_told_why_and_led_back() {
    let site = Site::open().await;
    let ada = signed_in(&site, "ada@example.org", Duration::from_hours(2)).await;
    assert_eq!(site.get(By::Cookie(&ada), "/sign-in").await.header("location"), "/annotations");
    let page = site.get(By::Cookie(&ada), "/sign-in?again=true&next=/profile/delete").await.text();
    assert!(page.contains("<h1>Sign in again</h1>"), "{page}");
    assert!(page.contains("value=\"ada@example.org\""), "{page}");
    assert!(page.contains("name=\"next\" value=\"/profile/delete\""), "{page}");
    let stranger = site.get(By::Nobody, "/sign-in?again=true").await.text();
    assert!(stranger.contains("<h1>Sign in</h1>"), "{stranger}");
}

#[tokio::test]
async fn a_session_of_an_hour_less_a_minute_is_recent_and_zero_is_no_limit() {
    let site = Site::open().await;
    let ada = signed_in(&site, "ada@example.org", Duration::from_mins(59)).await;
    assert_eq!(site.get(By::Cookie(&ada), "/profile/delete").await.status, 200);
    let site = Site::set_up(|settings| settings.sign_in.recent = Duration::ZERO).await;
    let ada = signed_in(&site, "ada@example.org", Duration::from_hours(71)).await;
    assert_eq!(site.get(By::Cookie(&ada), "/profile/delete").await.status, 200);
}
