//! What is printed, as lines or as JSON.

use gas_service::{
    account::User,
    job::{Failure, Job, JobStatus, ResultPlace},
    ports::AuditEvent,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::terminal;

/// A job as those who look after the service see it: not its files, nor what is in them.
#[derive(Serialize)]
pub(super) struct JobShown<'a> {
    job_id: String,
    user_id: String,
    user_email: String,
    input_file_name: String,
    reference: &'a str,
    job_status: JobStatus,
    attempt: u32,
    submit_time: Timestamp,
    start_time: Option<Timestamp>,
    complete_time: Option<Timestamp>,
    lease_until: Option<Timestamp>,
    attend_at: Option<Timestamp>,
    result_place: Option<ResultPlace>,
    archive_at: Option<Timestamp>,
    retrieval_expected: Option<Timestamp>,
    failure: Option<&'a Failure>,
}

impl<'a> JobShown<'a> {
    pub(super) fn of(job: &'a Job) -> Self {
        Self {
            job_id: job.job_id.to_string(),
            user_id: job.user_id.to_string(),
            user_email: job.user_email.to_string(),
            input_file_name: job.input_file_name.to_string(),
            reference: &job.reference,
            job_status: job.job_status,
            attempt: job.attempt,
            submit_time: job.submit_time,
            start_time: job.start_time,
            complete_time: job.complete_time,
            lease_until: job.lease_until,
            attend_at: job.attend_at,
            result_place: job.result_place,
            archive_at: job.archive_at,
            retrieval_expected: job.retrieval.as_ref().map(|retrieval| retrieval.expected),
            failure: job.failure.as_ref(),
        }
    }
}

/// Prints something as JSON.
pub(super) fn json(what: &impl Serialize) -> anyhow::Result<()> {
    Ok(terminal::line(&serde_json::to_string_pretty(what)?)?)
}

/// A job in one line.
pub(super) fn job_line(job: &Job) -> String {
    let place = job.result_place.map_or("-", ResultPlace::as_str);
    format!(
        "{}  {}  {:9}  {place:9}  {}  {}",
        job.job_id,
        moment(job.submit_time),
        job.job_status.as_str(),
        job.user_email,
        plain(job.input_file_name.as_str())
    )
}

/// A user in one line.
pub(super) fn user_line(user: &User) -> String {
    let role = if user.admin { "admin" } else { user.plan.as_str() };
    format!("{}  {}  {role:12}  {}", user.user_id, moment(user.created), user.user_email)
}

/// An event in one line.
pub(super) fn event_line(event: &AuditEvent) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    format!(
        "{}  {}  by {}  upon {}  job {}  {}",
        moment(event.at),
        event.action,
        event.by,
        or_none(event.user_id.map(|user| user.to_string())),
        or_none(event.job_id.map(|job| job.to_string())),
        plain(&event.detail)
    )
}

/// A time to the second.
pub(super) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Text of strangers, without what could steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_steered_by_strangers() {
        assert_eq!(plain("a\u{1b}[2J\nb 🧬"), "a\u{fffd}[2J\u{fffd}b 🧬");
    }
}
