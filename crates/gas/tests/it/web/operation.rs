//! What those who operate the service ask for.

use super::site::{By, Site};

#[tokio::test]
async fn health_is_told_to_everybody_without_looking_them_up() {
    let site = Site::open().await;
    let files = site.files("");
    for path in ["/healthz", "/readyz", "/metrics"] {
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
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    site.pending_job(&ada).await;
    site.completed_job(&ada).await;
    let answer = site.get(By::Nobody, "/metrics").await;
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

#[tokio::test]
async fn a_lost_data_directory_makes_the_server_unready_but_not_dead() {
    let site = Site::open().await;
    assert_eq!(site.get(By::Nobody, "/readyz").await.status, 200);
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
