//! What an ended job still waits for: its archive's date by the owner's plan, and the sweeper's next look.

use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;

use super::{
    Environment,
    row::{Changed, change},
};
use crate::{
    id::JobId,
    job::{Job, JobStatus, Refusal, ResultPlace},
    message::Message,
    plan::{Allowance, Plan},
};

/// The owner's plan as it is now; never a copy of it.
pub(super) async fn plan_of(environment: &Environment, job: &Job) -> anyhow::Result<Plan> {
    let owner = environment.ports.accounts.user(job.user_id).await.context("reading the owner's plan")?;
    Ok(owner.map_or(Plan::FreeUser, |owner| owner.plan))
}

/// What the owner's plan allows, as it is now.
pub(super) async fn allowance_of<'e>(
    environment: &'e Environment,
    job: &Job,
) -> anyhow::Result<&'e Allowance> {
    Ok(environment.settings.plans.of(plan_of(environment, job).await?))
}

/// Whether results of that owner stay hot.
pub(super) async fn stays_hot(environment: &Environment, job: &Job) -> anyhow::Result<bool> {
    Ok(allowance_of(environment, job).await?.retention.is_none())
}

/// Gives an ended job the archive's date that the owner's plan wants, has the archiver called for that date, and
/// moves the sweeper's look to when something is next due. Does nothing for other jobs.
pub(super) async fn settle(environment: &Environment, job_id: JobId) -> anyhow::Result<Option<Job>> {
    let Some(job) = environment.ports.jobs.find(job_id).await.context("reading the job")? else {
        return Ok(None);
    };
    match change_and_settle(environment, &job, |job| Ok(job.clone())).await? {
        Changed::Written(settled) => Ok(Some(*settled)),
        Changed::Refused(..) | Changed::Gone => Ok(None),
    }
}

/// Makes a change to the job that was read as `before`, and settles it in the same write.
///
/// The plan is read before the write, to decide, and once more after it: a plan that changes later than that finds
/// the row as it is now, and one that changed in between is followed at once.
pub(super) async fn change_and_settle(
    environment: &Environment,
    before: &Job,
    decide: impl Fn(&Job) -> Result<Job, Refusal> + Send + Sync,
) -> anyhow::Result<Changed> {
    let allowance = allowance_of(environment, before).await?;
    let (now, patience) = (environment.now(), environment.settings.workers.patience);
    let changed =
        change(environment, before.job_id, |job| Ok(settled(&decide(job)?, allowance, now, patience)))
            .await?;
    if let Changed::Written(job) = &changed {
        if job.archive_at.is_some() && job.archive_at != before.archive_at {
            call_archiver(environment, job).await?;
        }
        if allowance_of(environment, job).await?.retention != allowance.retention {
            Box::pin(settle(environment, job.job_id)).await?;
        }
    }
    Ok(changed)
}

/// Sends the archiver's message for the date that is set.
pub(super) async fn call_archiver(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let due = job.archive_at.unwrap_or(environment.now());
    let delay = Duration::try_from(due.duration_since(environment.now())).unwrap_or_default();
    let message = Message::Archive { job_id: job.job_id };
    environment.send(&message, job.user_id, delay).await.context("calling the archiver")
}

/// Deletes a cold copy that is not, or no longer, wanted, and notes that it is gone. Gives the job as it is then.
pub(super) async fn discard_copy(environment: &Environment, job: Job) -> anyhow::Result<Option<Job>> {
    let Some(archive) = job.discard_archive_id.clone() else { return Ok(Some(job)) };
    if job.result_place == Some(ResultPlace::Archiving) {
        return Ok(Some(job));
    }
    environment.ports.cold.delete(&archive).await.context("deleting a superfluous cold copy")?;
    match change(environment, job.job_id, |job| job.note_archive_discarded(&archive)).await? {
        Changed::Written(job) | Changed::Refused(_, job) => Ok(Some(*job)),
        Changed::Gone => Ok(None),
    }
}

/// The job as it shall be, by the plan.
fn settled(job: &Job, allowance: &Allowance, now: Timestamp, patience: Duration) -> Job {
    if job.deleted || !job.job_status.is_final() {
        return job.clone();
    }
    let archive_at = wanted_archive_at(job, allowance, now);
    let dated = job.schedule_archive(archive_at).unwrap_or_else(|_| job.clone());
    let next = next_look(&dated, allowance, now, patience);
    dated.attend(next)
}

/// When the result is to be archived: at the date that is set, else when its retention is over, else never.
fn wanted_archive_at(job: &Job, allowance: &Allowance, now: Timestamp) -> Option<Timestamp> {
    let retention = allowance.retention?;
    let completed = job.complete_time.unwrap_or(now);
    Some(job.archive_at.unwrap_or_else(|| (completed + retention).max(now)))
}

/// When the sweeper must look at an ended job next; none is never.
fn next_look(job: &Job, allowance: &Allowance, now: Timestamp, patience: Duration) -> Option<Timestamp> {
    if matches!(job.result_place, Some(ResultPlace::Archiving | ResultPlace::Thawing)) {
        return job.attend_at;
    }
    let mail = (!job.end_mailed).then_some(now + patience);
    let discard = job.discard_archive_id.is_some().then_some(now + patience);
    let archive = job.archive_at.filter(|_| job.result_place == Some(ResultPlace::Hot));
    let archive = archive.map(|due| due.max(now) + patience);
    [mail, discard, archive, input_ends(job, allowance)].into_iter().flatten().min()
}

/// When the input has been kept long enough; none while it is kept as long as the job.
pub(super) fn input_ends(job: &Job, allowance: &Allowance) -> Option<Timestamp> {
    job.input.as_ref()?;
    Some(job.complete_time? + allowance.input_retention?)
}

/// Whether the mail on the job's end is still to be sent.
pub(super) fn owes_mail(job: &Job) -> bool {
    !job.deleted && !job.end_mailed && matches!(job.job_status, JobStatus::Completed | JobStatus::Failed)
}
