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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pages::sample;

    fn states(job: &Job, now: Timestamp) -> Vec<(&'static str, String)> {
        stages(job, now).into_iter().map(|stage| (stage.state, stage.note)).collect()
    }

    #[test]
    fn the_way_is_told_as_it_goes() {
        let waiting = sample::job("a.vcf");
        let later = |seconds| waiting.submit_time + Duration::from_secs(seconds);
        let text = |text: &str| text.to_owned();
        let none = String::new;
        assert_eq!(
            states(&waiting, later(5)),
            [("done", none()), ("now", text("5.0 s")), ("next", none()), ("next", none())]
        );
        let running = waiting.claim(later(10), Duration::from_mins(1)).unwrap();
        assert_eq!(states(&running, later(12))[1..3], [("done", text("10 s")), ("now", text("2.0 s"))]);
        let again = running.hand_back(running.attempt, later(20), Duration::from_mins(1)).unwrap();
        assert_eq!(states(&again, later(30))[1..3], [("now", text("30 s")), ("next", none())]);
        let cancelled = running.cancel(later(13)).unwrap();
        assert_eq!(states(&cancelled, later(99))[2..], [("bad", text("3.0 s")), ("next", text("cancelled"))]);
    }
}
