//! The way of a job in stages, each with the time it took.

use gas_service::job::{Job, JobStatus};
use jiff::Timestamp;

use super::moment::{between, took};

/// A stage of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// `done`, `now`, `next` or `bad`.
    pub(crate) state: &'static str,
    /// The same for those who do not see it.
    pub(crate) state_word: &'static str,
    /// How long it took, or what it does.
    pub(crate) note: String,
}

impl Stage {
    fn new(name: &'static str, state: &'static str, note: String) -> Self {
        let state_word = match state {
            "done" => "done",
            "now" => "under way",
            "bad" => "stopped here",
            _ => "to come",
        };
        Self { name, state, state_word, note }
    }
}

/// The stages of a job as it stands.
pub(crate) fn stages(job: &Job, now: Timestamp) -> Vec<Stage> {
    vec![Stage::new("Uploaded", "done", String::new()), waiting(job, now), annotating(job, now), ready(job)]
}

fn waiting(job: &Job, now: Timestamp) -> Stage {
    // A job that is tried again waits again.
    let began = job.start_time.filter(|_| job.job_status != JobStatus::Pending);
    let until = began.or(job.complete_time).unwrap_or(now);
    let note = took(between(job.submit_time, until));
    let state = match (job.job_status, job.start_time) {
        (JobStatus::Pending, _) => "now",
        (JobStatus::Cancelled | JobStatus::Failed, None) => "bad",
        _ => "done",
    };
    Stage::new("Waiting", state, note)
}

fn annotating(job: &Job, now: Timestamp) -> Stage {
    let Some(began) = job.start_time.filter(|_| job.job_status != JobStatus::Pending) else {
        return Stage::new("Annotating", "next", String::new());
    };
    let note = took(between(began, job.complete_time.unwrap_or(now)));
    let state = match job.job_status {
        JobStatus::Running => "now",
        JobStatus::Failed | JobStatus::Cancelled => "bad",
        JobStatus::Pending | JobStatus::Completed => "done",
    };
    Stage::new("Annotating", state, note)
}

fn ready(job: &Job) -> Stage {
    match job.job_status {
        JobStatus::Completed => Stage::new("Ready", "done", String::new()),
        JobStatus::Failed => Stage::new("Ready", "next", "failed".to_owned()),
        JobStatus::Cancelled => Stage::new("Ready", "next", "cancelled".to_owned()),
        JobStatus::Pending | JobStatus::Running => Stage::new("Ready", "next", String::new()),
    }
}
