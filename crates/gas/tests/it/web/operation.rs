//! What those who operate the service ask for.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo, http::Request};

use super::site::{Answer, By, Site};

#[tokio::test]
async fn health_is_told_to_everybody_without_looking_them_up() {
    let site = Site::open().await;
    let files = site.files("");
    for path in ["/healthz", "/readyz"] {
        for by in [By::Nobody, By::UnknownToken, By::StaleCookie] {
            let answer = site.get(by, path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
    }
    let objects =
        |files: Vec<String>| files.into_iter().filter(|path| path.contains("objects")).collect::<Vec<_>>();
    assert_eq!(objects(site.files("")), objects(files), "nothing is left of the trial");
}

#[tokio::test]
async fn metrics_tell_the_state_of_jobs_and_queues() {
    let site = Site::open_as(|options| options.metrics_from = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let ada = site.person("ada@example.org").await;
    site.pending_job(&ada).await;
    site.completed_job(&ada).await;
    let answer = metrics(&site, [127, 0, 0, 1], None).await;
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = answer.text();
    for line in [
        "gas_jobs{status=\"PENDING\"} 1",
        "gas_jobs{status=\"COMPLETED\"} 1",
        "gas_queue_ready{queue=\"job-requests\"} 2",
        "gas_queue_dead{queue=\"job-requests\"} 0",
        "# TYPE gas_queue_oldest_ready_seconds gauge",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` is not in\n{text}");
    }
    assert!(!text.contains("example.org"), "nothing about people");
}

/// Asks for figures from an address, perhaps with a token.
pub(super) async fn metrics(site: &Site, from: [u8; 4], token: Option<&str>) -> Answer {
    let mut request = Request::get("/metrics").body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 4000))));
    if let Some(token) = token {
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    site.ask(request).await
}

#[tokio::test]
async fn metrics_are_for_certain_addresses_or_a_token() {
    let near = || "127.0.0.0/8".parse().unwrap();
    let site = Site::open_as(|options| {
        options.metrics_from = vec![near()];
        options.trusted_proxies = vec![near()];
        options.metrics_token = Some("hunter2".into());
    })
    .await;
    assert_eq!(metrics(&site, [127, 0, 0, 1], None).await.status, 200);
    assert_eq!(metrics(&site, [192, 0, 2, 1], None).await.status, 404);
    assert_eq!(metrics(&site, [192, 0, 2, 1], Some("hunter2")).await.status, 200);
    assert_eq!(metrics(&site, [192, 0, 2, 1], Some("hunter")).await.status, 404);
    // Somebody whom a proxy on this machine lets through is not at this machine.
    let mut proxied =
        Request::get("/metrics").header("x-forwarded-for", "192.0.2.1").body(Body::empty()).unwrap();
    proxied.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    assert_eq!(site.ask(proxied).await.status, 404);
    let closed = Site::open().await;
    assert_eq!(metrics(&closed, [127, 0, 0, 1], Some("")).await.status, 404);
}

#[tokio::test]
async fn a_lost_data_directory_makes_the_server_unready_but_not_dead() {
    let sound = Site::open().await;
    assert_eq!(sound.get(By::Nobody, "/readyz").await.status, 200);
    let site = Site::open().await;
    std::fs::remove_dir_all(site.folder.path().join("objects")).unwrap();
    std::fs::write(site.folder.path().join("objects"), "a file where the folder was").unwrap();
    let answer = site.get(By::Nobody, "/readyz").await;
    answer.refused(503, "unavailable");
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(site.get(By::Nobody, "/healthz").await.status, 200);
}

#[tokio::test]
async fn the_service_says_what_it_is_as_ga4gh_asks() {
    let site = Site::open().await;
    let info = site.get(By::Nobody, "/api/v1/service-info").await.json();
    for field in ["id", "name", "version"] {
        assert!(info[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    for field in ["group", "artifact", "version"] {
        assert!(info["type"][field].is_string(), "{field}");
    }
    for field in ["name", "url"] {
        assert!(info["organization"][field].is_string(), "{field}");
    }
}
