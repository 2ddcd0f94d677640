//! What a plan allows at most, what a user has of it, and what a job adds.

use jiff::{SignedDuration, Timestamp};

use crate::{
    job::{Job, JobStatus, ResultPlace, StoredFile},
    plan::Allowance,
};

/// What a user may have at most; none is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Jobs that have not ended.
    pub jobs_at_once: Option<u64>,
    /// Jobs accepted within one day of UTC. Deleting one does not give it back.
    pub jobs_per_day: Option<u64>,
    /// Bytes of files of jobs that are not deleted.
    pub stored_bytes: Option<u64>,
}

/// What a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Jobs that have not ended.
    pub jobs_at_once: u64,
    /// Jobs accepted since the day of UTC began.
    pub jobs_today: u64,
    /// Bytes of inputs, results, logs and summaries of jobs that are not deleted, wherever they lie.
    pub stored_bytes: u64,
}

/// What is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Quota::jobs_at_once`].
    JobsAtOnce,
    /// [`Quota::jobs_per_day`].
    JobsPerDay,
    /// [`Quota::stored_bytes`].
    StoredBytes,
}

/// A job that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverQuota {
    /// What is used up.
    pub limit: Limit,
    /// What its owner has without it.
    pub usage: Usage,
}

impl Quota {
    /// No limit at all.
    pub const UNLIMITED: Self = Self { jobs_at_once: None, jobs_per_day: None, stored_bytes: None };

    /// What that plan allows.
    pub fn of(allowance: &Allowance) -> Self {
        Self {
            jobs_at_once: allowance.max_jobs_at_once,
            jobs_per_day: allowance.max_jobs_per_day,
            stored_bytes: allowance.max_stored.map(|size| size.as_u64()),
        }
    }

    /// Which limit one more job whose input has so many bytes would break, if any. That of jobs at once comes last, as it
    /// is the one that passes soonest.
    pub fn broken_by(&self, usage: &Usage, input_bytes: u64) -> Option<Limit> {
        let over = |limit: Option<u64>, then: u64| limit.is_some_and(|limit| then > limit);
        if over(self.stored_bytes, usage.stored_bytes.saturating_add(input_bytes)) {
            Some(Limit::StoredBytes)
        } else if over(self.jobs_per_day, usage.jobs_today + 1) {
            Some(Limit::JobsPerDay)
        } else if over(self.jobs_at_once, usage.jobs_at_once + 1) {
            Some(Limit::JobsAtOnce)
        } else {
            None
        }
    }

    /// How many bytes are left; none is no limit.
    pub fn bytes_left(&self, usage: &Usage) -> Option<u64> {
        self.stored_bytes.map(|limit| limit.saturating_sub(usage.stored_bytes))
    }
}

/// What a job adds to its owner's [`Usage`], as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// It waits for an annotator.
    pub pending: bool,
    /// It has not ended.
    pub unfinished: bool,
    /// Bytes of its files.
    pub stored_bytes: u64,
}

impl Job {
    /// What it adds to what its owner has. A deleted job adds nothing, though its files are yet to be swept away; nor
    /// does a result that cold storage has lost.
    pub fn charge(&self) -> Charge {
        if self.deleted {
            return Charge::default();
        }
        let result = self.result.as_ref().filter(|_| self.result_place != Some(ResultPlace::Expired));
        let files = [
            self.input.as_ref(),
            result.map(|result| &result.file),
            self.log.as_ref(),
            self.summary.as_ref(),
        ];
        Charge {
            pending: self.job_status == JobStatus::Pending,
            unfinished: !self.job_status.is_final(),
            stored_bytes: files.into_iter().flatten().map(|file: &StoredFile| file.size).sum(),
        }
    }
}

const SECONDS_OF_DAY: i64 = 86_400;

/// The day of UTC: how many have passed since 1970.
pub fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_OF_DAY)
}

/// When the next day of UTC begins.
pub fn next_day(at: Timestamp) -> Timestamp {
    Timestamp::from_second((day(at) + 1).saturating_mul(SECONDS_OF_DAY)).unwrap_or(Timestamp::MAX)
}

/// How long it is until the next day of UTC begins, in whole seconds.
pub fn until_next_day(at: Timestamp) -> SignedDuration {
    SignedDuration::from_secs(SECONDS_OF_DAY - at.as_second().rem_euclid(SECONDS_OF_DAY))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const QUOTA: Quota = Quota { jobs_at_once: Some(2), jobs_per_day: Some(5), stored_bytes: Some(100) };

    #[rstest]
    #[case::all_fits(1, 4, 90, 10, None)]
    #[case::too_many_at_once(2, 4, 90, 10, Some(Limit::JobsAtOnce))]
    #[case::too_many_today(2, 5, 90, 10, Some(Limit::JobsPerDay))]
    #[case::a_byte_too_many(0, 0, 90, 11, Some(Limit::StoredBytes))]
    #[case::more_than_allowed_already(0, 0, 200, 0, Some(Limit::StoredBytes))]
    fn a_limit_may_be_reached_but_not_passed(
        #[case] jobs_at_once: u64,
        #[case] jobs_today: u64,
        #[case] stored_bytes: u64,
        #[case] more: u64,
        #[case] expected: Option<Limit>,
    ) {
        let usage = Usage { jobs_at_once, jobs_today, stored_bytes };
        assert_eq!(QUOTA.broken_by(&usage, more), expected);
        assert_eq!(Quota::UNLIMITED.broken_by(&usage, u64::MAX), None);
    }

    #[rstest]
    #[case("1970-01-01T00:00:00Z", 0, 86_400)]
    #[case("2026-11-26T23:59:59.5Z", 20_783, 1)]
    #[case("2026-11-27T00:00:00Z", 20_784, 86_400)]
    fn days_are_those_of_utc(#[case] at: Timestamp, #[case] expected: i64, #[case] left: i64) {
        assert_eq!((day(at), until_next_day(at).as_secs()), (expected, left));
    }
}
