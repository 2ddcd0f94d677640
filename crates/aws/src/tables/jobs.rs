use async_trait::async_trait;
use gas_service::{
    id::{ArchiveId, JobId, UserId},
    job::Job,
    ports::{Ahead, BackendError, Created, Cursor, JobStore, Page, ReplaceError, Wanted, WhileDoing as _},
    quota::{Quota, Usage},
};
use jiff::Timestamp;

use self::position::Position;
pub(crate) use self::{row::Layout, turns::Turns};
use super::{Fault, Table};

mod counts;
mod create;
mod first_gas;
mod lists;
mod position;
mod replace;
mod row;
mod turns;
mod usage;

/// The job table.
pub(crate) struct DynamoJobStore {
    pub(crate) table: Table,
    pub(crate) layout: Layout,
    pub(crate) turns: Turns,
}

#[async_trait]
impl JobStore for DynamoJobStore {
    async fn create(
        &self,
        job: &Job,
        idempotency_key: Option<&str>,
        quota: &Quota,
    ) -> Result<Created, BackendError> {
        let created = self.insert(job, idempotency_key, quota).await;
        created.while_doing(|| format!("creating job `{}`", job.job_id))
    }

    async fn usage(&self, user: UserId, now: Timestamp) -> Result<Usage, BackendError> {
        self.used(user, now).await.while_doing(|| format!("reading what user `{user}` has"))
    }

    async fn find(&self, job: JobId) -> Result<Option<Job>, BackendError> {
        self.read(&job.to_string()).await.while_doing(|| format!("reading job `{job}`"))
    }

    async fn find_by_idempotency_key(
        &self,
        user: UserId,
        idempotency_key: &str,
    ) -> Result<Option<Job>, BackendError> {
        let found = self.read_by_key(user, idempotency_key);
        found.await.while_doing(|| format!("looking for a job of user `{user}` by its key"))
    }

    async fn find_by_archive(&self, archive: &ArchiveId) -> Result<Option<Job>, BackendError> {
        self.of_archive(archive).await.while_doing(|| format!("looking for the job of archive `{archive}`"))
    }

    async fn replace(&self, job: &Job) -> Result<Job, ReplaceError> {
        let written = self.update(job).await.while_doing(|| format!("changing job `{}`", job.job_id))?;
        written.ok_or(ReplaceError::Conflict(job.job_id))
    }

    async fn of_user(
        &self,
        user: UserId,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError> {
        let position = cursor.map(Position::of_cursor);
        if position == Some(None) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let page = self.list(user, position.flatten(), limit);
        page.await.while_doing(|| format!("listing the jobs of user `{user}`"))
    }

    async fn recent(
        &self,
        wanted: Wanted,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError> {
        let position = cursor.map(Position::of_cursor);
        if position == Some(None) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let page = self.across_users(wanted, position.flatten(), limit);
        page.await.while_doing(|| "listing the jobs of all users".to_owned())
    }

    async fn on_the_way(&self, limit: u32) -> Result<Vec<Job>, BackendError> {
        self.moving(limit).await.while_doing(|| "looking for results that are on the way".to_owned())
    }

    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, BackendError> {
        self.due(now, limit).await.while_doing(|| "looking for jobs that need attention".to_owned())
    }

    async fn ahead(&self, job: &Job) -> Result<Ahead, BackendError> {
        self.count_ahead(job).await.while_doing(|| format!("counting the jobs before `{}`", job.job_id))
    }

    async fn count_by_status(&self) -> Result<Vec<(String, u64)>, BackendError> {
        counts::sums(&self.table).await.while_doing(|| "counting jobs".to_owned())
    }

    async fn purge(&self, job: JobId) -> Result<(), BackendError> {
        self.delete(job).await.while_doing(|| format!("removing job `{job}`"))
    }

    async fn forget_user(&self, user: UserId) -> Result<(), BackendError> {
        let removal = self.table.remove(usage::key(user));
        removal.await.while_doing(|| format!("forgetting what user `{user}` had"))
    }
}

impl DynamoJobStore {
    /// The job of that key, as it is now.
    async fn read(&self, job: &str) -> Result<Option<Job>, Fault> {
        let found = self.table.get(job).await?;
        found.map(|row| row::job(&row, &self.layout)).transpose()
    }

    /// The job of that user under that idempotency key.
    async fn read_by_key(&self, user: UserId, key: &str) -> Result<Option<Job>, Fault> {
        match self.table.get(create::idempotency_row(user, key)).await? {
            Some(row) => self.of_key(&row).await,
            None => Ok(None),
        }
    }
}
