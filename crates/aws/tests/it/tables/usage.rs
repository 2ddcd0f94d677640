//! What users have, in tables that a version without quotas has filled.

use std::time::Duration;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use futures::future::join_all;
use gas_service::{
    contract::Fixture as _,
    id::JobId,
    job::Job,
    ports::{Created, Ports},
    quota::{Limit, OverQuota, Quota, Usage},
};

use super::attributes::pending;
use crate::fixture::{self, AwsFixture};

/// Four jobs of one user as that version left them: without a charge, and nowhere counted.
async fn former() -> (AwsFixture, Ports, Vec<Job>) {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    let (client, table) = (Client::new(&fixture.shared), &fixture.settings.tables.jobs);
    let mut jobs = Vec::new();
    for _ in 0..4 {
        let job = Job { job_id: JobId::generate(), ..pending() };
        assert_eq!(ports.jobs.create(&job, None, &Quota::UNLIMITED).await.unwrap(), Created::New);
        let update = client.update_item().table_name(table).update_expression("REMOVE charge");
        update.key("job_id", AttributeValue::S(job.job_id.to_string())).send().await.unwrap();
        jobs.push(job);
    }
    let delete = client.delete_item().table_name(table);
    delete.key("job_id", AttributeValue::S(format!("usage/{}", jobs[0].user_id))).send().await.unwrap();
    (fixture, ports, jobs)
}

fn expected(jobs: u64) -> Usage {
    Usage { jobs_at_once: jobs, jobs_today: 4, stored_bytes: jobs * 12_345 }
}

/// Some have changed before anybody asked, and several ask at once.
#[tokio::test]
async fn each_job_is_counted_once() {
    let (_fixture, ports, jobs) = Box::pin(former()).await;
    let (user, now) = (jobs[0].user_id, jobs[0].submit_time);
    let lease = Duration::from_mins(1);
    ports.jobs.replace(&jobs[0].claim(now, lease).unwrap()).await.unwrap();
    ports.jobs.purge(jobs[1].job_id).await.unwrap();
    let usages = join_all((0..4).map(|_| ports.jobs.usage(user, now))).await;
    // The job that is gone was never counted, nor is it among those of the day.
    let expected = Usage { jobs_today: 3, ..expected(3) };
    assert!(usages.iter().all(|usage| *usage.as_ref().unwrap() == expected), "{usages:?}");
    ports.jobs.replace(&jobs[2].cancel(now).unwrap()).await.unwrap();
    for job in &jobs {
        ports.jobs.purge(job.job_id).await.unwrap();
    }
    let usage = ports.jobs.usage(user, now).await.unwrap();
    assert_eq!(usage, Usage { jobs_today: 3, ..Usage::default() });
}

/// Nobody gets more for having been there before.
#[tokio::test]
async fn jobs_of_before_count_against_the_limit() {
    let (_fixture, ports, _) = Box::pin(former()).await;
    let quota = Quota { jobs_at_once: Some(4), ..Quota::UNLIMITED };
    let more = Job { job_id: JobId::generate(), ..pending() };
    let created = ports.jobs.create(&more, None, &quota).await.unwrap();
    assert_eq!(created, Created::Refused(OverQuota { limit: Limit::JobsAtOnce, usage: expected(4) }));
    let quota = Quota { jobs_at_once: Some(5), ..quota };
    assert_eq!(ports.jobs.create(&more, None, &quota).await.unwrap(), Created::New);
}
