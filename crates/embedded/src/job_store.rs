use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    id::{ArchiveId, JobId, UserId},
    job::Job,
    ports::{Ahead, BackendError, Created, Cursor, JobStore, Page, ReplaceError, Wanted, WhileDoing as _},
    quota::{Quota, Usage},
};
use jiff::Timestamp;
use sqlx::{Sqlite, SqliteConnection, query::QueryScalar, sqlite::SqliteArguments};

use self::position::Position;
use crate::database::{Database, nanoseconds, readable};

mod position;
mod statements;
mod usage;

type Fault = Box<dyn std::error::Error + Send + Sync>;
type JobQuery<'q> = QueryScalar<'q, Sqlite, String, SqliteArguments>;

/// The job table.
pub(crate) struct SqliteJobStore {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl JobStore for SqliteJobStore {
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
        let query = sqlx::query_scalar(statements::FIND).bind(job.to_string());
        self.one(query).await.while_doing(|| format!("reading job `{job}`"))
    }

    async fn find_by_idempotency_key(
        &self,
        user: UserId,
        idempotency_key: &str,
    ) -> Result<Option<Job>, BackendError> {
        let query = sqlx::query_scalar(statements::FIND_BY_IDEMPOTENCY_KEY);
        let query = query.bind(user.to_string()).bind(idempotency_key.to_owned());
        self.one(query).await.while_doing(|| format!("looking for a job of user `{user}` by its key"))
    }

    async fn find_by_archive(&self, archive: &ArchiveId) -> Result<Option<Job>, BackendError> {
        let query = sqlx::query_scalar(statements::FIND_BY_ARCHIVE).bind(archive.0.clone());
        self.one(query).await.while_doing(|| format!("looking for the job of archive `{archive}`"))
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
        let Some(position) = cursor.map_or(Some(Position::TOP), Position::of_cursor) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        // One more than asked for tells whether there is a next page.
        let query = sqlx::query_scalar(statements::OF_USER)
            .bind(user.to_string())
            .bind(position.submit_order)
            .bind(position.job_id)
            .bind(i64::from(limit) + 1);
        let jobs = self.many(query).await.while_doing(|| format!("listing the jobs of user `{user}`"))?;
        Ok(page(jobs, limit))
    }

    async fn recent(
        &self,
        wanted: Wanted,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError> {
        let Some(position) = cursor.map_or(Some(Position::TOP), Position::of_cursor) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let query = match wanted {
            Wanted::All => sqlx::query_scalar(statements::RECENT),
            Wanted::InState(status) => sqlx::query_scalar(statements::RECENT_IN_STATE).bind(status.as_str()),
        };
        let query = query.bind(position.submit_order).bind(position.job_id).bind(i64::from(limit) + 1);
        let jobs = self.many(query).await.while_doing(|| "listing the jobs of all users")?;
        Ok(page(jobs, limit))
    }

    async fn on_the_way(&self, limit: u32) -> Result<Vec<Job>, BackendError> {
        let query = sqlx::query_scalar(statements::ON_THE_WAY).bind(limit);
        self.readable(query).await.while_doing(|| "looking for results that are on the way")
    }

    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, BackendError> {
        let query = sqlx::query_scalar(statements::OVERDUE).bind(nanoseconds(now)).bind(limit);
        self.readable(query).await.while_doing(|| "looking for jobs that need attention")
    }

    async fn ahead(&self, job: &Job) -> Result<Ahead, BackendError> {
        self.count_ahead(job).await.while_doing(|| format!("counting the jobs before `{}`", job.job_id))
    }

    async fn count_by_status(&self) -> Result<Vec<(String, u64)>, BackendError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(statements::COUNT_BY_STATUS)
            .fetch_all(self.database.read())
            .await
            .while_doing(|| "counting jobs")?;
        Ok(rows.into_iter().map(|(status, jobs)| (status, jobs.unsigned_abs())).collect())
    }

    async fn purge(&self, job: JobId) -> Result<(), BackendError> {
        self.delete(job).await.while_doing(|| format!("removing job `{job}`"))
    }

    async fn forget_user(&self, user: UserId) -> Result<(), BackendError> {
        let forget = async {
            self.database.change(sqlx::query(statements::FORGET_USER).bind(user.to_string())).await?;
            // Rows of jobs that were just purged tell the address.
            self.database.empty_log().await
        };
        forget.await.while_doing(|| format!("forgetting what user `{user}` had"))
    }
}

impl SqliteJobStore {
    async fn one(&self, query: JobQuery<'_>) -> Result<Option<Job>, Fault> {
        let found = query.fetch_optional(self.database.read()).await?;
        Ok(found.map(|json| serde_json::from_str(&json)).transpose()?)
    }

    async fn many(&self, query: JobQuery<'_>) -> Result<Vec<Job>, Fault> {
        let found = query.fetch_all(self.database.read()).await?;
        Ok(found.iter().map(|json| serde_json::from_str(json)).collect::<Result<_, _>>()?)
    }

    /// Of a list that is of many users. A job that cannot be read is told in the log, and does not keep the others from
    /// what they need.
    async fn readable(&self, query: JobQuery<'_>) -> Result<Vec<Job>, sqlx::Error> {
        Ok(readable(&query.fetch_all(self.database.read()).await?, "job_id"))
    }

    async fn insert(
        &self,
        job: &Job,
        idempotency_key: Option<&str>,
        quota: &Quota,
    ) -> Result<Created, Fault> {
        let json = serde_json::to_string(job)?;
        let mut writing = self.database.write().await?;
        let inserted = sqlx::query(statements::INSERT)
            .bind(job.job_id.to_string())
            .bind(job.user_id.to_string())
            .bind(job.job_status.as_str())
            .bind(nanoseconds(job.submit_time))
            .bind(job.attend_at.map(nanoseconds))
            .bind(job.results_file_archive_id.as_ref().map(|id| id.0.clone()))
            .bind(job.discard_archive_id.as_ref().map(|id| id.0.clone()))
            .bind(job.deleted)
            .bind(idempotency_key)
            .bind(i64::try_from(job.revision)?)
            .bind(json)
            .bind(job.submit_time.as_second())
            .bind(job.complete_time.map(Timestamp::as_second))
            .execute(writing.on())
            .await?;
        if inserted.rows_affected() == 0 {
            let existing = existing(writing.on(), job, idempotency_key).await?;
            return Ok(Created::Existing(Box::new(existing)));
        }
        if let Some(over) = usage::over_quota(writing.on(), job, quota).await? {
            // The transaction ends without being committed, and with it the row.
            return Ok(Created::Refused(over));
        }
        writing.commit().await?;
        Ok(Created::New)
    }

    async fn update(&self, job: &Job) -> Result<Option<Job>, Fault> {
        let written = Job { revision: job.revision + 1, ..job.clone() };
        let json = serde_json::to_string(&written)?;
        let mut writing = self.database.write().await?;
        let updated = sqlx::query(statements::REPLACE)
            .bind(job.job_status.as_str())
            .bind(job.attend_at.map(nanoseconds))
            .bind(job.results_file_archive_id.as_ref().map(|id| id.0.clone()))
            .bind(job.discard_archive_id.as_ref().map(|id| id.0.clone()))
            .bind(job.deleted)
            .bind(json)
            .bind(job.complete_time.map(Timestamp::as_second))
            .bind(job.job_id.to_string())
            .bind(i64::try_from(job.revision)?)
            .execute(writing.on())
            .await?;
        if updated.rows_affected() == 0 {
            return Ok(None);
        }
        writing.commit().await?;
        Ok(Some(written))
    }

    async fn delete(&self, job: JobId) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(statements::PURGE).bind(job.to_string());
        self.database.change(statement).await
    }
}

/// The job that stood in the way of a new one.
async fn existing(on: &mut SqliteConnection, job: &Job, idempotency_key: Option<&str>) -> Result<Job, Fault> {
    let by_id = sqlx::query_scalar(statements::FIND).bind(job.job_id.to_string());
    let mut found: Option<String> = by_id.fetch_optional(&mut *on).await?;
    if found.is_none() {
        let by_key = sqlx::query_scalar(statements::FIND_BY_IDEMPOTENCY_KEY);
        let by_key = by_key.bind(job.user_id.to_string()).bind(idempotency_key);
        found = by_key.fetch_optional(on).await?;
    }
    let json = found.ok_or(sqlx::Error::RowNotFound)?;
    Ok(serde_json::from_str(&json)?)
}

/// Cuts off the entry that was read beyond the page.
fn page(mut jobs: Vec<Job>, limit: u32) -> Page<Job> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = jobs.len() > limit;
    jobs.truncate(limit);
    let next = jobs.last().filter(|_| more).map(|last| Position::of_job(last).to_cursor());
    Page { items: jobs, next }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row};

    use super::*;

    /// The first system found the job of a thawed archive by scanning its table, page after page, or only the
    /// first page of it.
    #[tokio::test]
    async fn no_statement_reads_the_whole_job_table() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("gas.db")).await.unwrap();
        for statement in statements::ALL {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps = sqlx::query(explain).fetch_all(database.read()).await.unwrap();
            for step in steps {
                let step: String = step.get("detail");
                let whole = step.contains("SCAN job") && !step.contains("SCAN job_count");
                assert!(!whole && !step.contains("TEMP B-TREE"), "{statement}\n{step}");
            }
        }
    }

    #[tokio::test]
    async fn a_job_that_cannot_be_read_hides_no_other_that_is_overdue() {
        let folder = tempfile::tempdir().unwrap();
        let database = Arc::new(Database::open(&folder.path().join("gas.db")).await.unwrap());
        let jobs = SqliteJobStore { database: Arc::clone(&database) };
        let json = |job_id: JobId| {
            serde_json::json!({
                "job_id": job_id, "user_id": UserId::generate(), "user_email": "ada@gas.test",
                "input_file_name": "a.vcf", "reference": "human-mt", "submit_time": Timestamp::UNIX_EPOCH,
                "job_status": "PENDING", "attempt": 0, "end_mailed": false, "deleted": false, "revision": 0,
                "progress": { "bytes_read": 0, "bytes_total": 0, "records": 0 },
                "attend_at": Timestamp::UNIX_EPOCH,
            })
        };
        let ids = [JobId::generate(), JobId::generate()];
        for id in ids {
            let job: Job = serde_json::from_value(json(id)).unwrap();
            jobs.create(&job, None, &Quota::default()).await.unwrap();
        }
        let spoil = "UPDATE job SET job = json_remove(job, '$.user_id') WHERE job_id = ?";
        database.change(sqlx::query(spoil).bind(ids[0].to_string())).await.unwrap();
        let overdue = jobs.overdue(Timestamp::now(), 10).await.unwrap();
        assert_eq!(overdue.iter().map(|job| job.job_id).collect::<Vec<_>>(), [ids[1]]);
    }

    #[test]
    fn every_statement_is_checked() {
        let source = include_str!("job_store/statements.rs");
        assert_eq!(source.matches("pub(super) const ").count(), statements::ALL.len() + 1);
        let elsewhere = concat!(include_str!("job_store/usage.rs"), include_str!("job_store.rs"))
            .split("#[cfg(test)]")
            .next()
            .unwrap();
        assert!(!elsewhere.contains("FROM job"));
    }
}
