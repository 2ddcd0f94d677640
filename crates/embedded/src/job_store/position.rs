//! A place in the list of jobs, newest first.

use gas_service::{id::JobId, job::Job, ports::Cursor};

use crate::database::nanoseconds;

/// Where in the order of submission a job stands. Jobs of the same instant are told apart by their ids.
pub(super) struct Position {
    pub(super) submit_order: i64,
    pub(super) job_id: String,
}

impl Position {
    /// Before all jobs, in the order of lists.
    pub(super) const TOP: Self = Self { submit_order: i64::MAX, job_id: String::new() };

    pub(super) fn of_job(job: &Job) -> Self {
        Self { submit_order: nanoseconds(job.submit_time), job_id: job.job_id.to_string() }
    }

    /// The place that a cursor means, if it means one.
    pub(super) fn of_cursor(cursor: &Cursor) -> Option<Self> {
        let (order, job) = cursor.0.split_once('.')?;
        let submit_order = i64::from_str_radix(order, 16).ok()?;
        let job: JobId = job.parse().ok()?;
        Some(Self { submit_order, job_id: job.to_string() })
    }

    pub(super) fn to_cursor(&self) -> Cursor {
        Cursor(format!("{:x}.{}", self.submit_order, self.job_id))
    }
}
