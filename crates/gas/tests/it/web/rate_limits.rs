//! What is too often is refused, for those who come too often only.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo};
use gas_web::rate_limit::Limit;

use super::site::{Answer, By, Site, request};

/// A request from an address of a proxy that is trusted, for somebody elsewhere.
async fn ask(site: &Site, by: By<'_>, path: &str, from: &str) -> Answer {
    let mut request = request("GET", path, by).header("x-forwarded-for", from).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    site.ask(request).await
}

async fn site(change: impl FnOnce(&mut gas_web::rate_limit::RateLimits)) -> Site {
    Site::open_as(|options| {
        options.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        change(&mut options.rate_limits);
    })
    .await
}

#[tokio::test]
async fn an_address_that_tries_too_often_waits_and_others_do_not() {
    let site = site(|limits| limits.secrets = Limit { per_address: 3, per_user: 0 }).await;
    for remaining in (0..3).rev() {
        let answer = ask(&site, By::Nobody, "/sign-in", "192.0.2.1").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), "\"address\";q=3;w=60");
        assert!(answer.header("ratelimit").starts_with(&format!("\"address\";r={remaining};t=")));
    }
    let refused = ask(&site, By::Nobody, "/sign-in/0123", "192.0.2.1").await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").starts_with("\"address\";r=0;t="));
    assert!(refused.header("content-type").starts_with("text/html"));
    // Neither another address nor another kind of request suffers, nor what watches over the site.
    assert_eq!(ask(&site, By::Nobody, "/sign-in", "192.0.2.2").await.status, 200);
    for path in ["/", "/healthz", "/assets/app.css", "/api/v1/service-info"] {
        assert_ne!(ask(&site, By::Nobody, path, "192.0.2.1").await.status, 429, "{path}");
    }
}

#[tokio::test]
async fn a_user_is_one_from_wherever_and_however() {
    let site = site(|limits| limits.api = Limit { per_address: 0, per_user: 2 }).await;
    let (ada, eve) = (site.person("ada@example.org").await, site.person("eve@example.org").await);
    assert_eq!(ask(&site, By::Token(&ada), "/api/v1/jobs", "192.0.2.1").await.status, 200);
    assert_eq!(ask(&site, By::Cookie(&ada), "/api/v1/jobs", "192.0.2.2").await.status, 200);
    ask(&site, By::Token(&ada), "/api/v1/jobs", "192.0.2.3").await.refused(429, "too_many_requests");
    assert_eq!(ask(&site, By::Token(&eve), "/api/v1/jobs", "192.0.2.1").await.status, 200);
}

#[tokio::test]
async fn guessing_tokens_is_counted_where_it_comes_from() {
    let site = site(|limits| limits.api = Limit { per_address: 2, per_user: 0 }).await;
    for _ in 0..2 {
        assert_eq!(ask(&site, By::UnknownToken, "/api/v1/jobs", "192.0.2.1").await.status, 401);
    }
    ask(&site, By::UnknownToken, "/api/v1/jobs", "192.0.2.1").await.refused(429, "too_many_requests");
}
