//! Finding jobs by the indexes.
//!
//! An index may lag behind the table. It says which rows to read; what is given back was read by key afterwards, and
//! is left out if it no longer belongs there. What lag remains: a job made this instant may be missing from a list
//! for a moment, and one that has become overdue is attended to in the next round.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};
use futures::future::try_join_all;
use gas_service::{
    id::{ArchiveId, UserId},
    job::{Job, JobStatus, ResultPlace},
    ports::{Page, Wanted},
};
use jiff::Timestamp;

use super::{
    DynamoJobStore,
    counts::STATES,
    position::Position,
    row::{self, ATTEND_AT, ATTEND_STATE, JOB_STATUS, ON_THE_WAY, PENDING, SUBMITTED, on_the_way},
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
        // One more than asked for tells whether there is a next page.
        let mut entries = first_entries(behind(query, position), limit.saturating_add(1)).await?;
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
        let states = STATES.map(JobStatus::as_str).into_iter().chain(ON_THE_WAY.map(ResultPlace::as_str));
        let found = try_join_all(states.map(|state| self.attended_in(state, Some(now), limit))).await?;
        let mut jobs = self.first_attended(found, limit).await?;
        jobs.retain(|job| job.attend_at.is_some_and(|at| at <= now));
        Ok(jobs)
    }

    /// Jobs whose results are on their way, those first that must be attended to first. None that a former version
    /// wrote before the way was a list: they come with their next change.
    pub(super) async fn moving(&self, limit: u32) -> Result<Vec<Job>, Fault> {
        let places = ON_THE_WAY.map(ResultPlace::as_str);
        let found = try_join_all(places.map(|place| self.attended_in(place, None, limit))).await?;
        let mut jobs = self.first_attended(found, limit).await?;
        jobs.retain(|job| on_the_way(job).is_some());
        Ok(jobs)
    }

    /// Entries of one list of the index `attend`, those first that must be attended to first; none later than `until`.
    async fn attended_in(
        &self,
        state: &str,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Item>, Fault> {
        let query = self.table.look_up("attend", ATTEND_STATE, text(state));
        let query = match until {
            None => query.key_condition_expression("#hash = :hash"),
            Some(until) => query
                .key_condition_expression(format!("#hash = :hash AND {ATTEND_AT} <= :until"))
                .expression_attribute_values(":until", time(until)),
        };
        first_entries(query, limit).await
    }

    /// The jobs of several such lists, in their order.
    async fn first_attended(&self, lists: Vec<Vec<Item>>, limit: u32) -> Result<Vec<Job>, Fault> {
        let mut entries = lists.into_iter().flatten().collect::<Vec<_>>();
        entries.sort_by_key(|entry| Attributes(entry).time(ATTEND_AT).unwrap_or_default());
        entries.truncate(usize::try_from(limit)?);
        let mut jobs = self.jobs_of(&entries).await?;
        jobs.sort_by_key(|job| job.attend_at);
        Ok(jobs)
    }

    /// Jobs of all users behind `position`, newest first: the lists of all states, made one.
    pub(super) async fn across_users(
        &self,
        wanted: Wanted,
        position: Option<Position>,
        limit: u32,
    ) -> Result<Page<Job>, Fault> {
        let states = match wanted {
            Wanted::All => STATES.to_vec(),
            Wanted::InState(state) => vec![state],
        };
        let wanted = limit.saturating_add(1);
        let lists = states.iter().map(|state| self.submitted_in(*state, position, wanted));
        let mut entries = try_join_all(lists).await?.into_iter().flatten().collect::<Vec<_>>();
        let place = |entry: &Item| Attributes(entry).text_if(SUBMITTED).map(str::to_owned);
        entries.sort_by_key(|entry| std::cmp::Reverse(place(entry)));
        // A job that moves from one state to another may be met in both.
        entries.dedup_by_key(|entry| place(entry));
        let limit = usize::try_from(limit)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| more).and_then(place);
        let next = last.as_deref().and_then(Position::of_attribute).map(Position::to_cursor);
        let mut items = self.jobs_of(&entries).await?;
        items.retain(|job| !job.deleted && states.contains(&job.job_status));
        Ok(Page { items, next })
    }

    async fn submitted_in(
        &self,
        state: JobStatus,
        position: Option<Position>,
        limit: u32,
    ) -> Result<Vec<Item>, Fault> {
        let query = self.table.look_up("job_status-submit_time", JOB_STATUS, text(state.as_str()));
        first_entries(behind(query, position).scan_index_forward(false), limit).await
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
        Ok(self.table.readable(&rows, |row| row::job(row, &self.layout)))
    }
}

/// Entries of an index ordered by submission, behind `position`.
fn behind(query: QueryFluentBuilder, position: Option<Position>) -> QueryFluentBuilder {
    match position {
        None => query.key_condition_expression("#hash = :hash"),
        Some(position) => query
            .key_condition_expression(format!("#hash = :hash AND {SUBMITTED} < :position"))
            .expression_attribute_values(":position", position.attribute()),
    }
}
