//! What users have. Triggers keep it right with every change of a job.

use gas_service::{
    id::UserId,
    job::Job,
    ports::Ahead,
    quota::{OverQuota, Quota, Usage, day},
};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::{SqliteJobStore, position::Position, statements};

#[derive(Default, sqlx::FromRow)]
struct Row {
    unfinished: i64,
    jobs_of_day: i64,
    stored_bytes: i64,
    day: i64,
}

impl Row {
    /// As it is on that day.
    fn on(&self, today: i64) -> Usage {
        Usage {
            jobs_at_once: self.unfinished.max(0).unsigned_abs(),
            jobs_today: if self.day < today { 0 } else { self.jobs_of_day.max(0).unsigned_abs() },
            stored_bytes: self.stored_bytes.max(0).unsigned_abs(),
        }
    }
}

/// Whether a job that was just added is more than its owner may have.
pub(super) async fn over_quota(
    on: &mut SqliteConnection,
    job: &Job,
    quota: &Quota,
) -> Result<Option<OverQuota>, sqlx::Error> {
    let row: Row = sqlx::query_as(statements::USAGE).bind(job.user_id.to_string()).fetch_one(on).await?;
    let (charge, with) = (job.charge(), row.on(day(job.submit_time)));
    let usage = Usage {
        jobs_at_once: with.jobs_at_once.saturating_sub(u64::from(charge.unfinished)),
        jobs_today: with.jobs_today.saturating_sub(1),
        stored_bytes: with.stored_bytes.saturating_sub(charge.stored_bytes),
    };
    let limit = quota.broken_by(&usage, charge.stored_bytes);
    Ok(limit.map(|limit| OverQuota { limit, usage }))
}

impl SqliteJobStore {
    pub(super) async fn used(&self, user: UserId, now: Timestamp) -> Result<Usage, sqlx::Error> {
        let row = sqlx::query_as(statements::USAGE).bind(user.to_string());
        let row: Option<Row> = row.fetch_optional(self.database.read()).await?;
        Ok(row.unwrap_or_default().on(day(now)))
    }

    pub(super) async fn count_ahead(&self, job: &Job) -> Result<Ahead, sqlx::Error> {
        let position = Position::of_job(job);
        let own: i64 = sqlx::query_scalar(statements::OWN_BEFORE)
            .bind(job.user_id.to_string())
            .bind(position.submit_order)
            .bind(position.job_id)
            .fetch_one(self.database.read())
            .await?;
        let others: i64 = sqlx::query_scalar(statements::OTHERS_BEFORE)
            .bind(own + 1)
            .bind(job.user_id.to_string())
            .fetch_one(self.database.read())
            .await?;
        Ok(Ahead { own: own.unsigned_abs(), others: others.unsigned_abs() })
    }
}
