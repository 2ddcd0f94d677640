//! The state of a job in one word, one icon and one sentence.

use gas_service::job::{Job, JobStatus, ResultPlace};

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    /// The word.
    pub(crate) word: &'static str,
    /// The icon, which says the same without colour.
    pub(crate) icon: &'static str,
    /// The tone of its colour.
    pub(crate) tone: &'static str,
}

impl Badge {
    /// The state of the work.
    pub(crate) fn of(job: &Job) -> Self {
        let (word, icon, tone) = match job.job_status {
            JobStatus::Pending => ("Waiting", "clock", "wait"),
            JobStatus::Running => ("Running", "play", "run"),
            JobStatus::Completed => ("Completed", "check", "good"),
            JobStatus::Failed => ("Failed", "cross", "bad"),
            JobStatus::Cancelled => ("Cancelled", "stop", "calm"),
        };
        Self { word, icon, tone }
    }

    /// Where the result is, when that is worth a word.
    pub(crate) fn of_place(job: &Job) -> Option<Self> {
        let (word, icon, tone) = match job.result_place? {
            ResultPlace::Hot => return None,
            ResultPlace::Archiving => ("Moving to the archive", "archive", "calm"),
            ResultPlace::Archived => ("Archived", "archive", "calm"),
            ResultPlace::Thawing => ("Being restored", "restore", "run"),
            ResultPlace::Expired => ("No longer kept", "stop", "calm"),
        };
        Some(Self { word, icon, tone })
    }
}

/// Whether something is on its way that the owner waits for.
pub(crate) fn is_moving(job: &Job) -> bool {
    let on_its_way = matches!(job.result_place, Some(ResultPlace::Archiving | ResultPlace::Thawing));
    !job.job_status.is_final() || on_its_way
}

/// What a page shows of a job's state, in short: when it differs, the page is out of date.
pub(crate) fn token(job: &Job) -> String {
    let place = job.result_place.map_or("none", ResultPlace::as_str);
    let retrieval = if job.retrieval.is_some() { "-asked" } else { "" };
    let timed = if job.archive_at.is_some() { "-timed" } else { "" };
    format!("{}-{place}{retrieval}{timed}-{}", job.job_status.as_str(), job.attempt)
}

/// The title of a job's page: the state first, as tabs show but the beginning.
pub(crate) fn title(job: &Job) -> String {
    let state = match (job.job_status, Badge::of_place(job)) {
        (JobStatus::Running, _) => format!("{} %", job.progress.percent()),
        (_, Some(place)) => place.word.to_owned(),
        _ => Badge::of(job).word.to_owned(),
    };
    format!("{state} – {}", job.input_file_name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pages::sample;

    #[test]
    fn titles_carry_the_state_and_tokens_change_with_it() {
        let waiting = sample::job("a.vcf");
        assert_eq!(title(&waiting), "Waiting – a.vcf");
        let running = waiting.claim(waiting.submit_time, Duration::from_mins(1)).unwrap();
        assert_eq!(title(&running), "0 % – a.vcf");
        assert_ne!(token(&waiting), token(&running));
        let mut archived = running.clone();
        archived.job_status = JobStatus::Completed;
        archived.result_place = Some(ResultPlace::Archived);
        assert_eq!(title(&archived), "Archived – a.vcf");
        assert!(is_moving(&running));
        assert!(!is_moving(&archived));
    }
}
