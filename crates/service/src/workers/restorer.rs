//! Sends every result of a user where a changed plan wants it, and asks cold storage to give back.

use anyhow::Context as _;

use super::{
    Environment, Handled,
    row::{Changed, change},
    settle::{discard_copy, settle, stays_hot},
};
use crate::{
    failpoint,
    id::{ArchiveId, JobId, UserId},
    job::{Job, Refusal, ResultPlace, Retrieval, RetrievalTier},
    message::{Message, QueueName},
    ports::{ColdStorageError, JobPages},
};

/// Goes through all jobs of a user, however many.
pub(super) async fn follow_plan(environment: &Environment, user_id: UserId) -> anyhow::Result<Handled> {
    let mut pages = JobPages::of(&*environment.ports.jobs, user_id);
    while let Some(jobs) = pages.next().await.context("listing the user's jobs")? {
        let mut marked = Vec::new();
        for job in jobs {
            marked.extend(follow_plan_of_job(environment, job).await?);
        }
        call_restorer(environment, user_id, &marked).await?;
    }
    Ok(Handled::Done)
}

/// Gives the job if its result is to be fetched, for which it is marked.
async fn follow_plan_of_job(environment: &Environment, job: Job) -> anyhow::Result<Option<JobId>> {
    match job.result_place {
        Some(ResultPlace::Hot) => {
            settle(environment, job.job_id).await?;
            Ok(None)
        }
        Some(ResultPlace::Archiving) if stays_hot(environment, &job).await? => {
            call_off(environment, &job).await
        }
        Some(ResultPlace::Archived) if stays_hot(environment, &job).await? => {
            mark(environment, job.job_id).await
        }
        // A result on its way back is looked at anew when it arrives.
        _ => Ok(None),
    }
}

/// Stops an archiver that still copies: it can no longer record its copy. One that has recorded it goes on, and
/// looks at the plan again when it is done. Gives the job if its result is to be fetched after all.
async fn call_off(environment: &Environment, job: &Job) -> anyhow::Result<Option<JobId>> {
    match change(environment, job.job_id, |row| row.abandon_archiving(environment.now())).await? {
        Changed::Written(job) => {
            let job_id = job.job_id;
            discard_copy(environment, *job).await?;
            settle(environment, job_id).await?;
            Ok(None)
        }
        // It was quicker. If it has finished by now, its own look at the plan may have come before the change.
        Changed::Refused(_, job) if job.result_place == Some(ResultPlace::Archived) => {
            mark(environment, job.job_id).await
        }
        Changed::Refused(..) | Changed::Gone => Ok(None),
    }
}

/// Has an archived result fetched.
pub(super) async fn announce(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let marked = mark(environment, job.job_id).await?;
    call_restorer(environment, job.user_id, marked.as_slice()).await
}

/// Sets the sweeper's date of an archived result that is to be fetched, so that a message that gets lost is sent again.
/// Gives the job; none if the result is no longer there.
async fn mark(environment: &Environment, job_id: JobId) -> anyhow::Result<Option<JobId>> {
    let due = environment.now() + environment.settings.workers.patience;
    let marked = change(environment, job_id, |row| match row.result_place {
        Some(ResultPlace::Archived) if !row.deleted => Ok(row.attend(Some(due))),
        place => Err(Refusal::Place(place)),
    });
    let Changed::Written(_) = marked.await? else { return Ok(None) };
    failpoint::reached("restorer.marked");
    Ok(Some(job_id))
}

/// Sends the messages for jobs of that user that are marked.
async fn call_restorer(environment: &Environment, user: UserId, marked: &[JobId]) -> anyhow::Result<()> {
    if marked.is_empty() {
        return Ok(());
    }
    let messages: Vec<Message> = marked.iter().map(|job_id| Message::Restore { job_id: *job_id }).collect();
    let sent = environment.ports.queue.send_all(QueueName::JobRestore, &messages, Some(user)).await;
    sent.context("calling the restorer")?;
    failpoint::reached("restorer.announced");
    Ok(())
}

/// Asks cold storage to give the job's result back, if the owner's plan, as it is now, wants it hot.
pub(super) async fn restore(environment: &Environment, job_id: JobId) -> anyhow::Result<Handled> {
    let found = environment.ports.jobs.find(job_id).await.context("reading the job")?;
    let Some(job) = found.filter(|job| !job.deleted) else { return Ok(Handled::Done) };
    // One that is on its way back already comes back, whoever its owner is by then.
    let under_way = job.result_place == Some(ResultPlace::Thawing);
    if !under_way && !stays_hot(environment, &job).await? {
        settle(environment, job_id).await?;
        return Ok(Handled::Done);
    }
    let lease = environment.settings.workers.archive_lease;
    let begun = change(environment, job_id, |row| row.begin_thawing(environment.now(), lease)).await?;
    let Changed::Written(job) = begun else { return Ok(Handled::Done) };
    let Some(archive) = &job.results_file_archive_id else { return Ok(Handled::Done) };
    failpoint::reached("restorer.begun");
    start(environment, &job, archive).await?;
    Ok(Handled::Done)
}

async fn start(environment: &Environment, job: &Job, archive: &ArchiveId) -> anyhow::Result<()> {
    let patience = environment.settings.workers.patience;
    match start_retrieval(environment, archive).await {
        Ok(retrieval) => {
            failpoint::reached("restorer.started");
            tracing::info!(job_id = %job.job_id, tier = ?retrieval.tier, "retrieval started");
            change(environment, job.job_id, |row| row.record_retrieval(archive, retrieval.clone(), patience))
                .await?;
            failpoint::reached("restorer.recorded");
            Ok(())
        }
        Err(ColdStorageError::NoSuchArchive(archive)) => lose(environment, job.job_id, &archive).await,
        Err(error) => {
            // Let go, so that the message, when it comes again, finds the way free.
            change(environment, job.job_id, |row| row.release(environment.now(), patience)).await?;
            Err(error).context("starting a retrieval")
        }
    }
}

/// Fast if cold storage can, else as it can.
async fn start_retrieval(
    environment: &Environment,
    archive: &ArchiveId,
) -> Result<Retrieval, ColdStorageError> {
    let cold = &environment.ports.cold;
    match cold.start_retrieval(archive, RetrievalTier::Expedited, environment.now()).await {
        Err(ColdStorageError::NoExpeditedCapacity) => {
            cold.start_retrieval(archive, RetrievalTier::Standard, environment.now()).await
        }
        started => started,
    }
}

/// Cold storage does not know the copy any more. Nothing can bring it back; the owner sees that it has expired.
pub(super) async fn lose(
    environment: &Environment,
    job_id: JobId,
    archive: &ArchiveId,
) -> anyhow::Result<()> {
    tracing::error!(%job_id, %archive, "cold storage has lost a result");
    metrics::counter!("gas_results_lost_total").increment(1);
    change(environment, job_id, |row| match &row.results_file_archive_id {
        Some(recorded) if recorded == archive => row.expire(environment.now()),
        _ => Err(Refusal::Place(row.result_place)),
    })
    .await?;
    Ok(())
}
