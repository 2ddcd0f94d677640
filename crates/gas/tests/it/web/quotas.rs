//! What a plan allows, told before and kept to.

use axum::{body::Body, http::header};
use bytesize::ByteSize;
use gas_service::{plan::Allowance, upload::Upload};
use serde_json::Value;

use super::{
    expected::{BOUNDARY, form},
    site::{Answer, By, Person, Site, input, read, request},
};

async fn site(change: impl FnOnce(&mut Allowance)) -> (Site, Person) {
    let site = Site::set_up(|settings| change(&mut settings.plans.free)).await;
    let ada = site.person("ada@example.org").await;
    (site, ada)
}

fn size() -> u64 {
    u64::try_from(input().len()).unwrap()
}

/// By the API, in one request.
async fn submit(site: &Site, by: &Person) -> Answer {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = request("POST", "/api/v1/jobs", By::Token(by)).header(header::CONTENT_TYPE, kind);
    site.ask(request.body(Body::from(form("a.vcf", &input()))).unwrap()).await
}

async fn agree(site: &Site, by: &Person, bytes: u64) -> Answer {
    let announced = format!(r#"{{"file_name":"a.vcf","size":{bytes}}}"#);
    let request = request("POST", "/uploads", By::Cookie(by)).header("content-type", "application/json");
    site.ask(request.body(Body::from(announced)).unwrap()).await
}

async fn run_again(site: &Site, by: &Person, job: &Value) -> Answer {
    let path = format!("/api/v1/jobs/{}/rerun", job["job_id"].as_str().unwrap());
    site.ask(request("POST", &path, By::Token(by)).body(Body::empty()).unwrap()).await
}

async fn delete(site: &Site, by: &Person, job: &Value) {
    let path = format!("/api/v1/jobs/{}", job["job_id"].as_str().unwrap());
    let answer = site.ask(request("DELETE", &path, By::Token(by)).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn no_more_jobs_are_taken_at_once_than_allowed() {
    let (site, ada) = site(|free| free.max_jobs_at_once = Some(2)).await;
    let first = submit(&site, &ada).await.json();
    submit(&site, &ada).await;
    let before = (site.tables().await, site.files("objects"));
    let answers =
        [submit(&site, &ada).await, agree(&site, &ada, 10).await, run_again(&site, &ada, &first).await];
    for answer in answers {
        answer.refused(429, "too_many_jobs");
        assert_eq!(answer.header("retry-after"), "60");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains("takes 2 at once") && detail.contains("cancel one, or subscribe"),
            "{detail}"
        );
    }
    assert!(before == (site.tables().await, site.files("objects")), "nothing is left of them");
    let cancel = format!("/api/v1/jobs/{}/cancel", first["job_id"].as_str().unwrap());
    site.ask(request("POST", &cancel, By::Token(&ada)).body(Body::empty()).unwrap()).await;
    assert_eq!(submit(&site, &ada).await.status, 201);
    assert_eq!(site.person("bob@example.org").await.user.plan, ada.user.plan);
    assert_eq!(submit(&site, &site.person("bob@example.org").await).await.status, 201, "others are free");
}

/// However many at once, by upload and by repetition.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_submissions_at_once_do_not_get_past() {
    let (site, ada) = site(|free| free.max_jobs_at_once = Some(4)).await;
    let first = submit(&site, &ada).await.json();
    let answers =
        futures::future::join_all((0..12).map(|number| {
            let (site, ada, first) = (&site, &ada, &first);
            async move {
                if number % 2 == 0 { submit(site, ada).await } else { run_again(site, ada, first).await }
            }
        }))
        .await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 3);
    assert_eq!(site.tables().await["job"].len(), 4);
    assert_eq!(site.files("objects").len(), 4, "of those refused nothing is left");
}

#[tokio::test]
async fn a_day_takes_so_many() {
    let (site, ada) = site(|free| free.max_jobs_per_day = Some(1)).await;
    let first = submit(&site, &ada).await.json();
    delete(&site, &ada, &first).await;
    let answer = submit(&site, &ada).await;
    answer.refused(429, "too_many_jobs_today");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&seconds));
    site.premium(&ada).await;
    assert_eq!(submit(&site, &ada).await.status, 201, "a change of plan holds at once");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_wherever_it_shows() {
    let (site, ada) = site(|free| free.max_stored = Some(ByteSize(2 * size() + 10))).await;
    let first = submit(&site, &ada).await.json();
    agree(&site, &ada, size() + 11).await.refused(409, "storage_full");
    let agreed = agree(&site, &ada, size() + 10).await;
    assert_eq!((agreed.status.as_u16(), agreed.json()["max_bytes"].as_u64()), (201, Some(size() + 10)));
    // Announced by the request that brings the bytes, and not announced at all.
    let longer = input() + "MT\t61\t.\tT\tA\t.\t.\t.\n";
    for announced in [true, false] {
        let put = request("PUT", agreed.json()["url"].as_str().unwrap(), By::Cookie(&ada));
        let put = if announced { put.header(header::CONTENT_LENGTH, longer.len()) } else { put };
        site.ask(put.body(Body::from(longer.clone())).unwrap()).await.refused(409, "storage_full");
    }
    // It fitted when it was agreed and no longer does when it is to become a job; it does when there is room again.
    let waiting: Upload = site.upload(&ada).await;
    site.desk.receive(&ada.user, &waiting, read(&input())).await.unwrap();
    let second = submit(&site, &ada).await.json();
    let path = format!("/uploads/{}/submit", waiting.upload_id);
    let answer = site.post_form(By::Cookie(&ada), &path, "").await;
    answer.refused(409, "storage_full");
    assert!(answer.text().contains("delete jobs"), "{}", answer.text());
    run_again(&site, &ada, &first).await.refused(409, "storage_full");
    delete(&site, &ada, &second).await;
    assert_eq!(site.post_form(By::Cookie(&ada), &path, "").await.status, 200);
}

#[tokio::test]
async fn uploads_that_are_not_yet_jobs_are_bounded() {
    let site = Site::set_up(|settings| settings.uploads.at_once = 2).await;
    let ada = site.person("ada@example.org").await;
    let first = agree(&site, &ada, 10).await.json();
    agree(&site, &ada, 10).await;
    agree(&site, &ada, 10).await.refused(429, "too_many_uploads");
    submit(&site, &ada).await.refused(429, "too_many_uploads");
    let put = request("PUT", first["url"].as_str().unwrap(), By::Cookie(&ada));
    assert_eq!(site.ask(put.body(Body::from(input())).unwrap()).await.status, 200);
    site.post_form(By::Cookie(&ada), first["submit_url"].as_str().unwrap(), "").await;
    assert_eq!(submit(&site, &ada).await.status, 201, "one became a job");
}

#[tokio::test]
async fn usage_and_limits_are_told() {
    let (site, ada) = site(|free| {
        free.max_jobs_at_once = Some(10);
        free.max_stored = Some(ByteSize::kib(10));
    })
    .await;
    site.completed_job(&ada).await;
    submit(&site, &ada).await;
    let profile = site.get(By::Token(&ada), "/api/v1/profile").await.json();
    assert_eq!(profile["max_jobs_at_once"], 10);
    assert_eq!(profile["max_jobs_per_day"], Value::Null);
    assert_eq!(profile["max_stored_bytes"], 10 << 10);
    let usage = &profile["usage"];
    assert_eq!((usage["jobs_at_once"].as_u64(), usage["jobs_today"].as_u64()), (Some(1), Some(2)));
    let stored = usage["stored_bytes"].as_u64().unwrap();
    assert!(stored > 2 * size());
    assert_eq!(usage["stored_bytes_left"].as_u64().unwrap(), (10 << 10) - stored);

    let page = site.get(By::Cookie(&ada), "/profile").await.text();
    assert!(page.contains("1 of 10") && page.contains("9 left") && page.contains("2, no limit"), "{page}");
    let page = site.get(By::Cookie(&ada), "/annotate").await.text();
    assert!(page.contains("data-jobs-left=\"9\"") && page.contains("9 more jobs now"), "{page}");
}
