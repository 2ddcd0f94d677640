//! What is removed, and when.

use std::{fs, io::Cursor, time::Duration};

use gas_service::{
    desk::DeskError,
    id::JobId,
    job::{Bucket, Job, JobStatus, ObjectKey, ResultPlace},
    message::QueueName,
    plan::Plan,
    quota::Quota,
    workers::Role,
};

use tokio::io::AsyncWriteExt as _;

use super::stage::{GOOD, INPUT, Stage, eventually, settings};

#[tokio::test]
async fn w36_a_deleted_job_leaves_nothing_behind_wherever_it_was() {
    // The first system had no deletion, and kept genomes for ever.
    for place in [ResultPlace::Hot, ResultPlace::Archived, ResultPlace::Thawing] {
        let stage = Stage::new(GOOD).await;
        let workers = stage.work();
        let ada = stage.user("ada@gas.test").await;
        if place == ResultPlace::Hot {
            stage.set_plan(&ada, Plan::PremiumUser).await;
        }
        let job = stage.submit(&ada, "a.vcf").await;
        if place == ResultPlace::Thawing {
            stage.until_place(job, ResultPlace::Archived).await;
            stage.set_plan(&ada, Plan::PremiumUser).await;
        } else {
            stage.until_place(job, place).await;
        }
        stage.desk().delete(&ada, job).await.unwrap();
        eventually("nothing is left", || async {
            let left = [stage.files("objects"), stage.files("cold"), stage.files("work")].concat();
            let row = stage.ports.jobs.find(job).await.unwrap();
            if left.is_empty() && row.is_none() { Ok(()) } else { Err(format!("{left:?} {row:?}")) }
        })
        .await;
        stage.until_queues_are_empty().await;
        workers.stop().await;
        assert!([stage.files("objects"), stage.files("cold")].concat().is_empty(), "nothing came back");
    }
}

#[tokio::test]
async fn what_a_dying_worker_still_stored_of_a_deleted_job_goes_with_its_lease() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let id = stage.submit(&ada, "a.vcf").await;
    let lease = Duration::from_mins(1);
    let job = stage.job(id).await.claim(stage.ports.clock.now(), lease).unwrap();
    stage.ports.jobs.replace(&job).await.unwrap();
    stage.desk().cancel(&ada, id).await.unwrap();
    stage.desk().delete(&ada, id).await.unwrap();
    let sweeper = stage.work_as(&[Role::Sweeper]);
    let waits = |job: &Job| job.deleted && job.lease_until.is_some() && job.attend_at == job.lease_until;
    stage.until(id, "it is swept once, and stays for the lease", waits).await;
    // The annotator, which is no more, had this under way.
    let result = ObjectKey::of_job(ada.user_id, id, &job.input_file_name.result());
    stage.ports.objects.put(Bucket::Results, &result, Box::pin(Cursor::new(INPUT)), None).await.unwrap();
    stage.pass(lease);
    eventually("nothing is left", || async {
        let (left, row) = (stage.files("objects"), stage.ports.jobs.find(id).await.unwrap());
        if left.is_empty() && row.is_none() { Ok(()) } else { Err(format!("{left:?} {row:?}")) }
    })
    .await;
    sweeper.stop().await;
}

#[tokio::test]
async fn w36_inputs_go_at_the_end_of_their_retention_and_the_log_stays() {
    // The first system never deleted an input.
    let mut settings = settings();
    settings.plans.free.input_retention = Some(Duration::from_millis(100));
    let stage = Stage::with(GOOD, settings).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let swept = stage.until(job, "the input is gone", |job| job.input.is_none()).await;
    assert!(stage.files("objects/inputs").is_empty());
    assert!(stage.ports.objects.open(&swept.log.unwrap(), 0).await.is_ok());
    stage.until_place(job, ResultPlace::Archived).await;
    workers.stop().await;
}

#[tokio::test]
async fn uploads_that_became_no_job_are_swept_and_others_keep_their_input() {
    let mut settings = settings();
    settings.uploads.life = Duration::from_millis(50);
    let stage = Stage::with(GOOD, settings).await;
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "job.vcf").await;
    let lost = stage.desk().agree_upload(&ada, "lost.vcf", None).await.unwrap();
    stage.desk().receive(&ada, &lost, Box::pin(Cursor::new(INPUT))).await.unwrap();
    let workers = stage.work_as(&[Role::Sweeper]);
    eventually("the upload is gone", || async {
        let files = stage.files("objects/inputs");
        // The record goes last: it is what the file is found by.
        let record = stage.ports.uploads.find(ada.user_id, lost.upload_id).await.unwrap();
        if files.len() == 1 && record.is_none() { Ok(()) } else { Err(format!("{files:?}")) }
    })
    .await;
    assert!(stage.ports.objects.open(&stage.job(job).await.input.unwrap(), 0).await.is_ok());
    workers.stop().await;
}

/// Where its file should be there is a folder.
#[tokio::test]
async fn an_upload_that_cannot_be_removed_keeps_no_other() {
    let mut settings = settings();
    settings.uploads.life = Duration::from_millis(50);
    let stage = Stage::with(GOOD, settings).await;
    let ada = stage.user("ada@gas.test").await;
    let stuck = stage.desk().agree_upload(&ada, "stuck.vcf", None).await.unwrap();
    let name = format!("data/objects/inputs/{}/{}~stuck.vcf/x", ada.user_id, stuck.job_id);
    fs::create_dir_all(stage.path(&name)).unwrap();
    let lost = stage.desk().agree_upload(&ada, "lost.vcf", None).await.unwrap();
    let workers = stage.work_as(&[Role::Sweeper]);
    eventually("the other upload is gone", || async {
        let record = stage.ports.uploads.find(ada.user_id, lost.upload_id).await.unwrap();
        if record.is_none() { Ok(()) } else { Err(format!("{record:?}")) }
    })
    .await;
    assert!(stage.ports.uploads.find(ada.user_id, stuck.upload_id).await.unwrap().is_some());
    workers.stop().await;
}

/// The last byte comes when the upload was swept away or its account deleted.
#[tokio::test]
async fn bytes_that_arrive_after_their_record_went_leave_nothing() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let upload = stage.desk().agree_upload(&ada, "late.vcf", None).await.unwrap();
    let (mut browser, bytes) = tokio::io::duplex(1024);
    let (desk, ports) = (stage.desk(), stage.ports.clone());
    let sent = async {
        browser.write_all(INPUT.as_bytes()).await.unwrap();
        ports.uploads.remove(upload.upload_id).await.unwrap();
        drop(browser);
    };
    let (received, ()) = tokio::join!(desk.receive(&ada, &upload, Box::pin(bytes)), sent);
    assert!(matches!(received, Err(DeskError::NoSuchUpload)), "{received:?}");
    assert!(stage.files("objects").is_empty(), "{:?}", stage.files("objects"));
}

#[tokio::test]
async fn a_job_whose_message_got_lost_is_sent_again_and_dead_work_folders_are_removed() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    lose_message(&stage).await;
    for name in [format!("{job}-7"), "stray".to_owned()] {
        fs::create_dir_all(stage.path("data/work").join(name)).unwrap();
    }
    fs::write(stage.path("data/work/file"), "x").unwrap();
    let workers = stage.work();
    stage.until_status(job, JobStatus::Completed).await;
    eventually("the work folder is empty", || async {
        let left = fs::read_dir(stage.path("data/work")).unwrap().count();
        if left == 0 { Ok(()) } else { Err(left.to_string()) }
    })
    .await;
    workers.stop().await;
}

/// The message of the only job there is.
async fn lose_message(stage: &Stage) {
    let (queue, visibility) = (&stage.ports.queue, Duration::from_mins(1));
    let taken = queue.take_next(QueueName::JobRequests, visibility, Duration::ZERO).await.unwrap().unwrap();
    queue.finish(&taken).await.unwrap();
}

/// As many as are looked at in one go, and all were due before.
#[tokio::test]
async fn jobs_that_cannot_be_attended_to_are_in_nobodys_way() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let waiting = stage.submit(&ada, "a.vcf").await;
    lose_message(&stage).await;
    let row = stage.job(waiting).await;
    let long_ago = row.submit_time - Duration::from_mins(1);
    for _ in 0..100 {
        let stuck =
            Job { job_id: JobId::generate(), deleted: true, attend_at: Some(long_ago), ..row.clone() };
        stage.ports.jobs.create(&stuck, None, &Quota::default()).await.unwrap();
        // A folder is no file that could be removed.
        let name = format!("data/objects/inputs/{}/{}~a.vcf/x", ada.user_id, stuck.job_id);
        fs::create_dir_all(stage.path(&name)).unwrap();
    }
    let workers = stage.work();
    stage.until_status(waiting, JobStatus::Completed).await;
    workers.stop().await;
}

/// It was marked, and its owner forgotten, before it was erased.
#[tokio::test]
async fn a_deleted_job_without_an_owner_leaves_no_count() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    stage.desk().delete(&ada, job).await.unwrap();
    stage.ports.deletions.remove_user(ada.user_id).await.unwrap();
    let workers = stage.work_as(&[Role::Sweeper]);
    eventually("nothing is counted", || async {
        let usage = stage.ports.jobs.usage(ada.user_id, stage.ports.clock.now()).await.unwrap();
        let row = stage.ports.jobs.find(job).await.unwrap();
        if row.is_none() && usage.jobs_today == 0 { Ok(()) } else { Err(format!("{usage:?} {row:?}")) }
    })
    .await;
    workers.stop().await;
}
