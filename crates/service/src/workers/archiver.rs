//! Moves free users' results to cold storage.
//!
//! The row says what is under way before it is done: the copy's name before the copy is made, the copy before the
//! hot result is deleted. A crash at any instant leaves a row from which the next archiver goes on, and an upgrade
//! at any instant is noticed before the copy is recorded, or brings the result back afterwards.

use std::convert::Infallible;

use anyhow::Context as _;
use tokio::time;

use super::{
    Environment, Handled,
    row::{Changed, change},
    settle::{call_archiver, discard_copy, settle, stays_hot},
};
use crate::{
    failpoint,
    id::{ArchiveId, JobId},
    job::{Job, Refusal, ResultFile, ResultPlace},
    message::Message,
};

/// Archives the job's result if it is due and the owner's plan, as it is now, wants that.
pub(super) async fn archive(environment: &Environment, job_id: JobId) -> anyhow::Result<Handled> {
    let found = environment.ports.jobs.find(job_id).await.context("reading the job")?;
    let Some(job) = found.filter(|job| !job.deleted) else { return Ok(Handled::Done) };
    match job.result_place {
        Some(ResultPlace::Hot) => archive_hot(environment, job).await?,
        Some(ResultPlace::Archiving) if job.results_file_archive_id.is_some() => {
            resume(environment, &job).await?;
        }
        Some(ResultPlace::Archiving) => take_over(environment, &job).await?,
        _ => {}
    }
    Ok(Handled::Done)
}

async fn archive_hot(environment: &Environment, job: Job) -> anyhow::Result<()> {
    if job.archive_at.is_none() || stays_hot(environment, &job).await? {
        settle(environment, job.job_id).await?;
        return Ok(());
    }
    if !is_due(environment, &job) {
        // A queue cannot hold a message back for ever; this one came before its time.
        return call_archiver(environment, &job).await;
    }
    let Some(job) = discard_copy(environment, job).await? else { return Ok(()) };
    let archive = ArchiveId::generate(job.job_id);
    let Some(job) = begin(environment, &job, &archive).await? else { return Ok(()) };
    failpoint::reached("archiver.begun");
    let Some(result) = &job.result else { return Ok(()) };
    let copied = tokio::select! {
        copied = copy(environment, result, &archive) => copied,
        never = keep_lease(environment, job.job_id, &archive) => match never {},
    };
    if let Err(error) = copied {
        let patience = environment.settings.workers.patience;
        change(environment, job.job_id, |row| {
            let now = environment.now();
            Ok(copying(row, &archive)?.abandon_archiving(now)?.attend(Some(now + patience)))
        })
        .await?;
        return Err(error);
    }
    failpoint::reached("archiver.stored");
    record(environment, &job, &archive).await
}

fn is_due(environment: &Environment, job: &Job) -> bool {
    job.archive_at.is_some_and(|due| due <= environment.now())
}

/// The row as it is, if it still says that this very copy is being made.
fn copying<'j>(row: &'j Job, archive: &ArchiveId) -> Result<&'j Job, Refusal> {
    match &row.discard_archive_id {
        Some(intended) if intended == archive => Ok(row),
        _ => Err(Refusal::Place(row.result_place)),
    }
}

async fn begin(environment: &Environment, job: &Job, archive: &ArchiveId) -> anyhow::Result<Option<Job>> {
    let lease = environment.settings.workers.archive_lease;
    let begun = change(environment, job.job_id, |row| {
        // An upgrade may have taken the date away since it was read.
        if !is_due(environment, row) {
            return Err(Refusal::Place(row.result_place));
        }
        row.begin_archiving(archive.clone(), environment.now(), lease)
    });
    match begun.await? {
        Changed::Written(job) => Ok(Some(*job)),
        Changed::Refused(refusal, _) => {
            tracing::info!(job_id = %job.job_id, %refusal, "not archived");
            Ok(None)
        }
        Changed::Gone => Ok(None),
    }
}

async fn copy(environment: &Environment, result: &ResultFile, archive: &ArchiveId) -> anyhow::Result<()> {
    let bytes = environment.ports.objects.open(&result.file, 0).await.context("reading the result")?;
    let stored = environment.ports.cold.store(archive, bytes, &result.file.sha256).await;
    stored.context("storing the result in cold storage")
}

/// Renews the lease while a copy is made, however long that takes; otherwise the next archiver would call it off,
/// begin anew, and be called off in turn. A copy that is no longer wanted is left to come to its end: who called it
/// off deletes what there was of it, and this archiver what came later.
async fn keep_lease(environment: &Environment, job_id: JobId, archive: &ArchiveId) -> Infallible {
    let lease = environment.settings.workers.archive_lease;
    loop {
        time::sleep(lease / 3).await;
        let kept = change(environment, job_id, |row| row.keep_archiving(archive, environment.now(), lease));
        match kept.await {
            Ok(Changed::Written(_)) => {}
            Ok(Changed::Refused(..) | Changed::Gone) => return std::future::pending().await,
            Err(error) => {
                tracing::warn!(%job_id, error = format!("{error:#}"), "keeping the archiver's lease failed");
            }
        }
    }
}

/// Records the copy, unless the owner is premium by now; then has the hot one go.
async fn record(environment: &Environment, job: &Job, archive: &ArchiveId) -> anyhow::Result<()> {
    if stays_hot(environment, job).await? {
        tracing::info!(job_id = %job.job_id, "the owner is premium after all; the result stays");
        let abandoned = change(environment, job.job_id, |row| {
            copying(row, archive)?.abandon_archiving(environment.now())
        });
        return give_back(environment, abandoned.await?, archive).await;
    }
    match change(environment, job.job_id, |row| row.record_archive(archive)).await? {
        Changed::Written(job) => {
            failpoint::reached("archiver.recorded");
            let_go(environment, &job).await
        }
        // It landed, though another's change on top of it made it look lost.
        Changed::Refused(_, job) if job.results_file_archive_id.as_ref() == Some(archive) => {
            resume(environment, &job).await
        }
        lost => give_back(environment, lost, archive).await,
    }
}

/// The copy is not wanted: removes it, and lets the result stay where the plan wants it.
async fn give_back(environment: &Environment, abandoned: Changed, archive: &ArchiveId) -> anyhow::Result<()> {
    match abandoned {
        Changed::Written(job) | Changed::Refused(_, job)
            if job.discard_archive_id.as_ref() == Some(archive) && !job.deleted =>
        {
            let job_id = job.job_id;
            discard_copy(environment, *job).await?;
            settle(environment, job_id).await?;
        }
        // Given up on by another, or deleted with its job: the copy is nobody's.
        _ => environment.ports.cold.delete(archive).await.context("deleting a superfluous cold copy")?,
    }
    Ok(())
}

/// The copy is recorded: deletes the hot result and tells the owner.
async fn let_go(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let Some(result) = &job.result else { return Ok(()) };
    let file = &result.file;
    environment.ports.objects.delete(file.bucket, &file.key).await.context("deleting the hot result")?;
    failpoint::reached("archiver.deleted");
    let message = Message::ResultArchived { job_id: job.job_id };
    environment
        .send(&message, job.user_id, std::time::Duration::ZERO)
        .await
        .context("telling of the archive")?;
    failpoint::reached("archiver.told");
    change(environment, job.job_id, |row| row.finish_archiving(environment.now())).await?;
    failpoint::reached("archiver.archived");
    metrics::counter!("gas_results_archived_total").increment(1);
    tracing::info!(job_id = %job.job_id, "result archived");
    bring_back_if_premium(environment, job.job_id).await
}

/// An upgrade that found the copy half made could not bring the result back; it is done now. Otherwise the sweeper's
/// look moves to when something is next due.
pub(super) async fn bring_back_if_premium(environment: &Environment, job_id: JobId) -> anyhow::Result<()> {
    let Some(job) = environment.ports.jobs.find(job_id).await.context("reading the job")? else {
        return Ok(());
    };
    if !stays_hot(environment, &job).await? {
        settle(environment, job_id).await?;
        return Ok(());
    }
    super::restorer::announce(environment, &job).await
}

/// Goes on where an archiver died after the copy was recorded.
async fn resume(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let lease = environment.settings.workers.archive_lease;
    let resumed = change(environment, job.job_id, |row| row.resume_archiving(environment.now(), lease));
    match resumed.await? {
        Changed::Written(job) => let_go(environment, &job).await,
        Changed::Refused(..) | Changed::Gone => Ok(()),
    }
}

/// Begins anew where an archiver died while it made the copy. The former one can then no longer record its copy.
async fn take_over(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let taken = change(environment, job.job_id, |row| match row.lease_until {
        Some(until) if until > environment.now() => Err(Refusal::Leased(until)),
        _ => row.abandon_archiving(environment.now()),
    });
    match taken.await? {
        Changed::Written(job) => Box::pin(archive_hot(environment, *job)).await,
        Changed::Refused(..) | Changed::Gone => Ok(()),
    }
}
