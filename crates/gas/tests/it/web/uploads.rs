//! What is taken, and what is left behind when it is not: nothing.

use axum::{
    body::{Body, Bytes},
    http::header,
};
use futures::stream;
use gas_service::job::{Bucket, ObjectKey};
use rstest::rstest;

use super::{
    expected::{BOUNDARY, form},
    site::{Answer, By, FREE_LIMIT, Person, Site, input, read, request},
};

/// A body that does not say how long it is.
fn streamed(text: &str) -> Body {
    let parts: Vec<_> = text.as_bytes().chunks(1000).map(Bytes::copy_from_slice).collect();
    Body::from_stream(stream::iter(parts.into_iter().map(Ok::<_, std::io::Error>)))
}

fn too_long() -> String {
    let record = "MT\t60\t.\tT\tA\t.\t.\t.\n";
    let enough = usize::try_from(FREE_LIMIT).unwrap() / record.len() + 1000;
    input() + &record.repeat(enough)
}

async fn send_form(site: &Site, by: &Person, path: &str, body: Body, length: Option<usize>) -> Answer {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let mut request = request("POST", path, By::Cookie(by)).header(header::CONTENT_TYPE, kind);
    if let Some(length) = length {
        request = request.header(header::CONTENT_LENGTH, length);
    }
    site.ask(request.header(header::ACCEPT, "application/json").body(body).unwrap()).await
}

async fn nothing_is_left(site: &Site, person: &Person) {
    let tables = site.tables().await;
    assert!(tables["job"].is_empty() && tables["message"].is_empty(), "{tables:?}");
    assert_eq!(site.files("objects"), Vec::<String>::new());
    assert_eq!(
        site.files("tmp").iter().filter(|path| !path.contains(".lock")).count(),
        0,
        "{:?}",
        site.files("tmp")
    );
    assert!(site.desk.jobs(&person.user, None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn too_large_a_file_is_refused_whether_announced_or_not() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let text = too_long();

    let agree = request("POST", "/uploads", By::Cookie(&ada)).header("content-type", "application/json");
    let announced = format!(r#"{{"file_name":"a.vcf","size":{}}}"#, FREE_LIMIT + 1);
    site.ask(agree.body(Body::from(announced)).unwrap()).await.refused(413, "too_large");

    for announced in [true, false] {
        let upload = site.upload(&ada).await;
        let path = format!("/uploads/{}", upload.upload_id);
        let put = request("PUT", &path, By::Cookie(&ada));
        let put = if announced { put.header(header::CONTENT_LENGTH, text.len()) } else { put };
        site.ask(put.body(streamed(&text)).unwrap()).await.refused(413, "too_large");
        site.post_form(By::Cookie(&ada), &format!("{path}/submit"), "").await.refused(409, "not_uploaded");

        let body = form("a.vcf", &text);
        let length = announced.then_some(body.len());
        let answer = send_form(&site, &ada, "/api/v1/jobs", streamed(&body), length).await;
        answer.refused(413, "too_large");
        assert!(answer.json()["detail"].as_str().unwrap().contains("premium"), "the way on is told");
        let answer = send_form(&site, &ada, "/annotate", streamed(&body), length).await;
        answer.refused(413, "too_large");
    }
    nothing_is_left(&site, &ada).await;

    site.premium(&ada).await;
    let answer = send_form(&site, &ada, "/api/v1/jobs", streamed(&form("a.vcf", &text)), None).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// Bytes reach their place without this server where a back end offers it. Here a test puts them there.
#[tokio::test]
async fn what_came_without_this_server_is_found_and_held_to_the_same_rules() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for (text, refusal) in
        [(String::new(), Some((422, "empty_file"))), (too_long(), Some((413, "too_large"))), (input(), None)]
    {
        let upload = site.upload(&ada).await;
        let key = ObjectKey::of_job(upload.user_id, upload.job_id, &upload.file_name);
        let objects = &site.desk.ports.objects;
        let stored = objects.put(Bucket::Inputs, &key, read(&text), None).await.unwrap();
        let path = format!("/uploads/{}/submit", upload.upload_id);
        let answer = site.post_form(By::Cookie(&ada), &path, "").await;
        let Some((status, code)) = refusal else {
            assert_eq!(answer.status, 200, "{}", answer.text());
            let job = site.desk.ports.jobs.find(upload.job_id).await.unwrap().unwrap();
            assert_eq!(job.input, Some(stored));
            continue;
        };
        answer.refused(status, code);
        nothing_is_left(&site, &ada).await;
    }
}

#[rstest]
#[case::parent("../a.vcf")]
#[case::deeper("../../etc/passwd.vcf")]
#[case::windows("..\\\\a.vcf")]
#[case::absolute("/etc/a.vcf")]
#[case::hidden(".vcf")]
#[case::foreign("a.bam")]
#[case::nameless("")]
#[case::overlong(&format!("{}.vcf", "a".repeat(296)))]
#[case::control("a\u{7}.vcf")]
#[tokio::test]
async fn names_that_lead_elsewhere_are_refused(#[case] name: &str) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let answer = send_form(&site, &ada, "/api/v1/jobs", Body::from(form(name, &input())), None).await;
    answer.refused(422, "invalid_file_name");
    let agree = request("POST", "/uploads", By::Cookie(&ada)).header("content-type", "application/json");
    let body = serde_json::json!({ "file_name": name.replace("\\\\", "\\") }).to_string();
    site.ask(agree.body(Body::from(body)).unwrap()).await.refused(422, "invalid_file_name");
    nothing_is_left(&site, &ada).await;
}

#[rstest]
#[case("🧬 proband.vcf")]
#[case("it's; a \u{201c}name\u{201d} & <more>.VCF")]
#[case("données.vcf")]
#[tokio::test]
async fn unusual_names_come_back_as_they_were(#[case] name: &str) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let answer = send_form(&site, &ada, "/api/v1/jobs", Body::from(form(name, &input())), None).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let job = answer.json();
    assert_eq!(job["input_file_name"], name);
    let path = format!("/api/v1/jobs/{}/input", job["job_id"].as_str().unwrap());
    let back = site.get(By::Token(&ada), &path).await;
    assert_eq!(back.text(), input());
    assert!(back.header("content-disposition").starts_with("attachment;"));
    // On pages a name is text, whatever is in it.
    let page = site.get(By::Cookie(&ada), "/annotations").await.text();
    assert!(!page.contains("<more>"));
}

#[tokio::test]
async fn what_breaks_off_or_is_empty_leaves_nothing() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let whole = form("a.vcf", &input());
    let half = whole.get(..whole.len() / 2 + 60).unwrap();
    let answer = send_form(&site, &ada, "/api/v1/jobs", Body::from(half.to_owned()), None).await;
    answer.refused(400, "upload_broken_off");
    let answer = send_form(&site, &ada, "/api/v1/jobs", Body::from(form("a.vcf", "")), None).await;
    answer.refused(422, "empty_file");
    let broken = stream::iter([Ok(Bytes::from_static(b"##fileformat")), Err(std::io::Error::other("gone"))]);
    let upload = site.upload(&ada).await;
    let put = request("PUT", &format!("/uploads/{}", upload.upload_id), By::Cookie(&ada));
    site.ask(put.body(Body::from_stream(broken)).unwrap()).await.refused(400, "upload_broken_off");
    nothing_is_left(&site, &ada).await;
}

#[tokio::test]
async fn forms_with_other_fields_or_without_a_file_are_refused() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let field = |name: &str, value: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = form("a.vcf", &input());
    let end = format!("--{BOUNDARY}--\r\n");
    let cases = [
        (field("key", "results/someone") + &file, "unknown_field"),
        (field("user_id", "someone") + &file, "unknown_field"),
        (field("reference", "hg18") + &file, "no_such_reference"),
        (field("outputs", "vcf") + &file, "unknown_field"),
        (end.clone(), "no_file"),
        (file.replace(&end, &file), "several_files"),
    ];
    for (body, code) in cases {
        let answer = send_form(&site, &ada, "/api/v1/jobs", Body::from(body), None).await;
        answer.refused(422, code);
    }
    nothing_is_left(&site, &ada).await;
}

#[tokio::test]
async fn one_submission_is_one_job_however_often_it_is_sent() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let send = async |key: &str, status: u16| {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = request("POST", "/api/v1/jobs", By::Token(&ada)).header(header::CONTENT_TYPE, kind);
        let request =
            request.header("idempotency-key", key).body(Body::from(form("a.vcf", &input()))).unwrap();
        let answer = site.ask(request).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        answer.json()["job_id"].clone()
    };
    let first = send("one", 201).await;
    assert_eq!(send("one", 200).await, first);
    assert_ne!(send("two", 201).await, first);

    let upload = site.upload(&ada).await;
    let path = format!("/uploads/{}", upload.upload_id);
    let put =
        async || site.ask(request("PUT", &path, By::Cookie(&ada)).body(Body::from(input())).unwrap()).await;
    assert_eq!(put().await.status, 200);
    let submit = async || {
        site.post_form(By::Cookie(&ada), &format!("{path}/submit"), "reference=human-mt").await.json()
    };
    assert_eq!(submit().await, submit().await);
    // A second tab cannot change what was submitted.
    assert_eq!(put().await.status, 200);
    assert_eq!(site.tables().await["job"].len(), 3);
    assert_eq!(site.tables().await["message"].len(), 3);
}

#[tokio::test]
async fn a_reference_can_be_chosen_and_one_that_does_not_fit_is_told() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let field = |name: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"reference\"\r\n\r\n{name}\r\n")
    };
    let file = form("a.vcf", &input().replace("#CHROM", "##contig=<ID=chrM,length=16569>\n#CHROM"));
    for (choice, name, warning) in [
        ("", "human-mt", None),
        ("human-mt", "human-mt", None),
        ("old-mt", "old-mt", Some("of another assembly than `old-mt` (NC_001807): `chrM` has 16,569 bases")),
    ] {
        let answer = send_form(&site, &ada, "/api/v1/jobs", Body::from(field(choice) + &file), None).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let job = answer.json();
        assert_eq!(job["reference"], name);
        let told = job["reference_warning"].as_str();
        assert_eq!(told.is_some(), warning.is_some(), "{job}");
        assert!(told.unwrap_or_default().contains(warning.unwrap_or_default()), "{job}");
        let page = format!("/annotations/{}", job["job_id"].as_str().unwrap());
        let page = site.get(By::Cookie(&ada), &page).await.text();
        assert_eq!(page.contains("id=\"reference-warning\""), warning.is_some());
        let again = format!("/api/v1/jobs/{}/rerun?reference=human-mt", job["job_id"].as_str().unwrap());
        let again = site.ask(request("POST", &again, By::Token(&ada)).body(Body::empty()).unwrap()).await;
        let again = again.json();
        assert_eq!((&again["reference"], again["reference_warning"].is_null()), (&"human-mt".into(), true));
    }
    let answer = send_form(&site, &ada, "/annotate", Body::from(field("hg18") + &file), None).await;
    answer.refused(422, "no_such_reference");
    assert!(answer.json()["detail"].as_str().unwrap().contains("it has `human-mt` and `old-mt`"));
}

#[tokio::test]
async fn the_reference_that_fits_is_recognised_before_the_file_is_sent() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let ask = async |json: &'static str| {
        let request = request("POST", "/uploads/recognise", By::Cookie(&ada));
        site.ask(request.header(header::CONTENT_TYPE, "application/json").body(Body::from(json)).unwrap())
            .await
    };
    let seen = ask(r###"{"header":"##contig=<ID=chrM,length=16571>","records":{"chrM":5}}"###).await.json();
    assert_eq!(seen["best"], "old-mt");
    assert!(seen["warnings"]["old-mt"].is_null());
    assert!(seen["warnings"]["human-mt"].as_str().unwrap().contains("16,571 bases in the file and 16,569"));
    let unknown = ask(r#"{"header":"","records":{"2L":5}}"#).await.json();
    assert!(unknown["best"].is_null());
    ask(r#"{"header":"","records":{},"path":"/etc"}"#).await.refused(422, "invalid_body");
    let info = site.get(By::Nobody, "/api/v1/service-info").await.json();
    assert_eq!(info["references"][1]["name"], "old-mt");
    assert_eq!(info["references"][0]["isDefault"], true);
    assert_eq!(info["references"][0]["contigs"][0]["length"], 16_569);
}

/// Heads of fields are held whole, so they may not be long, nor the fields many.
#[tokio::test]
async fn forms_have_few_fields_with_short_heads() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let begin = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"reference\"");
    let field = format!("{begin}\r\n\r\nhuman-mt\r\n");
    let many = field.repeat(20) + &form("a.vcf", &input());
    send_form(&site, &ada, "/api/v1/jobs", streamed(&many), None).await.refused(422, "invalid_field");
    let long =
        format!("{begin}; x=\"{}\"\r\n\r\nhuman-mt\r\n", "a".repeat(4 << 20)) + &form("a.vcf", &input());
    send_form(&site, &ada, "/api/v1/jobs", streamed(&long), None).await.refused(400, "upload_broken_off");
    nothing_is_left(&site, &ada).await;
    // A file that is longer than that is read as before.
    site.premium(&ada).await;
    let record = "MT\t60\t.\tT\tA\t.\t.\t.\n";
    let large = form("a.vcf", &(input() + &record.repeat((5 << 20) / record.len())));
    let answer = send_form(&site, &ada, "/api/v1/jobs", streamed(&large), None).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}
