//! Removes all that there is of a job that its owner deleted.

use anyhow::Context as _;

use super::super::{Environment, annotator::remove_outcome, row::change};
use crate::job::{Bucket, Job, ObjectKey};

/// Deletes files and cold copies first and the row last, so that a crash leaves a row to go on from. By the names
/// that the files would have: what was stored but not yet written into the row goes, too. While a worker may still store
/// something the row stays, and all is deleted once more when its lease is over.
pub(in crate::workers) async fn erase(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let input = ObjectKey::of_job(job.user_id, job.job_id, &job.input_file_name);
    environment.ports.objects.delete(Bucket::Inputs, &input).await.context("removing the input")?;
    remove_outcome(environment, job, None).await?;
    for archive in [&job.results_file_archive_id, &job.discard_archive_id].into_iter().flatten() {
        environment.ports.cold.delete(archive).await.context("removing a cold copy")?;
    }
    if let Some(until) = job.lease_until.filter(|until| *until > environment.now()) {
        change(environment, job.job_id, |row| Ok(row.attend(Some(until)))).await?;
        return Ok(());
    }
    environment.ports.jobs.purge(job.job_id).await.context("removing the row")?;
    tracing::info!(job_id = %job.job_id, "deleted job removed");
    Ok(())
}
