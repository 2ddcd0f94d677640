//! Puts back what cold storage gave.

use std::time::Duration;

use anyhow::Context as _;

use super::{
    Environment, Handled,
    restorer::lose,
    row::{Changed, change},
    settle::{discard_copy, settle},
};
use crate::{
    failpoint,
    id::{ArchiveId, JobId, RetrievalId},
    job::{Job, Refusal, ResultFile, ResultPlace},
    message::Message,
    ports::{BoxRead, ColdStorageError},
};

/// Puts the result back under the key that it had, and lets the cold copy go.
pub(super) async fn thaw(
    environment: &Environment,
    archive: &ArchiveId,
    retrieval: &RetrievalId,
) -> anyhow::Result<Handled> {
    let found = environment.ports.jobs.find_by_archive(archive).await.context("finding the archive's job")?;
    let Some(job) = found.filter(|job| is_thawing(job, archive)) else {
        tracing::info!(%archive, "a retrieval that nobody waits for");
        return Ok(Handled::Done);
    };
    let Some(result) = &job.result else { return Ok(Handled::Done) };
    let bytes = match environment.ports.cold.open_retrieved(retrieval, environment.now()).await {
        Ok(bytes) => bytes,
        Err(ColdStorageError::NoSuchArchive(_)) => {
            lose(environment, job.job_id, archive).await?;
            return Ok(Handled::Done);
        }
        Err(ColdStorageError::NotReady(_)) if is_superseded(&job, retrieval) => {
            tracing::info!(%archive, %retrieval, "a retrieval that came too late; another is under way");
            return Ok(Handled::Done);
        }
        // Not ready, or gone again: should it never be ready, the sweeper has it started anew.
        Err(error) => return Err(error).context("reading what was retrieved"),
    };
    put_back(environment, result, bytes).await?;
    failpoint::reached("thawer.stored");
    finish(environment, &job, archive).await?;
    Ok(Handled::Done)
}

fn is_thawing(job: &Job, archive: &ArchiveId) -> bool {
    !job.deleted
        && job.result_place == Some(ResultPlace::Thawing)
        && job.results_file_archive_id.as_ref() == Some(archive)
}

/// Whether another retrieval was started since, whose end will be told as well. Those of one archive may share a name.
fn is_superseded(job: &Job, retrieval: &RetrievalId) -> bool {
    job.retrieval.as_ref().is_some_and(|present| present.retrieval_id != *retrieval)
}

async fn put_back(environment: &Environment, result: &ResultFile, bytes: BoxRead) -> anyhow::Result<()> {
    let (bucket, key) = (result.file.bucket, &result.file.key);
    let stored = environment.ports.objects.put(bucket, key, bytes, Some(result.file.size)).await;
    let stored = stored.context("putting the result back")?;
    if stored.sha256 == result.file.sha256 {
        return Ok(());
    }
    environment.ports.objects.delete(bucket, key).await.context("removing a damaged result")?;
    anyhow::bail!("cold storage gave back bytes with checksum {}, not {}", stored.sha256, result.file.sha256)
}

async fn finish(environment: &Environment, job: &Job, archive: &ArchiveId) -> anyhow::Result<()> {
    let row = environment.ports.jobs.find(job.job_id).await.context("reading the job")?;
    if !row.as_ref().is_some_and(|row| is_thawing(row, archive)) {
        return tidy(environment, job, row.as_ref()).await;
    }
    let message = Message::ResultRestored { job_id: job.job_id };
    environment
        .send(&message, job.user_id, Duration::ZERO)
        .await
        .context("telling of the restored result")?;
    failpoint::reached("thawer.told");
    let thawed = change(environment, job.job_id, |row| {
        if is_thawing(row, archive) {
            row.finish_thawing(environment.now())
        } else {
            Err(Refusal::Place(row.result_place))
        }
    });
    match thawed.await? {
        Changed::Written(job) => {
            failpoint::reached("thawer.thawed");
            clear_away(environment, *job).await
        }
        Changed::Refused(_, row) => tidy(environment, job, Some(&row)).await,
        Changed::Gone => tidy(environment, job, None).await,
    }
}

async fn clear_away(environment: &Environment, job: Job) -> anyhow::Result<()> {
    let job_id: JobId = job.job_id;
    metrics::counter!("gas_results_restored_total").increment(1);
    tracing::info!(%job_id, "result restored");
    discard_copy(environment, job).await?;
    failpoint::reached("thawer.discarded");
    // If the owner is free again, the result goes to the archive anew.
    settle(environment, job_id).await?;
    Ok(())
}

/// Another was quicker, or the job was deleted: removes what was put back, if the row says that it lies elsewhere.
async fn tidy(environment: &Environment, job: &Job, row: Option<&Job>) -> anyhow::Result<()> {
    let wanted = row.is_some_and(|row| {
        let gone = row.results_file_archive_id.is_some() && row.result_place != Some(ResultPlace::Thawing);
        !row.deleted && !gone && row.result_place != Some(ResultPlace::Expired)
    });
    if let Some(result) = job.result.as_ref().filter(|_| !wanted) {
        let file = &result.file;
        environment
            .ports
            .objects
            .delete(file.bucket, &file.key)
            .await
            .context("removing a result put back in vain")?;
    }
    Ok(())
}
