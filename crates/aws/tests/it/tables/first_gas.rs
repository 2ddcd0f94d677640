//! Rows that the first service left in the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use gas_aws::AwsSettings;
use gas_service::{
    contract::Fixture as _,
    id::{ArchiveId, JobId},
    job::{JobStatus, ResultPlace},
    ports::{Ahead, ReplaceError},
    quota::{Quota, Usage},
};

use super::attributes::pending;
use crate::fixture::{self, AwsFixture};

const JOB: &str = "2d2a5d6c-9a3b-4b0e-8d4f-0c9b7a6f5e4d";
const USER: &str = "e1f0c2d3-1111-4222-8333-444455556666";

/// Puts a row as the first service did: its attributes and no others.
async fn put(fixture: &AwsFixture, more: &[(&str, &str)]) -> JobId {
    let mut row: HashMap<_, _> = [
        ("job_id", JOB),
        ("user_id", USER),
        ("input_file_name", "test.vcf"),
        ("s3_inputs_bucket", "gas-inputs"),
        ("s3_key_input_file", "e1f0c2d3-1111-4222-8333-444455556666/2d2a5d6c~test.vcf"),
        ("job_status", "PENDING"),
    ]
    .iter()
    .chain(more)
    .map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned())))
    .collect();
    row.insert("submit_time".to_owned(), AttributeValue::N("1581710552".to_owned()));
    let client = Client::new(&fixture.shared);
    client.put_item().table_name(&fixture.settings.tables.jobs).set_item(Some(row)).send().await.unwrap();
    JOB.parse().unwrap()
}

#[tokio::test]
async fn a_row_of_the_first_service_is_read() {
    let fixture = fixture::open().await;
    let id = put(&fixture, &[]).await;
    let job = fixture.ports().jobs.find(id).await.unwrap().unwrap();
    assert_eq!((job.job_status, job.result_place), (JobStatus::Pending, None));
    assert_eq!((job.input_file_name.as_str(), job.submit_time.as_second()), ("test.vcf", 1_581_710_552));
    assert_eq!(job.input.unwrap().key.as_str(), format!("{USER}/2d2a5d6c~test.vcf"));
}

/// Keys of jobs begin with the owner; what all keys begin with is the store's affair.
#[tokio::test]
async fn what_all_keys_begin_with_is_taken_off() {
    let fixture = fixture::open().await;
    let id = put(&fixture, &[("s3_key_input_file", "institute/e1f0/2d2a~test.vcf")]).await;
    let settings = AwsSettings { prefix: "institute/".to_owned(), ..fixture.settings.clone() };
    let job = fixture::ports_by(&fixture.shared, &settings).jobs.find(id).await.unwrap().unwrap();
    assert_eq!(job.input.unwrap().key.as_str(), "e1f0/2d2a~test.vcf");
}

#[tokio::test]
async fn its_archive_finds_its_job() {
    let fixture = fixture::open().await;
    let more = [
        ("job_status", "COMPLETED"),
        ("results_file_archive_id", "an-archive"),
        ("s3_key_result_file", "e1f0/2d2a~test.annot.vcf"),
        ("s3_key_log_file", "e1f0/2d2a~test.vcf.count.log"),
    ];
    let id = put(&fixture, &more).await;
    let found = fixture.ports().jobs.find_by_archive(&ArchiveId("an-archive".to_owned())).await.unwrap();
    let job = found.unwrap();
    assert_eq!((job.job_id, job.result_place), (id, Some(ResultPlace::Archived)));
    assert_eq!(job.result.unwrap().name.as_str(), "test.annot.vcf");
    assert!(job.log.is_some() && job.end_mailed);
}

/// It is in no list and no count, and nothing is written over it.
#[tokio::test]
async fn it_is_left_alone() {
    let fixture = fixture::open().await;
    let jobs = fixture.ports().jobs;
    let id = put(&fixture, &[]).await;
    let job = jobs.find(id).await.unwrap().unwrap();
    let now = job.submit_time;
    let replaced = jobs.replace(&job.cancel(now).unwrap()).await;
    assert!(matches!(replaced, Err(ReplaceError::Conflict(_))));
    assert_eq!(jobs.find(id).await.unwrap(), Some(job.clone()));
    assert!(jobs.of_user(job.user_id, None, 10).await.unwrap().items.is_empty());
    assert_eq!(jobs.ahead(&pending()).await.unwrap(), Ahead { own: 0, others: 0 });
    assert_eq!(jobs.usage(job.user_id, now).await.unwrap(), Usage::default());
    for _ in 0..2 {
        jobs.purge(id).await.unwrap();
    }
    assert_eq!(jobs.find(id).await.unwrap(), None);
    assert!(jobs.count_by_status().await.unwrap().iter().all(|(_, jobs)| *jobs == 0));
}

/// Neither the owner's other jobs nor the sweeper suffer from a row that some tool has spoilt.
#[tokio::test]
async fn a_spoilt_row_spoils_no_list() {
    let fixture = fixture::open().await;
    let jobs = fixture.ports().jobs;
    let [spoilt, whole] = [JobId::generate(), JobId::generate()];
    for job_id in [spoilt, whole] {
        jobs.create(&gas_service::job::Job { job_id, ..pending() }, None, &Quota::UNLIMITED).await.unwrap();
    }
    let spoil = Client::new(&fixture.shared).update_item().table_name(&fixture.settings.tables.jobs);
    let spoil =
        spoil.key("job_id", AttributeValue::S(spoilt.to_string())).update_expression("SET attempt = :no");
    spoil.expression_attribute_values(":no", AttributeValue::S("no".to_owned())).send().await.unwrap();
    let listed = jobs.of_user(pending().user_id, None, 10).await.unwrap().items;
    assert_eq!(listed.iter().map(|job| job.job_id).collect::<Vec<_>>(), [whole]);
    let overdue = jobs.overdue(pending().attend_at.unwrap(), 10).await.unwrap();
    assert_eq!(overdue.iter().map(|job| job.job_id).collect::<Vec<_>>(), [whole]);
    let error = jobs.find(spoilt).await.unwrap_err();
    assert_eq!(error.to_string(), format!("reading job `{spoilt}`"));
}
