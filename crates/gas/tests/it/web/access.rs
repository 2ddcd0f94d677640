//! Who gets what: every route, for nobody, for another user and for the owner, by cookie and by token.

use std::{collections::BTreeSet, time::Duration};

use axum::body::Body;
use gas_web::router::Access;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::{
    expected::{Expected, ROUTES, Subject},
    site::{Answer, By, FILE_NAME, MARK, Person, Site, request},
};

/// Checks what holds for every answer.
pub(super) fn check_always(answer: &Answer) {
    let told = &answer.told;
    assert!(!answer.status.is_server_error(), "{told}: {}", answer.text());
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{told}");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'; "), "{told}");
    assert!(!answer.header("cache-control").is_empty(), "{told}");
    let path = told.split(' ').nth(1).unwrap();
    if answer.status.is_client_error() && (path.starts_with("/api/") || path.starts_with("/uploads")) {
        answer.problem();
    }
}

/// Checks that nothing of that person is in an answer.
pub(super) fn check_silent(answer: &Answer, person: &Person) {
    let all = format!("{:?}\n{}", answer.headers, answer.text());
    let user_id = person.user.user_id.to_string();
    let token_id = person.api_token.token_id.to_string();
    for secret in [MARK, FILE_NAME, person.user.user_email.as_str(), &user_id, &token_id] {
        assert!(!all.contains(secret), "{} tells `{secret}`: {all}", answer.told);
    }
}

/// What the tables say of a person and of what is theirs.
pub(super) async fn rows_of(site: &Site, person: &Person) -> Vec<String> {
    let user_id = person.user.user_id.to_string();
    let rows = site.tables().await.into_values().flatten();
    rows.filter(|row| row.contains(&user_id)).collect()
}

#[test]
fn every_route_is_expected_and_every_expected_route_is_there() {
    let there = gas_web::router::table();
    let there: Vec<_> = there.iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    let expected = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path));
    let set: BTreeSet<_> = there.iter().cloned().collect();
    assert_eq!(set.len(), there.len(), "a route is there twice");
    assert_eq!(set, expected.collect());
}

#[test]
fn only_these_routes_are_public() {
    let public: BTreeSet<_> =
        ROUTES.iter().filter(|route| route.is_public()).map(|route| route.path).collect();
    let expected = [
        "/",
        "/api/v1/openapi.json",
        "/api/v1/service-info",
        "/account-deleted",
        "/assets/{*path}",
        "/billing/stripe/webhook",
        "/healthz",
        "/metrics",
        "/outbox",
        "/outbox/{id}",
        "/readyz",
        "/sign-in",
        "/sign-in/address",
        "/sign-in/callback/{provider}",
        "/sign-in/sent",
        "/sign-in/with/{provider}",
        "/sign-in/{secret}",
        "/sign-out",
    ];
    assert_eq!(public, expected.into());
}

#[tokio::test]
async fn strangers_get_nothing_but_the_way_to_sign_in() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for route in ROUTES.iter().filter(|route| !route.is_public()) {
        let path = route.path_of(&site, &ada).await;
        let before = rows_of(&site, &ada).await;
        for by in [By::Nobody, By::StaleCookie, By::UnknownToken] {
            let answer = site.ask(route.request(&path, by)).await;
            check_always(&answer);
            check_silent(&answer, &ada);
            check_turned_away(&answer, route, by, &path);
        }
        assert_eq!(
            rows_of(&site, &ada).await,
            before,
            "{} {path} by strangers changed something",
            route.method
        );
    }
}

fn check_turned_away(answer: &Answer, route: &Expected, by: By<'_>, path: &str) {
    let told = &answer.told;
    if matches!(by, By::UnknownToken) {
        assert_eq!(answer.status, 401, "{told}");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{told}");
    } else if route.access() == Access::Admin {
        assert_eq!(answer.status, 404, "{told}");
    } else if matches!(route.access(), Access::Api(_)) {
        answer.refused(401, "not_signed_in");
    } else {
        assert_eq!(answer.status, 303, "{told}");
        let next = if route.method == "GET" { path } else { "/annotations" };
        assert_eq!(
            answer.header("location"),
            format!("/sign-in?next={}", next.replace('/', "%2F")),
            "{told}"
        );
    }
}

#[tokio::test]
async fn others_get_nothing_of_what_is_not_theirs() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let eve = site.person("eve@example.org").await;
    for route in ROUTES {
        let path = route.path_of(&site, &ada).await;
        // Signing out ends the session; that is tested elsewhere.
        let ways =
            if route.path.contains("/sign-out") { vec![] } else { vec![By::Cookie(&eve), By::Token(&eve)] };
        let before = rows_of(&site, &ada).await;
        for by in ways {
            let answer = site.ask(route.request(&path, by)).await;
            check_always(&answer);
            if matches!(by, By::Token(_)) && route.is_page() {
                answer.refused_on_page();
                continue;
            }
            assert_eq!(answer.status, route.other, "{}: {}", answer.told, answer.text());
            if route.subject == Subject::Nothing {
                // Eve's own files have the same name and the same mark.
                continue;
            }
            check_silent(&answer, &ada);
        }
        assert_eq!(
            rows_of(&site, &ada).await,
            before,
            "{} {path} by another changed something",
            route.method
        );
    }
}

#[tokio::test]
async fn what_is_asked_for_without_an_id_is_one_s_own() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let eve = site.person("eve@example.org").await;
    site.completed_job(&ada).await;
    for route in ROUTES.iter().filter(|route| route.method == "GET" && route.subject == Subject::Nothing) {
        for by in [By::Nobody, By::Cookie(&eve), By::Token(&eve)] {
            check_silent(&site.ask(route.request(route.path, by)).await, &ada);
        }
    }
}

#[tokio::test]
async fn ids_of_other_things_and_no_ids_lead_nowhere() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let eve = site.person("eve@example.org").await;
    let job = site.completed_job(&ada).await;
    let result = job.result.clone().unwrap().file.key;
    let key = result.as_str().replace('/', "%2F");
    let ids = [
        ada.user.user_id.to_string(),
        ada.api_token.token_id.to_string(),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "..%2F..%2Fgas.db".to_owned(),
        "%2e%2e%2fgas.db".to_owned(),
        "%00".to_owned(),
        "%FF".to_owned(),
        key.clone(),
        "a".repeat(5000),
    ];
    for route in ROUTES.iter().filter(|route| route.path.contains("{id}") && !route.is_public()) {
        for id in &ids {
            if route.subject == Subject::Token && *id == ada.api_token.token_id.to_string() {
                continue;
            }
            let path = route.path.replace("{id}", id);
            for by in [By::Cookie(&eve), By::Cookie(&ada)] {
                let answer = site.ask(route.request(&path, by)).await;
                check_always(&answer);
                // Tokens are looked up by what a path says as text, and revoking none is fine.
                let allowed: &[u16] = if route.subject == Subject::Token { &[404, 303, 400] } else { &[404] };
                assert!(allowed.contains(&answer.status.as_u16()), "{}: {}", answer.told, answer.status);
            }
        }
    }
    // Keys and buckets in a query are no way in.
    for path in ["log", "log.txt", "download"] {
        let path = format!("/annotations/{}/{path}?bucket=results&key={key}", job.job_id);
        let answer = site.get(By::Cookie(&eve), &path).await;
        assert_eq!(answer.status, 404, "{path}");
        check_silent(&answer, &ada);
    }
    for path in [format!("/objects/results/{result}"), format!("/assets/../objects/results/{result}")] {
        let answer = site.get(By::Cookie(&ada), &path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn owners_get_what_is_theirs_by_cookie_and_by_token() {
    let site = Site::open().await;
    for by_cookie in [true, false] {
        let routes = ROUTES.iter().filter(|route| by_cookie || !route.is_page());
        for (number, route) in routes.enumerate() {
            let ada = site.person(&format!("ada{by_cookie}{number}@example.org")).await;
            let path = route.path_of(&site, &ada).await;
            let by = if by_cookie { By::Cookie(&ada) } else { By::Token(&ada) };
            let answer = site.ask(route.request(&path, by)).await;
            check_always(&answer);
            assert_eq!(answer.status, route.owner, "{}: {}", answer.told, answer.text());
        }
    }
}

#[tokio::test]
async fn the_plan_is_read_anew_for_each_request() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let plan = async || site.get(By::Cookie(&ada), "/api/v1/profile").await.json()["plan"].clone();
    assert_eq!(plan().await, "free_user");
    site.premium(&ada).await;
    assert_eq!(plan().await, "premium_user");
}

#[tokio::test]
async fn a_revoked_token_and_a_deleted_job_are_gone_at_once() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let path = format!("/api/v1/jobs/{}", job.job_id);
    let gone = request("DELETE", &path, By::Token(&ada)).body(Body::empty()).unwrap();
    assert_eq!(site.ask(gone).await.status, 204);
    for end in ["", "/result", "/log", "/input", "/summary", "/variants", "/events"] {
        site.get(By::Token(&ada), &format!("{path}{end}")).await.refused(404, "no_such_job");
    }
    assert!(site.get(By::Token(&ada), "/api/v1/jobs").await.json()["jobs"].as_array().unwrap().is_empty());
    site.desk.revoke_token(&ada.user, ada.api_token.token_id).await.unwrap();
    site.get(By::Token(&ada), "/api/v1/jobs").await.refused(401, "unknown_token");
}

/// Who follows a job is asked anew now and then, so that a thief's open stream ends with the session, too.
#[tokio::test]
async fn a_stream_of_events_ends_with_the_session_that_opened_it() {
    let site = Site::open_as(|options| options.event_interval = Duration::from_millis(5)).await;
    let ada = site.person("ada@example.org").await;
    let path = format!("/api/v1/jobs/{}/events", site.pending_job(&ada).await.job_id);
    let request = request("GET", &path, By::Cookie(&ada)).body(Body::empty()).unwrap();
    let mut events = site.router.clone().oneshot(request).await.unwrap().into_body();
    let first = events.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"id: ") || first.starts_with(b"event: job"), "{first:?}");
    site.desk.sign_out_everywhere(&ada.user).await.unwrap();
    let rest = tokio::time::timeout(Duration::from_mins(1), events.collect()).await;
    let rest = rest.expect("the stream goes on").unwrap().to_bytes();
    assert!(rest.is_empty(), "it broke off without a word, so that its client comes again: {rest:?}");
}
