//! Single troubles, and what becomes of the write.

use std::time::{Duration, Instant};

use gas_service::{
    account::{Secret, SignInLink},
    contract::Fixture as _,
    id::{JobId, UserId},
    job::{Job, JobStatus, Progress},
    ports::{Created, JobStore, Ports},
    quota::Quota,
};
use jiff::Timestamp;
use rstest::rstest;

use super::attributes::{pending, rows};
use crate::{
    between::{Act, Between, Call},
    fixture::{self, AwsFixture},
};

const LEASE: Duration = Duration::from_mins(1);

/// A fresh back end, and the same one behind a proxy.
pub(super) async fn behind(between: &Between) -> (AwsFixture, Ports) {
    let fixture = fixture::open().await;
    let ports = fixture::ports_by(&between.shared, &fixture.settings);
    (fixture, ports)
}

/// Loses the first answer to that operation. `DynamoDB` remembers a transaction by its token for ten minutes;
/// `forgotten` is what happens after that.
async fn losing(operation: &'static str, forgotten: bool) -> Between {
    Between::start(move |call: &mut Call, number| {
        if forgotten && let Some(call) = call.body.as_object_mut() {
            call.remove("ClientRequestToken");
        }
        if call.operation == operation && number == 0 { Act::LoseAnswer } else { Act::Pass }
    })
    .await
}

async fn count(jobs: &dyn JobStore, status: JobStatus) -> u64 {
    let counts = jobs.count_by_status().await.unwrap();
    counts.into_iter().find(|(name, _)| name == status.as_str()).unwrap().1
}

#[rstest]
#[case::remembered(false, None)]
#[case::forgotten(true, None)]
#[case::remembered_with_key(false, Some("a key"))]
#[case::forgotten_with_key(true, Some("a key"))]
#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_new(#[case] forgotten: bool, #[case] key: Option<&str>) {
    let between = losing("TransactWriteItems", forgotten).await;
    let (fixture, ports) = behind(&between).await;
    // Who has submitted before, as a rule.
    fixture.ports().jobs.usage(pending().user_id, Timestamp::now()).await.unwrap();
    assert_eq!(ports.jobs.create(&pending(), key, &Quota::UNLIMITED).await.unwrap(), Created::New);
    assert_eq!(between.count("TransactWriteItems"), 2, "it was sent again");
    assert_eq!(count(&*fixture.ports().jobs, JobStatus::Pending).await, 1, "and counted once");
    let again = ports.jobs.create(&pending(), key, &Quota::UNLIMITED).await.unwrap();
    assert_eq!(again, Created::Existing(Box::new(pending())));
}

#[tokio::test]
async fn a_report_whose_answer_is_lost_is_no_conflict() {
    let between = losing("UpdateItem", false).await;
    let (fixture, ports) = behind(&between).await;
    let running = pending().claim(pending().submit_time, LEASE).unwrap();
    fixture.ports().jobs.create(&running, None, &Quota::UNLIMITED).await.unwrap();
    let report = running.report_progress(1, Progress::default(), running.submit_time, LEASE).unwrap();
    let written = ports.jobs.replace(&report).await.unwrap();
    assert_eq!(between.count("UpdateItem"), 2, "it was sent again");
    assert_eq!(written, Job { revision: 1, ..report });
    assert_eq!(fixture.ports().jobs.find(written.job_id).await.unwrap(), Some(written));
}

#[rstest]
#[case::remembered(false)]
#[case::forgotten(true)]
#[tokio::test]
async fn a_change_of_status_whose_answer_is_lost_is_no_conflict(#[case] forgotten: bool) {
    let between = losing("TransactWriteItems", forgotten).await;
    let (fixture, ports) = behind(&between).await;
    fixture.ports().jobs.create(&pending(), None, &Quota::UNLIMITED).await.unwrap();
    let claimed = pending().claim(pending().submit_time, LEASE).unwrap();
    let written = ports.jobs.replace(&claimed).await.unwrap();
    assert_eq!(between.count("TransactWriteItems"), 2, "it was sent again");
    assert_eq!(written, Job { revision: 1, ..claimed });
    let jobs = fixture.ports().jobs;
    assert_eq!(jobs.find(written.job_id).await.unwrap(), Some(written));
    let counts = (count(&*jobs, JobStatus::Pending).await, count(&*jobs, JobStatus::Running).await);
    assert_eq!(counts, (0, 1));
}

#[rstest]
#[case::remembered(false)]
#[case::forgotten(true)]
#[tokio::test]
async fn a_removal_whose_answer_is_lost_is_counted_once(#[case] forgotten: bool) {
    let between = losing("TransactWriteItems", forgotten).await;
    let (fixture, ports) = behind(&between).await;
    for job_id in [pending().job_id, JobId::generate()] {
        fixture.ports().jobs.create(&Job { job_id, ..pending() }, None, &Quota::UNLIMITED).await.unwrap();
    }
    ports.jobs.purge(pending().job_id).await.unwrap();
    assert_eq!(between.count("TransactWriteItems"), 2, "it was sent again");
    assert_eq!(count(&*ports.jobs, JobStatus::Pending).await, 1);
}

#[tokio::test]
async fn whose_link_was_taken_without_an_answer_is_signed_in() {
    let between = losing("UpdateItem", false).await;
    let (_fixture, ports) = behind(&between).await;
    let (secret, now) = (Secret::generate(), Timestamp::now());
    let email = pending().user_email;
    let link = SignInLink { secret: secret.hash(), email, next: "/".to_owned(), expires: now + LEASE };
    ports.accounts.add_sign_in_link(&link).await.unwrap();
    assert!(ports.accounts.take_sign_in_link(&secret.hash(), now).await.unwrap().is_some());
    assert_eq!(between.count("UpdateItem"), 2, "it was sent again");
    assert!(ports.accounts.take_sign_in_link(&secret.hash(), now).await.unwrap().is_none());
}

#[rstest]
#[case::remembered(false)]
#[case::forgotten(true)]
#[tokio::test]
async fn a_user_whose_making_was_not_answered_is_one(#[case] forgotten: bool) {
    let between = losing("TransactWriteItems", forgotten).await;
    let (fixture, ports) = behind(&between).await;
    let (email, now) = (pending().user_email, Timestamp::now());
    let made = ports.accounts.user_of_email(&email, now).await.unwrap();
    assert_eq!(between.count("TransactWriteItems"), 2, "it was sent again");
    assert_eq!(fixture.ports().accounts.user_of_email(&email, now).await.unwrap(), made);
    assert_eq!(rows(&fixture, &fixture.settings.tables.accounts).await.len(), 2);
}

/// In DynamoDB transactions that touch the same row at the same time cancel one another.
#[rstest]
#[case::one_key(true)]
#[case::different_jobs(false)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_creations_at_once_all_come_to_an_end(#[case] one_key: bool) {
    let between = Between::start_with_conflicts().await;
    let (fixture, ports) = behind(&between).await;
    // Of several processes, as one does one after the other what counts jobs of one user.
    let processes = [0, 1, 2].map(|_| fixture::ports_by(&between.shared, &fixture.settings));
    ports.jobs.usage(pending().user_id, Timestamp::now()).await.unwrap();
    let creations = (0..50).map(|number: usize| {
        let (jobs, job) =
            (processes[number % 3].jobs.clone(), Job { job_id: JobId::generate(), ..pending() });
        tokio::spawn(async move {
            jobs.create(&job, one_key.then_some("a key"), &Quota::UNLIMITED).await.unwrap()
        })
    });
    let created: Vec<_> =
        futures::future::join_all(creations).await.into_iter().map(Result::unwrap).collect();
    let new = created.iter().filter(|created| **created == Created::New).count();
    assert_eq!(new, if one_key { 1 } else { 50 });
    assert!(between.conflicts() > 0, "some were in each other's way");
    let counted = count(&*fixture.ports().jobs, JobStatus::Pending).await;
    assert_eq!(counted, u64::try_from(new).unwrap());
}

/// Trying again has an end.
#[tokio::test]
async fn a_transaction_that_is_always_hindered_fails_in_the_end() {
    let between = Between::start(|call, _| match call.operation.as_str() {
        "TransactWriteItems" => Act::conflict(),
        _ => Act::Pass,
    })
    .await;
    let (_fixture, ports) = behind(&between).await;
    let begun = Instant::now();
    let error = ports.jobs.create(&pending(), None, &Quota::UNLIMITED).await.unwrap_err();
    assert_eq!(error.to_string(), format!("creating job `{}`", pending().job_id));
    assert_eq!(between.count("TransactWriteItems"), 11);
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_call_that_is_always_throttled_fails_in_the_end() {
    let between = Between::start(|_, _| Act::throttle()).await;
    let (_fixture, ports) = behind(&between).await;
    ports.accounts.user(UserId::generate()).await.unwrap_err();
    assert_eq!(between.count("GetItem"), 4);
}
