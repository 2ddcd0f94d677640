//! To cold storage and back.

use std::time::Duration;

use gas_service::{
    job::{JobStatus, ResultPlace, RetrievalTier},
    message::{Message, QueueName},
    plan::Plan,
    workers::Role,
};

use super::stage::{GOOD, Stage, embedded, eventually, settings};

#[tokio::test]
async fn w14_the_archive_s_date_survives_the_process() {
    // In the first system a sleeping child, or a timer in memory, was to archive the result.
    let stage = Stage::new(GOOD).await;
    let workers = stage.work_as(&[Role::Annotator, Role::Notifier]);
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let completed = stage.until_status(job, JobStatus::Completed).await;
    assert!(completed.archive_at.is_some());
    workers.kill().await;
    // Even the message may be lost: the row knows the date.
    tokio::time::sleep(Duration::from_millis(200)).await;
    while let Some(delivery) = stage
        .ports
        .queue
        .take_next(QueueName::JobArchive, Duration::from_secs(9), Duration::ZERO)
        .await
        .unwrap()
    {
        stage.ports.queue.finish(&delivery).await.unwrap();
    }
    let workers = stage.work();
    stage.until_place(job, ResultPlace::Archived).await;
    workers.stop().await;
}

#[tokio::test]
async fn w15_the_plan_is_read_when_the_result_is_to_be_archived() {
    // The first system archived by a copy of the plan in the job's message.
    let stage = Stage::new(GOOD).await;
    let annotators = stage.work_as(&[Role::Annotator]);
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    stage.until_status(job, JobStatus::Completed).await;
    annotators.stop().await;
    // Nobody is told of the new plan, and still it counts.
    stage.ports.accounts.set_plan(ada.user_id, Plan::PremiumUser, stage.ports.clock.now()).await.unwrap();
    let workers = stage.work();
    let kept = stage.until(job, "the date is taken away", |job| job.archive_at.is_none()).await;
    assert_eq!(kept.result_place, Some(ResultPlace::Hot));
    stage.until_queues_are_empty().await;
    assert_eq!(stage.job(job).await.result_place, Some(ResultPlace::Hot));
    workers.stop().await;
}

#[tokio::test]
async fn w16_upgrades_and_downgrades_that_race_the_archiver_end_where_the_plan_says() {
    // The first system checked the plan, copied, and deleted; an upgrade in between was never restored.
    let mut settings = settings();
    settings.plans.free.retention = Some(Duration::from_millis(1));
    let stage = Stage::with(GOOD, settings).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let mut jobs = Vec::new();
    for round in 0..24_u64 {
        jobs.push(stage.submit(&ada, &format!("{round}.vcf")).await);
        let plan = if round % 2 == 0 { Plan::PremiumUser } else { Plan::FreeUser };
        tokio::time::sleep(Duration::from_millis((round * 37) % 120)).await;
        stage.set_plan(&ada, plan).await;
    }
    stage.set_plan(&ada, Plan::PremiumUser).await;
    for job in &jobs {
        stage.until_place(*job, ResultPlace::Hot).await;
    }
    stage.until_queues_are_empty().await;
    for job in &jobs {
        let job = stage.until_place(*job, ResultPlace::Hot).await;
        assert!(job.archive_at.is_none());
        assert!(stage.result(job.job_id).await.starts_with("##annotated"));
    }
    eventually("no cold copy is left", || async {
        let cold = stage.files("cold");
        if cold.is_empty() { Ok(()) } else { Err(format!("{cold:?}")) }
    })
    .await;
    stage.set_plan(&ada, Plan::FreeUser).await;
    for job in &jobs {
        stage.until_place(*job, ResultPlace::Archived).await;
    }
    stage.until_queues_are_empty().await;
    assert_eq!(stage.files("cold").len(), jobs.len(), "one cold copy each");
    workers.stop().await;
}

#[tokio::test]
async fn w18_a_message_whose_handling_failed_is_not_finished() {
    // In the first system both branches deleted the message.
    let mut settings = settings();
    settings.workers.sweep_interval = Duration::from_hours(1);
    let stage = Stage::with(GOOD, settings).await;
    let annotators = stage.work_as(&[Role::Annotator, Role::Notifier]);
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let completed = stage.until_status(job, JobStatus::Completed).await;
    annotators.stop().await;
    let path = stage.files("objects/results").into_iter().find(|path| path.ends_with(".annot.vcf")).unwrap();
    std::fs::rename(&path, stage.path("hidden")).unwrap();
    let archivers = stage.work_as(&[Role::Archiver, Role::Notifier]);
    stage.until(job, "the archiver has tried", |job| job.revision > completed.revision + 1).await;
    let depth = stage.ports.queue.depth(QueueName::JobArchive).await.unwrap();
    assert_eq!(depth.ready + depth.in_flight + depth.delayed, 1, "the message is still there");
    std::fs::rename(stage.path("hidden"), &path).unwrap();
    stage.until_place(job, ResultPlace::Archived).await;
    stage.until_queues_are_empty().await;
    assert_eq!(stage.files("cold").len(), 1, "no copy of a failed try is left");
    archivers.stop().await;
}

#[tokio::test]
async fn w22_the_archive_s_date_is_the_completion_plus_the_retention_to_the_instant() {
    // The first system mixed local time and UTC.
    let stage = Stage::new(GOOD).await;
    let workers = stage.work_as(&[Role::Annotator]);
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let job = stage.until_status(job, JobStatus::Completed).await;
    assert_eq!(
        job.archive_at,
        job.complete_time.map(|time| time + stage.settings.plans.free.retention.unwrap())
    );
    workers.stop().await;
}

#[tokio::test]
async fn w23_without_capacity_for_expedited_retrievals_standard_ones_are_started() {
    // In the first system other errors killed the loop, and a job was marked without a word to its owner.
    let mut slow = embedded();
    // No retrieval is done, and makes room for another, before the test says so.
    slow.cold_storage.expedited_time = Duration::from_hours(1);
    slow.cold_storage.standard_time = Duration::from_hours(2);
    let stage = Stage::on(slow, GOOD, settings()).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let mut jobs = Vec::new();
    for n in 0..5 {
        jobs.push(stage.submit(&ada, &format!("{n}.vcf")).await);
    }
    for job in &jobs {
        stage.until_place(*job, ResultPlace::Archived).await;
    }
    stage.until_queues_are_empty().await;
    workers.stop().await;
    stage.set_plan(&ada, Plan::PremiumUser).await;
    let restorers = stage.work_as(&[Role::Restorer]);
    let mut tiers = Vec::new();
    for job in &jobs {
        let job = stage.until(*job, "a retrieval is under way", |job| job.retrieval.is_some()).await;
        tiers.push(job.retrieval.unwrap().tier);
    }
    assert!(
        tiers.contains(&RetrievalTier::Standard) && tiers.contains(&RetrievalTier::Expedited),
        "{tiers:?}"
    );
    restorers.stop().await;
    // It is these retrievals that bring the results back: the sweeper, who would take them for overdue, does not work.
    stage.pass(Duration::from_hours(3));
    let thawers = stage.work_as(&[Role::Thawer]);
    for job in &jobs {
        stage.until_place(*job, ResultPlace::Hot).await;
    }
    thawers.stop().await;
}

#[tokio::test]
async fn a_user_who_is_free_again_is_skipped_and_a_lost_archive_is_said_to_be_lost() {
    let stage = Stage::new(GOOD).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    stage.until_place(job, ResultPlace::Archived).await;
    stage.send(Message::Restore { job_id: job }).await;
    stage.until_queues_are_empty().await;
    let archived = stage.job(job).await;
    assert_eq!(archived.result_place, Some(ResultPlace::Archived), "free: it stays");
    stage.ports.cold.delete(&archived.results_file_archive_id.unwrap()).await.unwrap();
    stage.set_plan(&ada, Plan::PremiumUser).await;
    stage.until_place(job, ResultPlace::Expired).await;
    workers.stop().await;
}

#[tokio::test]
async fn retrievals_of_unknown_archives_are_dropped_and_messages_may_come_twice() {
    let stage = Stage::new(GOOD).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    for _ in 0..3 {
        stage.send(Message::Annotate { job_id: job }).await;
        stage.send(Message::Archive { job_id: job }).await;
        stage.send(Message::JobEnded { job_id: job }).await;
        stage.send(Message::PlanChanged { user_id: ada.user_id }).await;
    }
    stage.until_place(job, ResultPlace::Archived).await;
    let archive_id = stage.job(job).await.results_file_archive_id.unwrap();
    stage.set_plan(&ada, Plan::PremiumUser).await;
    for _ in 0..3 {
        stage.send(Message::Restore { job_id: job }).await;
        stage.send(Message::Annotate { job_id: job }).await;
        stage.send(Message::JobEnded { job_id: job }).await;
    }
    stage.until_place(job, ResultPlace::Hot).await;
    let retrieval_id = gas_service::id::RetrievalId("unknown".into());
    stage.send(Message::RetrievalDone { archive_id, retrieval_id }).await;
    stage.until_queues_are_empty().await;
    let done = stage.job(job).await;
    assert_eq!((done.attempt, done.result_place), (1, Some(ResultPlace::Hot)));
    assert_eq!(stage.mails(job).await.len(), 3, "{:?}", stage.mails(job).await);
    workers.stop().await;
}
