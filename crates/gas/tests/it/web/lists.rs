//! Lists: whole, newest first, and of one's own only.

use std::time::Duration;

use gas_service::{id::JobId, job::Job, quota::Quota};

use super::site::{By, Person, Site};

const JOBS: usize = 230;

/// Many jobs, several of them in one instant.
async fn many_jobs(site: &Site, owner: &Person) -> Vec<String> {
    let first = site.pending_job(owner).await;
    let mut jobs = vec![(first.submit_time, first.job_id)];
    for number in 1..JOBS {
        let submit_time = first.submit_time + Duration::from_secs(number as u64 / 3);
        let job = Job { job_id: JobId::generate(), submit_time, ..first.clone() };
        site.desk.ports.jobs.create(&job, None, &Quota::UNLIMITED).await.unwrap();
        jobs.push((submit_time, job.job_id));
    }
    jobs.sort();
    jobs.iter().rev().map(|(_, job_id)| job_id.to_string()).collect()
}

#[tokio::test]
async fn the_api_lists_all_jobs_newest_first_whatever_the_page() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let eve = site.person("eve@example.org").await;
    let expected = many_jobs(&site, &ada).await;
    site.pending_job(&eve).await;
    for limit in [100, 99, 7] {
        let mut listed = Vec::new();
        let mut path = format!("/api/v1/jobs?limit={limit}");
        loop {
            let answer = site.get(By::Token(&ada), &path).await;
            let page = answer.json();
            let jobs = page["jobs"].as_array().unwrap();
            assert!(jobs.len() <= limit);
            listed.extend(jobs.iter().map(|job| job["job_id"].as_str().unwrap().to_owned()));
            let Some(link) = answer.header("link").split(['<', '>']).nth(1) else {
                assert!(page["next_cursor"].is_null());
                break;
            };
            assert!(link.contains(page["next_cursor"].as_str().unwrap()));
            path = link.to_owned();
        }
        assert_eq!(listed, expected, "pages of {limit}");
    }
    let theirs = site.get(By::Token(&eve), "/api/v1/jobs").await.json();
    assert_eq!(theirs["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_s_cursor_shows_nothing_of_theirs() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let eve = site.person("eve@example.org").await;
    for _ in 0..3 {
        site.pending_job(&ada).await;
    }
    let page = site.get(By::Token(&ada), "/api/v1/jobs?limit=1").await.json();
    for cursor in [page["next_cursor"].as_str().unwrap(), "nonsense", "%00", "'%20OR%201=1"] {
        let answer = site.get(By::Token(&eve), &format!("/api/v1/jobs?cursor={cursor}")).await;
        assert_eq!(answer.status, 200, "{cursor}");
        assert!(answer.json()["jobs"].as_array().unwrap().is_empty(), "{cursor}");
    }
}

#[tokio::test]
async fn the_page_lists_all_jobs_too() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let expected = many_jobs(&site, &ada).await;
    let mut listed: Vec<String> = Vec::new();
    let mut path = "/annotations".to_owned();
    loop {
        let page = site.get(By::Cookie(&ada), &path).await.text();
        for (place, _) in page.match_indices("href=\"/annotations/") {
            let id: String = page.get(place + 19..place + 55).unwrap_or_default().to_owned();
            if expected.contains(&id) && !listed.contains(&id) {
                listed.push(id);
            }
        }
        let Some((_, rest)) = page.split_once("/annotations?cursor=") else { break };
        let next = format!("/annotations?cursor={}", rest.split('"').next().unwrap());
        assert_ne!(next, path, "the list goes on");
        path = next;
    }
    assert_eq!(listed, expected);
}
