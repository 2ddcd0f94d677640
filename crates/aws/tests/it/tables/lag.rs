//! Indexes that lag behind their table, as those of DynamoDB do and the emulator's do not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gas_service::{
    account::{ApiToken, Scope, Secret, Session},
    id::{ArchiveId, JobId, TokenId, UploadId},
    job::Job,
    quota::Quota,
    upload::Upload,
};
use jiff::Timestamp;
use serde_json::json;

use super::{attributes::pending, faults::behind};
use crate::between::{Act, Between};

const LEASE: Duration = Duration::from_mins(1);

/// Once it is set, indexes answer as they did last.
async fn lagging() -> (Between, Arc<AtomicBool>) {
    let lags = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&lags);
    let between = Between::start(move |call, _| {
        let stale = call.operation == "Query" && seen.load(Ordering::Relaxed);
        if stale { Act::Stale } else { Act::Pass }
    });
    (between.await, lags)
}

#[tokio::test]
async fn lists_show_jobs_as_they_are() {
    let (between, lags) = lagging().await;
    let (_fixture, ports) = behind(&between).await;
    let [deleted, cancelled, purged] = [1, 2, 3].map(|_| Job { job_id: JobId::generate(), ..pending() });
    for job in [&deleted, &cancelled, &purged] {
        ports.jobs.create(job, None, &Quota::UNLIMITED).await.unwrap();
    }
    let now = deleted.attend_at.unwrap();
    assert_eq!(ports.jobs.of_user(deleted.user_id, None, 10).await.unwrap().items.len(), 3);
    lags.store(true, Ordering::Relaxed);
    ports.jobs.replace(&deleted.delete(now)).await.unwrap();
    let cancelled = ports.jobs.replace(&cancelled.cancel(now).unwrap()).await.unwrap();
    ports.jobs.purge(purged.job_id).await.unwrap();
    assert_eq!(ports.jobs.of_user(deleted.user_id, None, 10).await.unwrap().items, [cancelled]);
}

/// Else two sweepers, or one in two rounds, would do the same twice.
#[tokio::test]
async fn what_was_attended_to_is_not_overdue() {
    let (between, lags) = lagging().await;
    let (_fixture, ports) = behind(&between).await;
    let job = pending();
    let now = job.attend_at.unwrap();
    ports.jobs.create(&job, None, &Quota::UNLIMITED).await.unwrap();
    assert_eq!(ports.jobs.overdue(now, 1).await.unwrap().len(), 1);
    lags.store(true, Ordering::Relaxed);
    ports.jobs.replace(&job.attend(Some(now + LEASE))).await.unwrap();
    assert!(ports.jobs.overdue(now, 1).await.unwrap().is_empty());
}

/// Its former state's list still has it, and that of its new state has it already.
#[tokio::test]
async fn a_job_that_changes_its_state_is_overdue_once() {
    let lags = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&lags);
    let between = Between::start(move |call, _| {
        let former = call.body["ExpressionAttributeValues"][":hash"]["S"] == "PENDING";
        if former && seen.load(Ordering::Relaxed) { Act::Stale } else { Act::Pass }
    })
    .await;
    let (_fixture, ports) = behind(&between).await;
    let job = pending();
    let now = job.attend_at.unwrap();
    ports.jobs.create(&job, None, &Quota::UNLIMITED).await.unwrap();
    assert_eq!(ports.jobs.overdue(now, 10).await.unwrap().len(), 1);
    lags.store(true, Ordering::Relaxed);
    let claimed = ports.jobs.replace(&job.claim(now, Duration::ZERO).unwrap()).await.unwrap();
    assert_eq!(ports.jobs.overdue(now, 10).await.unwrap(), [claimed]);
}

#[tokio::test]
async fn a_thawed_job_has_no_archive() {
    let (between, lags) = lagging().await;
    let (_fixture, ports) = behind(&between).await;
    let archive = ArchiveId("an-archive".to_owned());
    let job = Job { results_file_archive_id: Some(archive.clone()), ..pending() };
    ports.jobs.create(&job, None, &Quota::UNLIMITED).await.unwrap();
    assert!(ports.jobs.find_by_archive(&archive).await.unwrap().is_some());
    lags.store(true, Ordering::Relaxed);
    ports.jobs.replace(&Job { results_file_archive_id: None, ..job }).await.unwrap();
    assert_eq!(ports.jobs.find_by_archive(&archive).await.unwrap(), None);
}

/// Its bytes are the input of a job by then, and would be deleted.
#[tokio::test]
async fn an_upload_that_became_a_job_is_not_expired() {
    let (between, lags) = lagging().await;
    let (_fixture, ports) = behind(&between).await;
    let upload = Upload {
        upload_id: UploadId::generate(),
        user_id: pending().user_id,
        job_id: pending().job_id,
        file_name: "a.vcf".parse().unwrap(),
        max_bytes: None,
        stored: None,
        expires: Timestamp::now(),
    };
    ports.uploads.add(&upload, 10).await.unwrap();
    assert_eq!(ports.uploads.expired(upload.expires, 10).await.unwrap(), std::slice::from_ref(&upload));
    lags.store(true, Ordering::Relaxed);
    ports.uploads.remove(upload.upload_id).await.unwrap();
    assert_eq!(ports.uploads.expired(upload.expires, 10).await.unwrap(), []);
}

/// A token that the index does not know yet can be revoked, and one that it still knows is not listed.
#[tokio::test]
async fn a_token_is_revoked_at_once() {
    let (between, lags) = lagging().await;
    let (_fixture, ports) = behind(&between).await;
    let user = ports.accounts.user_of_email(&pending().user_email, Timestamp::now()).await.unwrap();
    let [old, new] = [1, 2].map(|_| (Secret::generate(), TokenId::generate()));
    for (secret, token_id) in [&old, &new] {
        let token = ApiToken {
            token_id: *token_id,
            secret: secret.hash(),
            user_id: user.user_id,
            name: String::new(),
            scope: Scope::Read,
            created: Timestamp::now(),
            expires: None,
            last_used: None,
        };
        assert!(ports.accounts.add_token(&token, u32::MAX).await.unwrap());
        // The index stops after the first.
        assert_eq!(ports.accounts.tokens(user.user_id).await.unwrap().len(), 1);
        lags.store(true, Ordering::Relaxed);
    }
    for (secret, token_id) in [&old, &new] {
        ports.accounts.revoke_token(user.user_id, *token_id).await.unwrap();
        assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap(), None);
    }
    assert!(ports.accounts.tokens(user.user_id).await.unwrap().is_empty());
}

/// The index may not know the newest session yet.
#[tokio::test]
async fn sessions_end_that_are_not_listed() {
    let (between, lags) = lagging().await;
    let (_fixture, ports) = behind(&between).await;
    let now = Timestamp::now();
    let user = ports.accounts.user_of_email(&pending().user_email, now).await.unwrap();
    assert!(ports.accounts.sessions(user.user_id, now).await.unwrap().is_empty());
    lags.store(true, Ordering::Relaxed);
    let secret = Secret::generate().hash();
    let session = Session {
        secret: secret.clone(),
        user_id: user.user_id,
        created: Some(now),
        authenticated: None,
        expires: now + LEASE,
        provider: None,
        last_used: None,
        admin: false,
    };
    ports.accounts.add_session(&session).await.unwrap();
    assert!(ports.accounts.sessions(user.user_id, now).await.unwrap().is_empty());
    assert!(ports.accounts.user_of_session(&secret, now).await.unwrap().is_some());
    ports.accounts.end_sessions(user.user_id, now).await.unwrap();
    assert_eq!(ports.accounts.user_of_session(&secret, now).await.unwrap(), None);
}

/// Whoever waits behind ten thousand does not need to know behind how many more.
#[tokio::test]
async fn a_long_queue_is_not_counted_to_its_end() {
    let between = Between::start(|call, number| {
        if call.operation == "GetItem" {
            return Act::Answer(json!({"Item": {"pending_jobs": {"N": "20000"}}}));
        }
        if call.body["IndexName"] == "waiting" {
            return Act::Answer(json!({"Count": 0, "ScannedCount": 0, "Items": []}));
        }
        let last = json!({"job_id": {"S": number.to_string()}, "pending": {"S": "PENDING"}, "submitted": {"S": "2026"}});
        Act::Answer(json!({"Count": 4000, "ScannedCount": 4000, "LastEvaluatedKey": last}))
    })
    .await;
    let (_fixture, ports) = behind(&between).await;
    assert!(ports.jobs.ahead(&pending()).await.unwrap().own >= 10_000);
    assert_eq!(between.count("Query"), 4);
}
