use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::BackendError;
use crate::{
    id::{ArchiveId, JobId, UserId},
    job::{Job, JobStatus},
    quota::{OverQuota, Quota, Usage},
};

/// What became of an attempt to create a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    New,
    /// A job of this id, or one of the same user under the same idempotency key, was there already; this is
    /// it, unchanged.
    Existing(Box<Job>),
    /// Its owner has as much as is allowed; nothing was written.
    Refused(OverQuota),
}

/// How many jobs stand before a pending one, as far as can be told now: users take turns, and others may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Pending jobs of the same user that were submitted before.
    pub own: u64,
    /// Pending jobs of others whose turn comes, or may come, before.
    pub others: u64,
}

/// Why a change was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The job changed, or vanished, since it was read: read it again and decide anew.
    #[error("job `{0}` was changed by another at the same time")]
    Conflict(JobId),
    /// Something of the back end's own.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Where a page of a list ended; opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Some entries of a list, and where to go on.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// Which jobs a list across users is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// All.
    #[default]
    All,
    /// Those in that state.
    InState(JobStatus),
}

/// The job table. Every look-up is by an index.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Adds a new job; durable when it returns. With an idempotency key, at most one job of that user is
    /// ever created under it. Of any number created at once, no more get through than the quota allows.
    async fn create(
        &self,
        job: &Job,
        idempotency_key: Option<&str>,
        quota: &Quota,
    ) -> Result<Created, BackendError>;

    /// What a user has at that time; changed together with the user's jobs.
    async fn usage(&self, user: UserId, now: Timestamp) -> Result<Usage, BackendError>;

    /// The job of that id; deleted ones too, until they are purged.
    async fn find(&self, job: JobId) -> Result<Option<Job>, BackendError>;

    /// The job of that user under that idempotency key.
    async fn find_by_idempotency_key(
        &self,
        user: UserId,
        idempotency_key: &str,
    ) -> Result<Option<Job>, BackendError>;

    /// The job whose result is that archive.
    async fn find_by_archive(&self, archive: &ArchiveId) -> Result<Option<Job>, BackendError>;

    /// Writes `job` over the row of the same id if that row still has the revision that `job` has, and
    /// raises the revision; durable when it returns. Gives back the job as written.
    async fn replace(&self, job: &Job) -> Result<Job, ReplaceError>;

    /// A user's jobs, newest first, without deleted ones. A cursor that makes no sense is an empty page.
    async fn of_user(
        &self,
        user: UserId,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError>;

    /// Jobs of all users, newest first, without deleted ones. A cursor that makes no sense is an empty page.
    async fn recent(
        &self,
        wanted: Wanted,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError>;

    /// Jobs whose results are on their way to cold storage or back, without deleted ones: those first that must be
    /// attended to first.
    async fn on_the_way(&self, limit: u32) -> Result<Vec<Job>, BackendError>;

    /// Jobs whose `attend_at` has come, the longest overdue first; deleted ones too.
    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, BackendError>;

    /// How many PENDING jobs come before this one when users take turns. An estimate; never less than one's own.
    async fn ahead(&self, job: &Job) -> Result<Ahead, BackendError>;

    /// How many jobs are in each state, by the state's name; for the metrics.
    async fn count_by_status(&self) -> Result<Vec<(String, u64)>, BackendError>;

    /// Removes the row for good. Removing nothing is fine.
    async fn purge(&self, job: JobId) -> Result<(), BackendError>;

    /// Forgets what was counted of a user who is gone and has no jobs left. Twice is as good as once.
    async fn forget_user(&self, user: UserId) -> Result<(), BackendError>;
}
