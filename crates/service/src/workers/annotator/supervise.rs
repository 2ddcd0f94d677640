//! Watches over an attempt: keeps its lease, shows its progress, and notices when it is to end.

use std::time::{Duration, Instant};

use tokio::{sync::watch, time};

use super::super::{
    Environment,
    row::{Changed, change},
};
use crate::job::{Job, JobStatus, Progress};

/// How often progress is written, and how soon a cancellation is noticed.
const PACE: Duration = Duration::from_millis(500);

/// Why an attempt is cut short.
pub(super) enum CutShort {
    /// The job was cancelled, deleted, or taken over by another attempt.
    Lost,
    /// The process is to stop.
    Stopped,
}

/// Returns when the attempt is to be cut short, and never otherwise.
pub(super) async fn supervise(
    environment: &Environment,
    job: &Job,
    progress: &watch::Receiver<Progress>,
) -> CutShort {
    let lease = environment.settings.annotator.lease;
    let pace = PACE.min(lease / 4);
    let (mut written, mut written_at) = (job.progress, Instant::now());
    let drained = drained(environment);
    tokio::pin!(drained);
    loop {
        tokio::select! {
            () = &mut drained => return CutShort::Stopped,
            () = time::sleep(pace) => {}
        }
        let now = *progress.borrow();
        let due = written_at.elapsed() >= lease / 3;
        let still_ours = if now != written || due {
            renew(environment, job, now, lease).await
        } else {
            is_ours(environment, job).await
        };
        match still_ours {
            Ok(true) if now != written || due => (written, written_at) = (now, Instant::now()),
            Ok(true) => {}
            Ok(false) => return CutShort::Lost,
            // The lease may run out; then another attempt begins and this one is refused at its end.
            Err(error) => {
                tracing::warn!(job_id = %job.job_id, error = format!("{error:#}"), "renewing the lease failed");
            }
        }
    }
}

/// Ends when the process is to stop and what runs has had its time to come to an end.
async fn drained(environment: &Environment) {
    environment.stop.cancelled().await;
    time::sleep(environment.settings.annotator.drain).await;
}

async fn renew(
    environment: &Environment,
    job: &Job,
    progress: Progress,
    lease: Duration,
) -> anyhow::Result<bool> {
    let renewed = change(environment, job.job_id, |row| {
        row.report_progress(job.attempt, progress, environment.now(), lease)
    });
    Ok(matches!(renewed.await?, Changed::Written(_)))
}

async fn is_ours(environment: &Environment, job: &Job) -> anyhow::Result<bool> {
    let row = environment.ports.jobs.find(job.job_id).await?;
    Ok(row.is_some_and(|row| {
        !row.deleted && row.job_status == JobStatus::Running && row.attempt == job.attempt
    }))
}
