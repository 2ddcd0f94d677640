//! Annotates jobs, each in a child process with limits of its own.

mod attempt;
mod child;
mod report;
mod supervise;
mod work_directory;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::watch;

pub(super) use self::work_directory::remove_dead_directories;
use self::{attempt::Ended, supervise::CutShort};
use super::{
    Environment, Handled,
    row::{Changed, change},
    settle::change_and_settle,
};
use crate::{
    failpoint,
    id::JobId,
    job::{Bucket, Failure, Job, JobStatus, ObjectKey, Outcome, Progress, Refusal, ResultPlace, StoredFile},
    message::Message,
};

/// The code of a job that ended since its annotator died too often.
const CRASHED: &str = "annotator_crashed";
/// How many annotators a job may outlive, as a multiple of how often its child may crash. Machines go down for
/// reasons that are no job's fault; but an input that takes each of them along must come to an end, too.
const DEATHS_PER_ATTEMPT: u32 = 3;

/// Carries a job from PENDING to its end, or hands it back.
pub(super) async fn annotate(environment: &Environment, job_id: JobId) -> anyhow::Result<Handled> {
    let lease = environment.settings.annotator.lease;
    match change(environment, job_id, |job| job.claim(environment.now(), lease)).await? {
        Changed::Written(job) => {
            failpoint::reached("annotator.claimed");
            work_on(environment, &job).await
        }
        // The message of a job that killed its annotators becomes a dead letter, for people to look at.
        Changed::Refused(_, job) if crashed(&job) => {
            Ok(Handled::Later(environment.settings.workers.retry_delay))
        }
        // Ended, or in another's hands: should that one die, the sweeper sends a message at the lease's end.
        Changed::Refused(refusal, _) => {
            tracing::info!(%job_id, %refusal, "nothing to annotate");
            Ok(Handled::Done)
        }
        Changed::Gone => Ok(Handled::Done),
    }
}

fn crashed(job: &Job) -> bool {
    job.failure.as_ref().is_some_and(|failure| failure.code == CRASHED)
}

async fn work_on(environment: &Environment, job: &Job) -> anyhow::Result<Handled> {
    let limit = environment.settings.annotator.max_attempts.saturating_mul(DEATHS_PER_ATTEMPT);
    if job.attempt > limit {
        return give_up(environment, job, "each annotator that worked on it died").await;
    }
    tracing::info!(job_id = %job.job_id, attempt = job.attempt, "annotating");
    let started = Instant::now();
    let (sender, progress) = watch::channel(job.progress);
    let outcome = tokio::select! {
        ended = attempt::run(environment, job, &sender) => Ok(ended),
        cut_short = supervise::supervise(environment, job, &progress) => Err(cut_short),
    };
    metrics::histogram!("gas_annotation_seconds").record(started.elapsed().as_secs_f64());
    match outcome {
        Ok(Ok(Ended::Annotated { outcome, records })) => complete(environment, job, *outcome, records).await,
        Ok(Ok(Ended::Failed { failure, log })) => fail(environment, job, failure, log).await,
        Ok(Ok(Ended::Crashed(how))) => try_again(environment, job, &how).await,
        Ok(Err(error)) => {
            hand_back(environment, job, environment.settings.workers.retry_delay).await?;
            Err(error)
        }
        Err(CutShort::Stopped) => {
            tracing::info!(job_id = %job.job_id, "handed back, as the process is to stop");
            hand_back(environment, job, Duration::ZERO).await?;
            Ok(Handled::Later(Duration::ZERO))
        }
        Err(CutShort::Lost) => {
            tracing::info!(job_id = %job.job_id, attempt = job.attempt, "the job is no longer ours");
            tidy(environment, job).await?;
            Ok(Handled::Done)
        }
    }
}

async fn complete(
    environment: &Environment,
    job: &Job,
    outcome: Outcome,
    records: u64,
) -> anyhow::Result<Handled> {
    let now = environment.now();
    let completed = change_and_settle(environment, job, |row| {
        let progress = Progress { records, ..row.progress };
        Job { progress, ..row.clone() }.complete(job.attempt, outcome.clone(), now)
    });
    match completed.await? {
        Changed::Written(_) => {
            failpoint::reached("annotator.completed");
            tell(environment, job, "completed").await?;
        }
        Changed::Refused(..) | Changed::Gone => tidy(environment, job).await?,
    }
    Ok(Handled::Done)
}

async fn fail(
    environment: &Environment,
    job: &Job,
    failure: Failure,
    log: Option<StoredFile>,
) -> anyhow::Result<Handled> {
    let now = environment.now();
    let failed = change_and_settle(environment, job, |row| {
        if row.job_status == JobStatus::Running && row.attempt != job.attempt {
            return Err(Refusal::Superseded(job.attempt));
        }
        row.fail(failure.clone(), log.clone(), now)
    });
    match failed.await? {
        Changed::Written(_) => {
            tracing::info!(job_id = %job.job_id, code = failure.code, line = failure.line, "the job failed");
            tell(environment, job, "failed").await?;
        }
        Changed::Refused(..) | Changed::Gone => tidy(environment, job).await?,
    }
    Ok(Handled::Done)
}

/// The row is final; its owner is to be told. Should the message get lost, the sweeper sends another.
async fn tell(environment: &Environment, job: &Job, outcome: &'static str) -> anyhow::Result<()> {
    metrics::counter!("gas_jobs_ended_total", "outcome" => outcome).increment(1);
    environment
        .send(&Message::JobEnded { job_id: job.job_id }, job.user_id, Duration::ZERO)
        .await
        .context("telling the end")?;
    failpoint::reached("annotator.told");
    Ok(())
}

/// The child crashed through no fault that it could name: once more after a while, but not for ever.
async fn try_again(environment: &Environment, job: &Job, how: &str) -> anyhow::Result<Handled> {
    if job.attempt >= environment.settings.annotator.max_attempts {
        return give_up(environment, job, how).await;
    }
    tracing::warn!(job_id = %job.job_id, attempt = job.attempt, how, "the annotation crashed; it is tried again");
    metrics::counter!("gas_annotation_retries_total").increment(1);
    let factor = 2_u32.saturating_pow(job.attempt.saturating_sub(1));
    let delay = environment.settings.workers.retry_delay.saturating_mul(factor);
    hand_back(environment, job, delay).await?;
    Ok(Handled::Later(delay))
}

async fn give_up(environment: &Environment, job: &Job, how: &str) -> anyhow::Result<Handled> {
    let failure = Failure {
        code: CRASHED.to_owned(),
        line: None,
        column: None,
        cause: format!("The annotation was tried {} times and broke down each time: {how}.", job.attempt),
        remedy:
            "This is a fault of the service, not of your file. Run the job again later; if it fails again, \
                 tell us the job's id."
                .to_owned(),
    };
    tracing::error!(job_id = %job.job_id, attempt = job.attempt, how, "the annotation crashed too often");
    fail(environment, job, failure, None).await?;
    Ok(Handled::Later(environment.settings.workers.retry_delay))
}

/// RUNNING -> PENDING, to be taken up again after the delay. What was stored of a job that is gone meanwhile is removed.
async fn hand_back(environment: &Environment, job: &Job, delay: Duration) -> anyhow::Result<()> {
    let patience = environment.settings.workers.patience + delay;
    let handed =
        change(environment, job.job_id, |row| row.hand_back(job.attempt, environment.now(), patience));
    match handed.await? {
        Changed::Written(_) => Ok(()),
        Changed::Refused(..) | Changed::Gone => tidy(environment, job).await,
    }
}

/// Removes what this attempt stored, unless the job as it is now refers to it: another attempt stores under the
/// same keys.
async fn tidy(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let row = environment.ports.jobs.find(job.job_id).await.context("reading the job")?;
    let row = row.filter(|row| !row.deleted);
    match row.as_ref().map(|row| (row.job_status, row.result_place)) {
        Some((JobStatus::Completed, Some(ResultPlace::Archived | ResultPlace::Expired))) => {
            let key = ObjectKey::of_job(job.user_id, job.job_id, &job.input_file_name.result());
            Ok(environment.ports.objects.delete(Bucket::Results, &key).await?)
        }
        Some((JobStatus::Pending | JobStatus::Running | JobStatus::Completed, _)) => Ok(()),
        Some(_) | None => remove_outcome(environment, job, row.as_ref()).await,
    }
}

/// Removes the files that an annotator stores, but the log if the row, being FAILED, refers to it.
pub(super) async fn remove_outcome(
    environment: &Environment,
    job: &Job,
    row: Option<&Job>,
) -> anyhow::Result<()> {
    let name = &job.input_file_name;
    let keeps_log = row.is_some_and(|row| row.log.is_some());
    let files = [Some(name.result()), Some(name.summary()), (!keeps_log).then(|| name.log())];
    for file in files.into_iter().flatten() {
        let key = ObjectKey::of_job(job.user_id, job.job_id, &file);
        environment.ports.objects.delete(Bucket::Results, &key).await.context("removing a job's file")?;
    }
    Ok(())
}
