//! Writes to the job table that landed, and of which the writer is told that another was quicker: a back end may lose
//! its answer, and find another's change on top when it asks again. And lists that are out of date when they are read.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use gas_service::{
    id::{ArchiveId, JobId, UserId},
    job::{Job, JobStatus, ResultPlace},
    plan::Plan,
    ports::{Ahead, BackendError, Created, Cursor, JobStore, Page, ReplaceError, Wanted},
    quota::{Quota, Usage},
    workers::Role,
};
use jiff::Timestamp;

use super::stage::{GOOD, Stage, eventually};

/// A job table in which each third change is doubted.
struct Doubting {
    inner: Arc<dyn JobStore>,
    changes: AtomicU32,
    /// What it first gives for overdue.
    listed: Mutex<Vec<Job>>,
}

impl Doubting {
    fn of(stage: &Stage, listed: Vec<Job>) -> Arc<Self> {
        let inner = Arc::clone(&stage.ports.jobs);
        Arc::new(Self { inner, changes: AtomicU32::new(0), listed: Mutex::new(listed) })
    }
}

#[async_trait]
impl JobStore for Doubting {
    async fn create(
        &self,
        job: &Job,
        idempotency_key: Option<&str>,
        quota: &Quota,
    ) -> Result<Created, BackendError> {
        self.inner.create(job, idempotency_key, quota).await
    }

    async fn usage(&self, user: UserId, now: Timestamp) -> Result<Usage, BackendError> {
        self.inner.usage(user, now).await
    }

    async fn find(&self, job: JobId) -> Result<Option<Job>, BackendError> {
        self.inner.find(job).await
    }

    async fn find_by_idempotency_key(&self, user: UserId, key: &str) -> Result<Option<Job>, BackendError> {
        self.inner.find_by_idempotency_key(user, key).await
    }

    async fn find_by_archive(&self, archive: &ArchiveId) -> Result<Option<Job>, BackendError> {
        self.inner.find_by_archive(archive).await
    }

    async fn replace(&self, job: &Job) -> Result<Job, ReplaceError> {
        let written = self.inner.replace(job).await?;
        if self.changes.fetch_add(1, Ordering::SeqCst) % 3 != 2 {
            return Ok(written);
        }
        self.inner.replace(&written).await?;
        Err(ReplaceError::Conflict(job.job_id))
    }

    async fn of_user(
        &self,
        user: UserId,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError> {
        self.inner.of_user(user, cursor, limit).await
    }

    async fn recent(
        &self,
        wanted: Wanted,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError> {
        self.inner.recent(wanted, cursor, limit).await
    }

    async fn on_the_way(&self, limit: u32) -> Result<Vec<Job>, BackendError> {
        self.inner.on_the_way(limit).await
    }

    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, BackendError> {
        let listed = std::mem::take(&mut *self.listed.lock().unwrap());
        if listed.is_empty() { self.inner.overdue(now, limit).await } else { Ok(listed) }
    }

    async fn ahead(&self, job: &Job) -> Result<Ahead, BackendError> {
        self.inner.ahead(job).await
    }

    async fn count_by_status(&self) -> Result<Vec<(String, u64)>, BackendError> {
        self.inner.count_by_status().await
    }

    async fn purge(&self, job: JobId) -> Result<(), BackendError> {
        self.inner.purge(job).await
    }

    async fn forget_user(&self, user: UserId) -> Result<(), BackendError> {
        self.inner.forget_user(user).await
    }
}

#[tokio::test]
async fn a_write_that_is_doubted_although_it_landed_loses_nothing() {
    let mut stage = Stage::new(GOOD).await;
    stage.ports.jobs = Doubting::of(&stage, Vec::new());
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let mut jobs = Vec::new();
    // Enough of them that each kind of change is doubted.
    for number in 0..9 {
        jobs.push(stage.submit(&ada, &format!("a{number}.vcf")).await);
    }
    for (plan, place) in [
        (Plan::FreeUser, ResultPlace::Archived),
        (Plan::PremiumUser, ResultPlace::Hot),
        (Plan::FreeUser, ResultPlace::Archived),
        (Plan::PremiumUser, ResultPlace::Hot),
    ] {
        stage.set_plan(&ada, plan).await;
        for job in &jobs {
            let row = stage.until_place(*job, place).await;
            assert_eq!(row.job_status, JobStatus::Completed);
            stage.assert_result_exists(*job).await;
        }
    }
    workers.stop().await;
}

/// The archiver was done between the sweeper's list and its look at the job.
#[tokio::test]
async fn a_job_without_an_owner_goes_with_the_archive_that_it_got_since_it_was_listed() {
    let mut stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let workers = stage.work();
    let job_id = stage.submit(&ada, "a.vcf").await;
    let job = stage.until_place(job_id, ResultPlace::Archived).await;
    workers.stop().await;
    let listed = Job { results_file_archive_id: None, result_place: Some(ResultPlace::Archiving), ..job };
    stage.ports.deletions.remove_user(ada.user_id).await.unwrap();
    stage.ports.jobs = Doubting::of(&stage, vec![listed]);
    let workers = stage.work_as(&[Role::Sweeper]);
    eventually("the job is gone", || async {
        let row = stage.ports.jobs.find(job_id).await.unwrap();
        if row.is_none() { Ok(()) } else { Err(format!("{row:?}")) }
    })
    .await;
    workers.stop().await;
    assert!(stage.files("cold").is_empty(), "{:?}", stage.files("cold"));
}
