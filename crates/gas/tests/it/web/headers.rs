//! What browsers are told with each answer.

use std::collections::BTreeSet;

use axum::http::Request;
use rstest::rstest;

use super::site::{Answer, By, Site, bare_request, request};
use axum::body::Body;

#[tokio::test]
async fn pages_may_load_what_lies_beside_them_and_nothing_else() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    for path in ["/", "/sign-in", "/annotations", &format!("/annotations/{}", job.job_id), "/nothing"] {
        let page = site.get(By::Cookie(&ada), path).await;
        let policy = page.header("content-security-policy").to_owned();
        let directives: BTreeSet<_> = policy.split("; ").collect();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "connect-src 'self'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(
                path == "/sign-in" || directives.contains(directive),
                "{path}: {directive} is not in {policy}"
            );
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        let text = page.text();
        for inline in ["<style", " style=", " onclick=", " onload=", " onsubmit=", "javascript:"] {
            assert!(!text.contains(inline), "{path} has `{inline}`");
        }
        let scripts = text.matches("<script").count();
        assert_eq!(
            text.matches("<script src=\"/assets/").count()
                + text.matches("<script type=\"module\" src=\"/assets/").count(),
            scripts
        );
    }
}

#[rstest]
#[case("x-content-type-options", "nosniff")]
#[case("x-frame-options", "DENY")]
#[case("referrer-policy", "same-origin")]
#[case("cross-origin-opener-policy", "same-origin")]
#[case("cross-origin-resource-policy", "same-origin")]
#[case("cache-control", "no-store")]
#[tokio::test]
async fn every_answer_says_what_this_site_never_does(#[case] name: &str, #[case] value: &str) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for (by, path) in [
        (By::Nobody, "/"),
        (By::Nobody, "/nothing"),
        (By::Cookie(&ada), "/profile"),
        (By::Token(&ada), "/api/v1/jobs"),
        (By::UnknownToken, "/api/v1/jobs"),
        (By::Nobody, "/healthz"),
    ] {
        assert_eq!(site.get(by, path).await.header(name), value, "{path}");
    }
    let permissions = site.get(By::Nobody, "/").await.header("permissions-policy").to_owned();
    assert!(permissions.contains("camera=()") && !permissions.contains('*'), "{permissions}");
}

#[tokio::test]
async fn files_are_never_pages() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let (page, api) = (format!("/annotations/{}", job.job_id), format!("/api/v1/jobs/{}", job.job_id));
    for (path, kind, saved) in [
        (format!("{page}/download"), "text/plain; charset=utf-8", true),
        (format!("{page}/download?format=vcf.gz"), "application/gzip", true),
        (format!("{page}/input"), "text/plain; charset=utf-8", true),
        (format!("{page}/report"), "text/html; charset=utf-8", true),
        (format!("{page}/log.txt"), "text/plain; charset=utf-8", false),
        (format!("{api}/summary"), "application/json", false),
        (api.clone(), "application/json", false),
    ] {
        let answer = site.get(By::Cookie(&ada), &path).await;
        assert_eq!(answer.header("content-type"), kind, "{path}");
        assert_eq!(answer.header("content-disposition").starts_with("attachment; "), saved, "{path}");
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'; sandbox", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

/// Signs in by a link, from a browser that has these cookies, and gives the answer.
async fn sign_in(site: &Site, cookie: Option<&str>) -> Answer {
    let secret = gas_service::account::Secret::generate();
    let link = gas_service::account::SignInLink {
        secret: secret.hash(),
        email: "ada@example.org".parse().unwrap(),
        next: "/".to_owned(),
        expires: site.desk.ports.clock.now() + std::time::Duration::from_mins(1),
    };
    site.desk.ports.accounts.add_sign_in_link(&link).await.unwrap();
    let mut request = request("POST", &format!("/sign-in/{}", secret.reveal()), By::Nobody);
    if let Some(cookie) = cookie {
        let token = super::site::csrf_token("session", cookie);
        request = Request::post(format!("/sign-in/{}", secret.reveal()))
            .header("host", "localhost:8080")
            .header("x-csrf-token", token)
            .header("cookie", format!("gas_session={cookie}"));
    }
    site.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn with_https_cookies_are_bound_to_this_host() {
    let site = Site::open_as(|options| options.secure_cookies = true).await;
    let page = site.ask(Request::get("/sign-in").body(Body::empty()).unwrap()).await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-gas_visitor="), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{cookie} lacks {attribute}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
    // A cookie of the name that another host could set counts for nothing.
    let ada = site.person("ada@example.org").await;
    assert_eq!(site.get(By::Cookie(&ada), "/profile").await.status, 303);
    let own = Request::get("/profile").header("cookie", format!("__Host-gas_session={}", ada.cookie));
    assert_eq!(site.ask(own.body(Body::empty()).unwrap()).await.status, 200);
    let all = Site::open_as(|options| (options.secure_cookies, options.hsts_subdomains) = (true, true)).await;
    let told = all.get(By::Nobody, "/").await.header("strict-transport-security").to_owned();
    assert_eq!(told, "max-age=31536000; includeSubDomains");
    assert_eq!(Site::open().await.get(By::Nobody, "/").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn signing_in_begins_a_new_session_and_ends_the_former() {
    let site = Site::open().await;
    let eve = site.person("eve@example.org").await;
    let answer = sign_in(&site, Some(&eve.cookie)).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("gas_session=") && !cookie.contains(&eve.cookie), "{cookie}");
    assert_eq!(site.get(By::Cookie(&eve), "/profile").await.status, 303);
    assert_ne!(sign_in(&site, None).await.header("set-cookie"), cookie);
    // A secret that somebody chose for others is none of ours.
    let chosen = bare_request("GET", "/profile", By::StaleCookie).body(Body::empty()).unwrap();
    assert_eq!(site.ask(chosen).await.status, 303);
}
