//! Finding jobs by the indexes.
//!
//! An index may lag behind the table. It says which rows to read; what is given back was read by key afterwards, and
//! is left out if it no longer belongs there. What lag remains: a job made this instant may be missing from a list
//! for a moment, and one that has become overdue is attended to in the next round.

use aws_sdk_dynamodb::types::Select;
use futures::future::try_join_all;
use gas_service::{
    id::{ArchiveId, UserId},
    job::{Job, JobStatus},
    ports::Page,
};
use jiff::Timestamp;

use super::{
    DynamoJobStore,
    counts::STATES,
    position::Position,
    row::{self, ATTEND_AT, ATTEND_STATE, PENDING, SUBMITTED},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, text, time},
    table::first_entries,
};

/// More than so many jobs before one are not counted: the count is for people, and reading on costs money.
const COUNTED_AT_MOST: u64 = 10_000;

impl DynamoJobStore {
    /// A user's jobs behind `position`, newest first.
    pub(super) async fn list(
        &self,
        user: UserId,
        position: Option<Position>,
        limit: u32,
    ) -> Result<Page<Job>, Fault> {
        let query =
            self.table.look_up("user_id-submit_time", "user_id", text(user)).scan_index_forward(false);
        let query = match position {
            None => query.key_condition_expression("#hash = :hash"),
            Some(position) => query
                .key_condition_expression(format!("#hash = :hash AND {SUBMITTED} < :position"))
                .expression_attribute_values(":position", position.attribute()),
        };
        // One more than asked for tells whether there is a next page.
        let mut entries = first_entries(query, limit.saturating_add(1)).await?;
        let limit = usize::try_from(limit)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| more).and_then(|last| Attributes(last).text_if(SUBMITTED));
        let next = last.and_then(Position::of_attribute).map(Position::to_cursor);
        let mut items = self.jobs_of(&entries).await?;
        items.retain(|job| !job.deleted);
        Ok(Page { items, next })
    }

    /// Jobs whose time to be attended to has come, the longest overdue first.
    pub(super) async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, Fault> {
        let found = try_join_all(STATES.map(|state| self.due_in(state, now, limit))).await?;
        let mut entries = found.into_iter().flatten().collect::<Vec<_>>();
        entries.sort_by_key(|entry| Attributes(entry).time(ATTEND_AT).unwrap_or_default());
        entries.truncate(usize::try_from(limit)?);
        let mut jobs = self.jobs_of(&entries).await?;
        jobs.retain(|job| job.attend_at.is_some_and(|at| at <= now));
        jobs.sort_by_key(|job| job.attend_at);
        Ok(jobs)
    }

    async fn due_in(&self, state: JobStatus, now: Timestamp, limit: u32) -> Result<Vec<Item>, Fault> {
        let query = self
            .table
            .look_up("attend", ATTEND_STATE, text(state.as_str()))
            .key_condition_expression(format!("#hash = :hash AND {ATTEND_AT} <= :now"))
            .expression_attribute_values(":now", time(now));
        first_entries(query, limit).await
    }

    /// The job whose result is that archive.
    pub(super) async fn of_archive(&self, archive: &ArchiveId) -> Result<Option<Job>, Fault> {
        let index = "results_file_archive_id";
        let query = self.table.look_up(index, index, text(archive)).key_condition_expression("#hash = :hash");
        let entries = first_entries(query, 1).await?;
        let jobs = self.jobs_of(&entries).await?;
        Ok(jobs.into_iter().find(|job| job.results_file_archive_id.as_ref() == Some(archive)))
    }

    /// How many jobs wait that were submitted before that one. The index alone is asked: a place in a queue is out of
    /// date when it is read.
    pub(super) async fn count_before(&self, job: &Job) -> Result<u64, Fault> {
        let query = self
            .table
            .look_up("pending", PENDING, text(JobStatus::Pending.as_str()))
            .key_condition_expression(format!("#hash = :hash AND {SUBMITTED} < :position"))
            .expression_attribute_values(":position", Position::of_job(job).attribute())
            .select(Select::Count);
        let (mut counted, mut start) = (0_u64, None);
        loop {
            let left = i32::try_from(COUNTED_AT_MOST.saturating_sub(counted))?;
            let answer = query.clone().limit(left).set_exclusive_start_key(start).send().await?;
            counted += u64::from(answer.count().unsigned_abs());
            start = answer.last_evaluated_key;
            if start.is_none() || counted >= COUNTED_AT_MOST {
                return Ok(counted);
            }
        }
    }

    /// The jobs that entries of an index speak of, as they are now.
    async fn jobs_of(&self, entries: &[Item]) -> Result<Vec<Job>, Fault> {
        let rows = self.table.rows_of(entries).await?;
        Ok(row::readable(&rows, &self.layout))
    }
}
