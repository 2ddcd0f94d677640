//! How rows are written, for whoever reads them with other tools.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use gas_aws::{AwsSettings, BucketNames};
use gas_service::{
    account::{ApiToken, Scope, SecretHash, Session, SignInLink, User},
    id::{ArchiveId, RetrievalId},
    job::{
        Bucket, Failure, Job, NewJob, ObjectKey, Outcome, Progress, ResultFile, Retrieval, RetrievalTier,
        StoredFile,
    },
    plan::Plan,
    ports::{AuditEvent, Ports},
    quota::Quota,
    upload::Upload,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::fixture::{self, AwsFixture};

const LEASE: Duration = Duration::from_mins(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn submitted() -> Timestamp {
    at("2026-02-03T04:05:06.5Z")
}

fn owner() -> User {
    User {
        user_id: "01890000-0000-7000-8000-000000000001".parse().unwrap(),
        user_email: "ada@example.org".parse().unwrap(),
        name: "Ada".to_owned(),
        institution: String::new(),
        plan: Plan::FreeUser,
        admin: false,
        created: submitted(),
        updated: submitted(),
    }
}

fn stored(bucket: Bucket, name: &str) -> StoredFile {
    let job = "01890000-0000-7000-8000-000000000002".parse().unwrap();
    let key = ObjectKey::of_job(owner().user_id, job, &name.parse().unwrap());
    StoredFile { bucket, key, size: 12_345, sha256: "00ff".to_owned() }
}

pub(super) fn pending() -> Job {
    let new = NewJob {
        job_id: "01890000-0000-7000-8000-000000000002".parse().unwrap(),
        input_file_name: "a.vcf".parse().unwrap(),
        input: stored(Bucket::Inputs, "a.vcf"),
        reference: "human-mt".to_owned(),
        reference_warning: Some("the file names another assembly".to_owned()),
    };
    Job::submit(new, &owner(), submitted(), LEASE)
}

pub(super) fn completed() -> Job {
    let running = pending().claim(submitted() + LEASE, LEASE).unwrap();
    let name = running.input_file_name.result();
    let outcome = Outcome {
        result: ResultFile { file: stored(Bucket::Results, name.as_str()), name },
        log: stored(Bucket::Results, "a.vcf.count.log"),
        summary: stored(Bucket::Results, "a.vcf.summary.json"),
        annotated_by: "gas".to_owned(),
    };
    running.complete(1, outcome, submitted() + 2 * LEASE).unwrap()
}

fn thawing() -> Job {
    let archive = ArchiveId("an-archive".to_owned());
    let now = submitted() + 3 * LEASE;
    let copying = completed().begin_archiving(archive.clone(), now, LEASE).unwrap();
    let archived = copying.record_archive(&archive).unwrap().finish_archiving(now).unwrap();
    let retrieval = Retrieval {
        retrieval_id: RetrievalId("a-retrieval".to_owned()),
        tier: RetrievalTier::Expedited,
        expected: now + LEASE,
    };
    archived.begin_thawing(now, LEASE).unwrap().record_retrieval(&archive, retrieval, LEASE).unwrap()
}

fn failed() -> Job {
    let failure = Failure {
        code: "truncated_gzip".to_owned(),
        line: Some(7),
        column: None,
        cause: "it's \"cut off\" 🧬".to_owned(),
        remedy: "upload it again".to_owned(),
    };
    let running = pending().claim(submitted() + LEASE, LEASE).unwrap();
    let progress = Progress { bytes_read: 1, bytes_total: u64::MAX, records: 3 };
    let running = running.report_progress(1, progress, submitted() + LEASE, LEASE).unwrap();
    running.fail(failure, None, submitted() + 2 * LEASE).unwrap().delete(submitted() + 2 * LEASE)
}

/// An attribute with its kind, as the AWS tools show it.
fn shown(attribute: &AttributeValue) -> Value {
    match attribute {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::M(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().map(|(name, value)| (name, shown(value))).collect();
            json!({ "M": fields })
        }
        other => panic!("{other:?} is not used"),
    }
}

/// All rows of a table, in the order of their keys. The program itself never reads a whole table.
pub(super) async fn rows(fixture: &AwsFixture, table: &str) -> Vec<BTreeMap<String, Value>> {
    let client = Client::new(&fixture.shared);
    let found = client.scan().table_name(table).send().await.unwrap().items.unwrap_or_default();
    let shown_row = |row: &std::collections::HashMap<String, AttributeValue>| {
        row.iter().map(|(name, value)| (name.clone(), shown(value))).collect::<BTreeMap<_, _>>()
    };
    let mut rows: Vec<_> = found.iter().map(shown_row).collect();
    rows.sort_by_key(|row| row.values().map(ToString::to_string).collect::<String>());
    rows
}

/// One row as text, without the random part of its stamp.
fn text_of(row: &BTreeMap<String, Value>) -> String {
    let mut row = row.clone();
    row.entry("stamp".to_owned()).and_modify(|stamp| *stamp = json!({"S": "[stamp]"}));
    row.iter().fold(String::new(), |text, (name, value)| text + name + ": " + &value.to_string() + "\n")
}

/// A fresh back end with buckets and a prefix of constant names.
async fn open() -> (AwsFixture, Ports) {
    let fixture = fixture::open().await;
    let buckets = BucketNames { inputs: "gas-inputs".to_owned(), results: "gas-results".to_owned() };
    let settings = AwsSettings { buckets, prefix: "institute".to_owned(), ..fixture.settings.clone() };
    let ports = fixture::ports_by(&fixture.shared, &settings);
    (fixture, ports)
}

async fn job_row(job: &Job, key: Option<&str>) -> String {
    let (fixture, ports) = Box::pin(open()).await;
    ports.jobs.create(job, key, &Quota::UNLIMITED).await.unwrap();
    assert_eq!(ports.jobs.find(job.job_id).await.unwrap().as_ref(), Some(job));
    let rows = rows(&fixture, &fixture.settings.tables.jobs).await;
    let row = rows.iter().find(|row| row.contains_key("user_id")).unwrap();
    text_of(row)
}

#[tokio::test]
async fn a_waiting_job() {
    insta::assert_snapshot!(job_row(&pending(), Some("a key")).await);
}

#[tokio::test]
async fn a_completed_job() {
    insta::assert_snapshot!(job_row(&completed(), Some("a key")).await);
}

#[tokio::test]
async fn a_thawing_job() {
    insta::assert_snapshot!(job_row(&thawing(), Some("a key")).await);
}

#[tokio::test]
async fn a_failed_and_deleted_job() {
    insta::assert_snapshot!(job_row(&failed(), Some("a key")).await);
}

/// Nothing of a former state stays behind in a row.
#[tokio::test]
async fn a_changed_row_is_as_if_written_anew() {
    let (fixture, ports) = open().await;
    let table = &fixture.settings.tables.jobs;
    let mut job = pending();
    ports.jobs.create(&job, None, &Quota::UNLIMITED).await.unwrap();
    for state in [thawing(), failed(), completed(), pending()] {
        job = ports.jobs.replace(&Job { revision: job.revision, ..state.clone() }).await.unwrap();
        assert_eq!(ports.jobs.find(job.job_id).await.unwrap().as_ref(), Some(&job));
        let changed =
            rows(&fixture, table).await.into_iter().find(|row| row.contains_key("user_id")).unwrap();
        let anew = job_row(&Job { revision: job.revision, ..state }, None).await;
        assert_eq!(text_of(&changed), anew);
    }
}

#[tokio::test]
async fn the_idempotency_key_and_the_counts() {
    let (fixture, ports) = open().await;
    ports.jobs.create(&pending(), Some("a key"), &Quota::UNLIMITED).await.unwrap();
    let rows = rows(&fixture, &fixture.settings.tables.jobs).await;
    let others: Vec<_> = rows.iter().filter(|row| !row.contains_key("user_id")).collect();
    assert_eq!(others.len(), 3);
    let text = others.iter().map(|row| text_of(row)).collect::<Vec<_>>().join("\n");
    let shard = shard_of(&text);
    insta::assert_snapshot!(text.replace(&shard, "counts/[shard]"));
}

/// The name of the one row of counts, which is one of several.
fn shard_of(text: &str) -> String {
    let from = text.find("counts/").unwrap();
    text[from..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn accounts() {
    let (fixture, Ports { accounts, .. }) = open().await;
    let (now, secret) = (submitted(), SecretHash("00ff".to_owned()));
    let user = accounts.user_of_email(&owner().user_email, now).await.unwrap();
    let link = SignInLink {
        secret: secret.clone(),
        email: user.user_email.clone(),
        next: "/".to_owned(),
        expires: now + LEASE,
    };
    accounts.add_sign_in_link(&link).await.unwrap();
    let session = Session {
        secret: secret.clone(),
        user_id: user.user_id,
        created: Some(now),
        authenticated: Some(now),
        expires: now + LEASE,
        provider: None,
        last_used: Some(now),
        admin: true,
    };
    accounts.add_session(&session).await.unwrap();
    let token = ApiToken {
        token_id: "01890000-0000-7000-8000-000000000003".parse().unwrap(),
        secret,
        user_id: user.user_id,
        name: "mine".to_owned(),
        scope: Scope::Submit,
        created: now,
        expires: Some(now + LEASE),
        last_used: Some(now),
    };
    assert!(accounts.add_token(&token, u32::MAX).await.unwrap());
    let rows = rows(&fixture, &fixture.settings.tables.accounts).await;
    let text = rows.iter().map(text_of).collect::<Vec<_>>();
    let mut text: Vec<_> = text.iter().map(|row| row.replace(&user.user_id.to_string(), "[user]")).collect();
    text.sort();
    insta::assert_snapshot!(text.join("\n"));
}

/// `DynamoDB` lets items go by an attribute in whole seconds, and would not understand a fraction.
#[tokio::test]
async fn links_and_sessions_go_by_themselves_but_not_too_early() {
    let (fixture, Ports { accounts, .. }) = open().await;
    let client = Client::new(&fixture.shared);
    let described = client.describe_time_to_live().table_name(&fixture.settings.tables.accounts);
    let ttl = described.send().await.unwrap().time_to_live_description.unwrap();
    let attribute = ttl.attribute_name.unwrap();
    let expires = Timestamp::now() + Duration::from_millis(3_600_500);
    let secret = SecretHash("00ff".to_owned());
    let session = Session {
        secret: secret.clone(),
        user_id: owner().user_id,
        created: None,
        authenticated: None,
        expires,
        provider: None,
        last_used: None,
        admin: false,
    };
    accounts.add_session(&session).await.unwrap();
    let email = owner().user_email;
    accounts.add_sign_in_link(&SignInLink { secret, email, next: "/".to_owned(), expires }).await.unwrap();
    let rows = rows(&fixture, &fixture.settings.tables.accounts).await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        let goes: i64 = row[&attribute]["N"].as_str().unwrap().parse().unwrap();
        let goes = Timestamp::from_second(goes).unwrap();
        assert!(goes >= expires && goes < expires + Duration::from_secs(1));
    }
}

#[tokio::test]
async fn an_upload_and_an_event() {
    let (fixture, ports) = open().await;
    let upload = Upload {
        upload_id: "01890000-0000-7000-8000-000000000004".parse().unwrap(),
        user_id: owner().user_id,
        job_id: pending().job_id,
        file_name: "a.vcf".parse().unwrap(),
        max_bytes: Some(153_600),
        stored: None,
        expires: submitted() + LEASE,
    };
    ports.uploads.add(&upload, 10).await.unwrap();
    assert!(ports.uploads.note_stored(upload.upload_id, &stored(Bucket::Inputs, "a.vcf")).await.unwrap());
    let event = AuditEvent::of_user(owner().user_id, "submitted", submitted());
    let event = AuditEvent { job_id: Some(pending().job_id), ..event };
    ports.audit.record(&event).await.unwrap();
    let uploads = rows(&fixture, &fixture.settings.tables.uploads).await;
    let (upload, count) = match &uploads[..] {
        [upload, count] if count.contains_key("open_uploads") => (upload, count),
        [count, upload] => (upload, count),
        _ => panic!("{uploads:?}"),
    };
    assert_eq!(count["open_uploads"], json!({ "N": "1" }));
    let [event] = &rows(&fixture, &fixture.settings.tables.audit).await[..] else { panic!() };
    let mut event = event.clone();
    let (time, unique) = event["at"]["S"].as_str().unwrap().split_once('/').unwrap();
    assert!(uuid::Uuid::try_parse(unique).is_ok());
    let order = json!({ "S": format!("{time}/[unique]") });
    event.insert("at".to_owned(), order);
    insta::assert_snapshot!(format!("{}\n{}", text_of(upload), text_of(&event)));
}

/// `DynamoDB` takes items of 400 KB. The longest that grows is a failure, which an annotator reports in a line of at
/// most 64 KiB.
#[tokio::test]
async fn the_largest_job_fits_into_a_row() {
    let (fixture, ports) = open().await;
    let longest = "🧬".repeat(16 * 1024);
    let failure = Failure { cause: longest.clone(), ..failed().failure.unwrap() };
    let job = Job {
        failure: Some(failure),
        reference_warning: Some(longest.clone()),
        reference: longest,
        ..thawing()
    };
    ports.jobs.create(&job, Some(&"k".repeat(200)), &Quota::UNLIMITED).await.unwrap();
    let changed = ports.jobs.replace(&job).await.unwrap();
    assert_eq!(ports.jobs.find(job.job_id).await.unwrap(), Some(changed));
    let rows = rows(&fixture, &fixture.settings.tables.jobs).await;
    let largest = rows.iter().map(|row| json!(row).to_string().len()).max().unwrap();
    assert!((3 * 64 * 1024..300 * 1024).contains(&largest), "{largest} bytes");
}
