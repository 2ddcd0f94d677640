//! Workers while the service does not do everything.

use std::time::Duration;

use gas_service::{
    job::JobStatus,
    message::QueueName,
    operation::{Mode, Standing},
};

use super::stage::{GOOD, Stage};

async fn set(stage: &Stage, mode: Mode) {
    let standing = Standing { mode, ..Standing::default() };
    stage.ports.operation.set_standing(&standing).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_take_nothing_while_nothing_is_to_change_and_go_on_thereafter() {
    let stage = Stage::new(GOOD).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let first = stage.submit(&ada, "first.vcf").await;
    stage.until_status(first, JobStatus::Completed).await;
    // Workers wait for messages by now, and must stop waiting.
    set(&stage, Mode::ReadOnly).await;
    tokio::time::sleep(Duration::from_millis(3500)).await;
    let second = stage.submit(&ada, "second.vcf").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let job = stage.ports.jobs.find(second).await.unwrap().unwrap();
    assert_eq!((job.job_status, job.attempt), (JobStatus::Pending, 0));
    let depth = stage.ports.queue.depth(QueueName::JobRequests).await.unwrap();
    assert_eq!((depth.ready, depth.in_flight), (1, 0));
    // A drained service works off what it has.
    set(&stage, Mode::Drain).await;
    let done = stage.until_status(second, JobStatus::Completed).await;
    assert_eq!(done.attempt, 1);
    workers.stop().await;
}
