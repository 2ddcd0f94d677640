//! Requests that must not do anything, and those that come from elsewhere.

use axum::{body::Body, http::HeaderValue};
use gas_service::job::{Job, ResultPlace};
use gas_web::router::Access;
use http_body_util::BodyExt as _;
use rstest::rstest;
use tower::ServiceExt as _;

use super::{
    expected::ROUTES,
    site::{By, Site, request},
};

#[tokio::test]
async fn no_get_changes_anything() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let path = route.path_of(&site, &ada).await;
        let (tables, files) = (site.tables().await, site.files("objects"));
        for method in ["GET", "HEAD"] {
            let request = request(method, &path, By::Cookie(&ada)).body(Body::empty()).unwrap();
            assert_eq!(site.ask(request).await.status, route.owner, "{method} {path}");
        }
        assert_eq!(site.tables().await, tables, "GET {path} changed a table");
        assert_eq!(site.files("objects"), files, "GET {path} changed a file");
    }
}

#[tokio::test]
async fn what_changes_something_cannot_be_had_by_get() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let tables = site.tables().await;
    for route in ROUTES.iter().filter(|route| route.method != "GET") {
        if ROUTES.iter().any(|other| other.method == "GET" && other.path == route.path) {
            continue;
        }
        let path = route.path.replace("{id}", "0190");
        let answer = site.get(By::Cookie(&ada), &path).await;
        if route.access() == Access::Admin {
            assert_eq!(answer.status, 404, "GET {path}");
            continue;
        }
        assert_eq!(answer.status, 405, "GET {path}");
        assert!(!answer.header("allow").is_empty(), "GET {path}");
    }
    assert_eq!(site.tables().await, tables);
}

#[rstest]
#[case(&[("sec-fetch-site", "cross-site")])]
#[case(&[("sec-fetch-site", "same-site")])]
#[case(&[("origin", "https://evil.example")])]
#[case(&[("origin", "null")])]
#[tokio::test]
async fn other_sites_change_nothing(#[case] headers: &[(&'static str, &'static str)]) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for route in ROUTES.iter().filter(|route| route.method != "GET") {
        let path = route.path_of(&site, &ada).await;
        let tables = site.tables().await;
        let mut request = route.request(&path, By::Cookie(&ada));
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        let answer = site.ask(request).await;
        assert_eq!(answer.status, 403, "{}: {}", answer.told, answer.text());
        assert!(answer.text().contains("cross_site"), "{}", answer.told);
        assert_eq!(site.tables().await, tables, "{} {path} changed something", route.method);
    }
}

#[tokio::test]
async fn this_site_s_own_forms_work() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")] {
        let request = request("POST", "/profile", By::Cookie(&ada))
            .header(name, value)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = site.ask(request.body(Body::from("name=Ada&institution=")).unwrap()).await;
        assert_eq!(answer.status, 303, "{name}: {}", answer.text());
    }
}

#[rstest]
#[case("GET", "/api/v1/jobs?surprise=1", "", "invalid_query")]
#[case("GET", "/api/v1/jobs?limit=0", "", "invalid_query")]
#[case("GET", "/api/v1/jobs?limit=101", "", "invalid_query")]
#[case("GET", "/api/v1/jobs?limit=ten", "", "invalid_query")]
#[case("GET", "/api/v1/jobs/{job}/variants?surprise=1", "", "invalid_query")]
#[case("GET", "/api/v1/jobs/{job}/variants?limit=501", "", "invalid_query")]
#[case("GET", "/api/v1/jobs/{job}/variants?cursor=1.2.3", "", "invalid_cursor")]
#[case("PATCH", "/api/v1/profile", r#"{"plan":"premium_user"}"#, "invalid_body")]
#[case("PATCH", "/api/v1/profile", r#"{"user_email":"eve@example.org"}"#, "invalid_body")]
#[case("PATCH", "/api/v1/profile", r#"{"name":5}"#, "invalid_body")]
#[case("POST", "/api/v1/subscription", r#"{"plan":"gold"}"#, "no_such_plan")]
#[case("POST", "/api/v1/subscription", r#"{"plan":"premium_user","user_id":"x"}"#, "invalid_body")]
#[case("POST", "/api/v1/tokens", r#"{"name":" "}"#, "no_name")]
#[case("POST", "/api/v1/tokens", r#"{"name":"a","user_id":"x"}"#, "invalid_body")]
// Neither owner nor place of a file ever comes from outside.
#[case("POST", "/uploads", r#"{"file_name":"a.vcf","user_id":"x"}"#, "invalid_body")]
#[case("POST", "/uploads", r#"{"file_name":"a.vcf","bucket":"results","key":"x"}"#, "invalid_body")]
#[tokio::test]
async fn what_is_not_known_is_refused(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: &'static str,
    #[case] code: &str,
) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let tables = site.tables().await;
    let path = path.replace("{job}", &job.job_id.to_string());
    let request = request(method, &path, By::Token(&ada)).header("content-type", "application/json");
    site.ask(request.body(Body::from(body)).unwrap()).await.refused(422, code);
    assert_eq!(site.tables().await, tables);
}

#[tokio::test]
async fn variants_are_served_with_what_a_table_needs() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let path = format!("/api/v1/jobs/{}/variants?limit=1", job.job_id);
    let first = site.get(By::Token(&ada), &path).await;
    let page = first.json();
    assert_eq!((&page["total"], &page["more"]), (&2.into(), &true.into()));
    assert_eq!((&page["variants"][0]["position"], &page["variants"][0]["kind"]), (&60.into(), &"snv".into()));
    let link = first.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    let second = site.get(By::Token(&ada), &link).await.json();
    assert_eq!(second["variants"][0]["annotations"][0]["consequences"][0], "missense_variant");
    assert_eq!(second["variants"][0]["annotations"][0]["fields"]["SYMBOL"], "MT-ND1");
    assert!(second["next_cursor"].is_null());
    let pending = site.pending_job(&ada).await;
    let path = format!("/api/v1/jobs/{}/variants", pending.job_id);
    site.get(By::Token(&ada), &path).await.refused(409, "not_finished");
}

#[rstest]
#[case(ResultPlace::Archived, 409, "archived")]
#[case(ResultPlace::Thawing, 409, "thawing")]
#[case(ResultPlace::Expired, 410, "expired")]
#[tokio::test]
async fn what_is_not_here_is_told_while_the_log_stays(
    #[case] place: ResultPlace,
    #[case] status: u16,
    #[case] code: &str,
) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let away = Job { result_place: Some(place), ..job };
    site.desk.ports.jobs.replace(&away).await.unwrap();
    let path = format!("/api/v1/jobs/{}", away.job_id);
    for file in ["result", "result?format=tsv", "variants"] {
        site.get(By::Token(&ada), &format!("{path}/{file}")).await.refused(status, code);
    }
    for file in ["log", "summary", "report"] {
        assert_eq!(site.get(By::Token(&ada), &format!("{path}/{file}")).await.status, 200, "{file}");
    }
    assert_eq!(site.get(By::Cookie(&ada), &format!("/annotations/{}", away.job_id)).await.status, 200);
}

#[tokio::test]
async fn a_result_is_given_in_every_format_under_its_name() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let path = format!("/api/v1/jobs/{}/result", job.job_id);
    let stored = site.get(By::Token(&ada), &path).await;
    assert_eq!(site.get(By::Token(&ada), &format!("{path}?format=vcf")).await.body, stored.body);
    for (format, ending, content_type) in [
        ("vcf.gz", "vcf.gz", "application/gzip"),
        ("bcf", "bcf", "application/octet-stream"),
        ("tsv", "tsv", "text/tab-separated-values; charset=utf-8"),
        ("plain-tsv", "tsv", "text/tab-separated-values; charset=utf-8"),
        ("jsonl", "jsonl", "application/x-ndjson"),
    ] {
        let made = site.get(By::Token(&ada), &format!("{path}?format={format}")).await;
        assert_eq!((made.status.as_u16(), made.header("content-type")), (200, content_type), "{format}");
        let name = format!("attachment; filename=\"private_genome.annot.{ending}\"");
        assert!(
            made.header("content-disposition").starts_with(&name),
            "{}",
            made.header("content-disposition")
        );
        assert_eq!(made.text(), format!("convert {format}\n{}", stored.text()));
        let again = request("GET", &format!("{path}?format={format}"), By::Token(&ada));
        let again = again.header("if-none-match", made.header("etag")).body(Body::empty()).unwrap();
        assert_eq!(site.ask(again).await.status, 304);
    }
    site.get(By::Token(&ada), &format!("{path}?format=xlsx")).await.refused(422, "no_such_format");
    site.get(By::Token(&ada), &format!("{path}?as=tsv")).await.refused(422, "invalid_query");
    let report = format!("/api/v1/jobs/{}/report", job.job_id);
    let page = site.get(By::Token(&ada), &report).await;
    assert!(page.text().starts_with("report html\n"), "{}", page.text());
    assert!(page.header("content-disposition").contains("private_genome.vcf.report.html"));
    site.get(By::Token(&ada), &format!("{report}?format=pdf")).await.refused(422, "no_such_format");
}

#[tokio::test]
async fn a_conversion_that_breaks_off_breaks_the_answer_off() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let path = format!("/api/v1/jobs/{}/result?format=parquet", job.job_id);
    let request = request("GET", &path, By::Token(&ada)).body(Body::empty()).unwrap();
    let answer = site.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.into_body().collect().await.is_err(), "it must not look whole");
}

#[tokio::test]
async fn variants_can_be_filtered_on_a_page() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let job = site.completed_job(&ada).await;
    let path = format!("/annotations/{}/variants", job.job_id);
    let show = async |query: &str| site.get(By::Cookie(&ada), &format!("{path}{query}")).await.text();
    assert!(show("").await.contains("2 variants."));
    let filtered = show("?q=&gene=mt-nd1&consequence=missense_variant&sort=impact").await;
    assert!(filtered.contains("1 variant.") && filtered.contains("value=\"mt-nd1\""), "{filtered}");
    assert!(filtered.contains("<option value=\"missense_variant\" selected>"));
    let first = show("?limit=1").await;
    assert!(first.contains("1 to 1 of 2 variants.") && first.contains("rel=\"next\""), "{first}");
    let fault = show("?from=%3Cb%3E").await;
    assert!(fault.contains("must be a position") && !fault.contains("<b>"), "{fault}");
    assert!(show("?gene=none").await.contains("No variants match."));
}
