//! Accounts that are deleted, whatever happens meanwhile.

use std::{io::Cursor, time::Duration};

use gas_service::{
    account::User,
    desk::DeskError,
    id::JobId,
    job::{JobStatus, ResultPlace},
    message::QueueName,
    plan::Plan,
    ports::OutboxMail,
    workers::Role,
};
use rand::RngExt as _;

use super::stage::{GOOD, INPUT, Stage, eventually};

async fn receipts(stage: &Stage, to: &User) -> Vec<OutboxMail> {
    let mails = stage.ports.outbox.as_ref().unwrap().newest(1000).await.unwrap();
    let subject = "Your account is deleted";
    mails.into_iter().filter(|mail| mail.mail.subject == subject && mail.mail.to == to.user_email).collect()
}

/// Jobs whose results are archived, at hand, and one that waits.
async fn all_sorts(stage: &Stage, user: &User) -> Vec<JobId> {
    let archived = stage.submit(user, "archived.vcf").await;
    stage.until_place(archived, ResultPlace::Archived).await;
    let upload = stage.desk().agree_upload(user, "upload.vcf", None).await.unwrap();
    stage.desk().receive(user, &upload, Box::pin(Cursor::new(INPUT))).await.unwrap();
    vec![archived, stage.submit(user, "new.vcf").await]
}

async fn nothing_is_left(stage: &Stage, user: &User, jobs: &[JobId]) {
    eventually("the account is gone", || async {
        let gone = stage.ports.deletions.find(user.user_id).await.unwrap().is_none();
        if gone { Ok(()) } else { Err("the deletion is there".to_owned()) }
    })
    .await;
    eventually("all files are gone", || async {
        let left = [stage.files("objects"), stage.files("cold"), stage.files("work")].concat();
        let left: Vec<_> = left.into_iter().filter(|file| file.contains(&user.user_id.to_string())).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
    for job in jobs {
        // The row of one that an annotator had in hand goes with its lease.
        eventually("the row is gone", || async {
            let row = stage.ports.jobs.find(*job).await.unwrap();
            row.map_or(Ok(()), |row| Err(format!("{row:?}")))
        })
        .await;
        assert!(stage.files("cold").iter().all(|file| !file.contains(&job.to_string())));
    }
    assert_eq!(stage.ports.accounts.user(user.user_id).await.unwrap(), None);
    assert!(stage.ports.uploads.of_user(user.user_id).await.unwrap().is_empty());
    let trail = stage.ports.audit.recent(user.user_id, 1000).await.unwrap();
    assert_eq!(trail.first().unwrap().action, "account_deleted");
    assert_eq!(trail.iter().filter(|event| event.action == "account_deleted").count(), 1);
    assert!(!format!("{trail:?}").contains(user.user_email.as_str()), "the trail knows a number only");
}

#[tokio::test]
async fn an_account_goes_with_all_that_belongs_to_it_and_others_stay() {
    let stage = Stage::new(GOOD).await;
    let (ada, eve) = (stage.user("ada@gas.test").await, stage.user("eve@gas.test").await);
    let workers = stage.work();
    stage.set_plan(&eve, Plan::PremiumUser).await;
    let hers = stage.submit(&eve, "hers.vcf").await;
    let jobs = all_sorts(&stage, &ada).await;
    stage.until_place(hers, ResultPlace::Hot).await;
    let deletion = stage.desk().delete_account(&ada, ada.user_email.as_str()).await.unwrap();
    nothing_is_left(&stage, &ada, &jobs).await;
    let receipts = receipts(&stage, &ada).await;
    assert_eq!(receipts.len(), 1);
    let text = &receipts[0].mail.text;
    assert!(text.contains(&deletion.deletion_id.to_string()) && text.contains("Jobs: 2"), "{text}");
    assert!(stage.result(hers).await.starts_with("##annotated"));
    let again = stage.user("ada@gas.test").await;
    assert_ne!(again.user_id, ada.user_id);
    assert!(stage.desk().jobs(&again, None, 10).await.unwrap().items.is_empty());
    stage.until_queues_are_empty().await;
    workers.stop().await;
}

#[tokio::test]
async fn what_is_submitted_while_the_account_goes_is_refused_and_leaves_nothing() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let upload = stage.desk().agree_upload(&ada, "late.vcf", None).await.unwrap();
    stage.desk().receive(&ada, &upload, Box::pin(Cursor::new(INPUT))).await.unwrap();
    stage.desk().delete_account(&ada, "ada@gas.test").await.unwrap();
    let refused = stage.desk().submit(&ada, upload.upload_id, None, None).await.unwrap_err();
    assert!(matches!(refused, DeskError::AccountLeaving));
    let workers = stage.work();
    nothing_is_left(&stage, &ada, &[upload.job_id]).await;
    // Had the account been gone before the job came: it belongs to nobody, and goes.
    let late = stage.submit(&ada, "later.vcf").await;
    eventually("the orphan is gone", || async {
        let row = stage.ports.jobs.find(late).await.unwrap();
        let files = stage.files("objects");
        if row.is_none() && files.is_empty() { Ok(()) } else { Err(format!("{row:?} {files:?}")) }
    })
    .await;
    workers.stop().await;
}

#[tokio::test]
async fn a_deletion_whose_message_got_lost_is_done_all_the_same() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    stage.desk().delete_account(&ada, "ada@gas.test").await.unwrap();
    let queue = &stage.ports.queue;
    let taken = queue.take_next(QueueName::JobRestore, Duration::from_mins(1), Duration::ZERO).await;
    queue.finish(&taken.unwrap().unwrap()).await.unwrap();
    let workers = stage.work_as(&[Role::Sweeper, Role::Restorer]);
    nothing_is_left(&stage, &ada, &[job]).await;
    workers.stop().await;
}

#[tokio::test]
async fn no_instant_at_which_workers_die_leaves_anything() {
    let stage = Stage::new(GOOD).await;
    for round in 0..6 {
        let user = stage.user(&format!("user{round}@gas.test")).await;
        let workers = stage.work();
        let jobs = all_sorts(&stage, &user).await;
        stage.until(jobs[1], "taken", |job| job.job_status != JobStatus::Pending).await;
        stage.desk().delete_account(&user, user.user_email.as_str()).await.unwrap();
        workers.kill().await;
        for _ in 0..6 {
            let workers = stage.work();
            tokio::time::sleep(Duration::from_millis(rand::rng().random_range(1..60))).await;
            workers.kill().await;
        }
        let workers = stage.work();
        nothing_is_left(&stage, &user, &jobs).await;
        let receipts = receipts(&stage, &user).await;
        assert!(!receipts.is_empty(), "never no receipt");
        let first = &receipts[0].mail.text;
        assert!(receipts.iter().all(|receipt| receipt.mail.text == *first), "one account has one receipt");
        assert!(first.contains("Jobs: 2"), "{first}");
        workers.stop().await;
    }
}
