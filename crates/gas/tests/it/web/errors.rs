//! Errors, and the description of the API.

use std::collections::BTreeSet;

use axum::body::Body;
use rstest::rstest;

use super::site::{By, Site, request};

#[rstest]
#[case("GET", "/api/v1/nothing", "", "", 404, "not_found")]
#[case("GET", "/api/v2/jobs", "", "", 404, "not_found")]
#[case("PUT", "/api/v1/jobs", "", "", 405, "method_not_allowed")]
#[case("POST", "/api/v1/tokens", "application/json", "{", 400, "malformed")]
#[case("POST", "/api/v1/tokens", "application/json", "\u{0}", 400, "malformed")]
#[case("PATCH", "/api/v1/profile", "application/json", "[\"Ada\",\"\"]", 422, "invalid_body")]
#[case::deep("POST", "/api/v1/tokens", "application/json", &"[".repeat(50_000), 422, "invalid_body")]
#[case("POST", "/api/v1/tokens", "text/plain", "{}", 415, "unsupported_media_type")]
#[case("POST", "/api/v1/tokens", "", "{}", 415, "unsupported_media_type")]
#[case("POST", "/api/v1/jobs", "application/json", "{}", 415, "unsupported_media_type")]
#[case("POST", "/api/v1/jobs/x/cancel", "", "", 404, "no_such_job")]
#[case("DELETE", "/api/v1/tokens/x", "", "", 404, "no_such_token")]
#[case("POST", "/uploads/x/submit", "", "", 404, "no_such_upload")]
#[tokio::test]
async fn errors_are_problems_with_a_code(
    #[case] method: &str,
    #[case] path: &str,
    #[case] kind: &str,
    #[case] body: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let request = request(method, path, By::Token(&ada));
    let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
    site.ask(request.body(Body::from(body.to_owned())).unwrap()).await.refused(status, code);
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let name = "a".repeat(1 << 20);
    let request =
        request("POST", "/api/v1/tokens", By::Token(&ada)).header("content-type", "application/json");
    let answer = site.ask(request.body(Body::from(format!(r#"{{"name":"{name}"}}"#))).unwrap()).await;
    answer.refused(413, "too_large");
}

#[rstest]
#[case("")]
#[case("a b")]
#[case("\u{e9}")]
#[case(&"k".repeat(201))]
#[tokio::test]
async fn idempotency_keys_are_plain(#[case] key: &str) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.pending_job(&ada).await;
    let path = format!("/api/v1/jobs/{}/rerun", job.job_id);
    let request = request("POST", &path, By::Token(&ada)).header("idempotency-key", key.as_bytes());
    let answer = site.ask(request.body(Body::empty()).unwrap()).await;
    if key == "a b" {
        assert_eq!(answer.status, 201);
    } else {
        answer.refused(422, "invalid_idempotency_key");
    }
}

#[tokio::test]
async fn people_get_a_page_with_the_request_s_id() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for (by, path, status) in [
        (By::Nobody, "/nothing", 404),
        (By::Cookie(&ada), "/annotations/x", 404),
        (By::Cookie(&ada), "/sign-in/x", 410),
    ] {
        let answer = site.get(by, path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        assert!(answer.text().contains(answer.header("x-request-id")), "{path}");
    }
    // What somebody put into the address is text on the page.
    let answer = site.get(By::Cookie(&ada), "/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!answer.text().contains("<script>alert"));
}

#[tokio::test]
async fn the_description_lists_exactly_the_routes() {
    let site = Site::open().await;
    let description = site.get(By::Nobody, "/api/v1/openapi.json").await.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut described = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase();
            let told = format!("{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{told}");
            assert!(responses.contains_key("401"), "{told}");
            assert!(!responses.contains_key("default"), "{told} leaves open what it answers");
            assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{told}");
            if path.contains("{id}") {
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(parameters.iter().any(|parameter| parameter["name"] == "id"), "{told}");
                assert!(responses.contains_key("404"), "{told}");
            }
            described.insert(told);
        }
    }
    let routes = gas_web::router::table();
    let routes = routes.iter().filter(|entry| entry.path.starts_with("/api/"));
    assert_eq!(described, routes.map(|entry| format!("{} {}", entry.method, entry.path)).collect());
}
