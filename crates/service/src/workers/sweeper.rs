//! Finds what was cut off, and has it done; removes what is no longer wanted.
//!
//! Every row says by `attend_at` when it must be looked at. Before a message is sent again the date is moved, so two
//! sweepers do not both send it; and whoever gets a message twice finds in the row that there is nothing to do.

mod erase;
mod subscriptions;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::time;

pub(super) use self::erase::erase;
use self::subscriptions::{CaughtUp, sweep_notices, sweep_subscriptions};
use super::{
    Environment,
    annotator::{remove_dead_directories, remove_outcome},
    archiver::bring_back_if_premium,
    deleter::forget,
    mode::until_work_is_allowed,
    row::{Changed, change},
    settle::{allowance_of, call_archiver, discard_copy, input_ends, owes_mail, settle},
};
use crate::{
    id::{JobId, UserId},
    job::{Bucket, Job, JobStatus, ObjectKey, Refusal, ResultPlace},
    message::Message,
    operation::Watch,
    upload::Upload,
};

/// How many rows are read at once.
const BATCH: u32 = 100;

/// Sweeps again and again, until the process is to stop.
pub(super) async fn run(environment: &Environment) {
    let mut caught_up = CaughtUp::default();
    let watch = Watch::new(Arc::clone(&environment.ports.operation));
    while !environment.stop.is_cancelled() {
        if !until_work_is_allowed(environment, &watch).await {
            return;
        }
        tokio::select! {
            () = environment.stop.cancelled() => return,
            () = sweep(environment, &mut caught_up) => {}
        }
        tokio::select! {
            () = environment.stop.cancelled() => return,
            () = time::sleep(environment.settings.workers.sweep_interval) => {}
        }
    }
}

/// One round. What fails is logged and met again in the next.
async fn sweep(environment: &Environment, caught_up: &mut CaughtUp) {
    report("jobs", sweep_jobs(environment).await);
    report("uploads", sweep_uploads(environment).await);
    report("deletions", sweep_deletions(environment).await);
    report("subscriptions", sweep_subscriptions(environment).await);
    report("notices", sweep_notices(environment, caught_up).await);
    report("links and sessions", forget_links_and_sessions(environment).await);
    let forgotten = environment.ports.identities.forget_expired(environment.now()).await;
    report("attempts to sign in", forgotten.map_err(Into::into));
    let forgotten = environment.ports.email_changes.forget_expired(environment.now()).await;
    report("links to new addresses", forgotten.map_err(Into::into));
    remove_dead_directories(environment).await;
}

async fn forget_links_and_sessions(environment: &Environment) -> anyhow::Result<()> {
    let now = environment.now();
    // A limit that reaches further back than time itself lets nothing be idle.
    let idle_since = environment.settings.sign_in.idle_limit().and_then(|limit| now.checked_sub(limit).ok());
    Ok(environment.ports.accounts.forget_expired(now, idle_since).await?)
}

fn report(what: &str, swept: anyhow::Result<()>) {
    if let Err(error) = swept {
        metrics::counter!("gas_sweep_errors_total").increment(1);
        tracing::error!(what, error = format!("{error:#}"), "sweeping failed");
    }
}

async fn sweep_jobs(environment: &Environment) -> anyhow::Result<()> {
    loop {
        let jobs =
            environment.ports.jobs.overdue(environment.now(), BATCH).await.context("listing overdue jobs")?;
        let full = jobs.len() >= BATCH as usize;
        let mut moved_on = 0_u32;
        for job in jobs {
            let job_id = job.job_id;
            match attend(environment, job).await {
                Ok(()) => moved_on += 1,
                Err(error) => {
                    metrics::counter!("gas_sweep_errors_total").increment(1);
                    tracing::error!(%job_id, error = format!("{error:#}"), "attending to a job failed");
                    postpone(environment, job_id).await?;
                }
            }
        }
        // Where nothing goes well the rest is for the next round.
        if !full || moved_on == 0 {
            return Ok(());
        }
    }
}

/// Moves the next look at a job that could not be attended to, so that it does not stay before others in the list.
async fn postpone(environment: &Environment, job_id: JobId) -> anyhow::Result<()> {
    let now = environment.now();
    let due = now + environment.settings.workers.patience;
    let moved = change(environment, job_id, |row| {
        let overdue = row.attend_at.is_some_and(|at| at <= now);
        Ok(if overdue { row.attend(Some(due)) } else { row.clone() })
    });
    moved.await.map(drop).with_context(|| format!("postponing the next look at job `{job_id}`"))
}

async fn attend(environment: &Environment, job: Job) -> anyhow::Result<()> {
    if job.deleted {
        erase(environment, &job).await?;
        return forget_if_gone(environment, job.user_id).await;
    }
    if is_gone(environment, job.user_id).await? {
        // It was submitted at the very moment when its owner's account went.
        let marked = change(environment, job.job_id, |row| Ok(row.delete(environment.now()))).await?;
        // As it is now: it may have got an archive since it was listed.
        if let Changed::Written(marked) = marked {
            erase(environment, &marked).await?;
        }
        return forget(environment, job.user_id).await;
    }
    match job.job_status {
        JobStatus::Pending | JobStatus::Running => call_annotator(environment, &job).await,
        JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => {
            attend_ended(environment, job).await
        }
    }
}

async fn is_gone(environment: &Environment, owner: UserId) -> anyhow::Result<bool> {
    Ok(environment.ports.accounts.user(owner).await.context("reading the owner")?.is_none())
}

/// What comes or goes after its owner was forgotten may have been counted anew.
async fn forget_if_gone(environment: &Environment, owner: UserId) -> anyhow::Result<()> {
    if is_gone(environment, owner).await? { forget(environment, owner).await } else { Ok(()) }
}

/// The message got lost, or its annotator died. Each time the next look comes later, so that a long queue does not
/// fill with copies.
async fn call_annotator(environment: &Environment, job: &Job) -> anyhow::Result<()> {
    let now = environment.now();
    let waited = Duration::try_from(now.duration_since(job.submit_time)).unwrap_or_default();
    let delay = environment.settings.workers.patience.max(waited);
    send_again(environment, job, Message::Annotate { job_id: job.job_id }, delay).await
}

/// Moves the next look, and sends the message if nobody has touched the job meanwhile.
async fn send_again(
    environment: &Environment,
    job: &Job,
    message: Message,
    next_look: Duration,
) -> anyhow::Result<()> {
    let due = environment.now() + next_look;
    let moved = change(environment, job.job_id, |row| {
        if row.revision == job.revision {
            Ok(row.attend(Some(due)))
        } else {
            Err(Refusal::Place(row.result_place))
        }
    });
    if let Changed::Written(_) = moved.await? {
        metrics::counter!("gas_messages_resent_total").increment(1);
        tracing::info!(job_id = %job.job_id, ?message, "sent again");
        environment.send(&message, job.user_id, Duration::ZERO).await.context("sending a message again")?;
    }
    Ok(())
}

async fn attend_ended(environment: &Environment, job: Job) -> anyhow::Result<()> {
    let patience = environment.settings.workers.patience;
    match job.result_place {
        Some(ResultPlace::Archiving) => {
            return send_again(environment, &job, Message::Archive { job_id: job.job_id }, patience).await;
        }
        Some(ResultPlace::Thawing) => {
            return send_again(environment, &job, Message::Restore { job_id: job.job_id }, patience).await;
        }
        Some(ResultPlace::Archived) => {
            let job_id = job.job_id;
            attend_owed(environment, job).await?;
            return bring_back_if_premium(environment, job_id).await;
        }
        _ => {}
    }
    let Some(job) = discard_copy(environment, job).await? else { return Ok(()) };
    if job.job_status != JobStatus::Completed {
        remove_outcome(environment, &job, Some(&job)).await?;
    }
    let job_id = job.job_id;
    let was_due = job.archive_at;
    attend_owed(environment, job).await?;
    let Some(job) = settle(environment, job_id).await? else { return Ok(()) };
    let due = job.archive_at.is_some_and(|due| due <= environment.now());
    if due && job.archive_at == was_due && job.result_place == Some(ResultPlace::Hot) {
        call_archiver(environment, &job).await?;
    }
    Ok(())
}

/// What every ended job may be owed, wherever its result is: the mail, and the end of its input.
async fn attend_owed(environment: &Environment, job: Job) -> anyhow::Result<()> {
    let now = environment.now();
    let patience = environment.settings.workers.patience;
    if owes_mail(&job) && job.complete_time.is_none_or(|completed| completed + patience <= now) {
        environment
            .send(&Message::JobEnded { job_id: job.job_id }, job.user_id, Duration::ZERO)
            .await
            .context("telling the end")?;
    }
    let allowance = allowance_of(environment, &job).await?;
    if input_ends(&job, allowance).is_some_and(|end| end <= now)
        && let Some(input) = &job.input
    {
        environment.ports.objects.delete(input.bucket, &input.key).await.context("removing an old input")?;
        change(environment, job.job_id, |row| Ok(row.drop_input())).await?;
        tracing::info!(job_id = %job.job_id, "input removed at the end of its retention");
    }
    Ok(())
}

/// Deletions of accounts whose message got lost, or whose worker died.
async fn sweep_deletions(environment: &Environment) -> anyhow::Result<()> {
    let due = environment.ports.deletions.due(environment.now(), BATCH).await;
    for deletion in due.context("listing deletions")? {
        let user_id = deletion.user_id;
        let next = environment.now() + environment.settings.workers.patience;
        environment.ports.deletions.postpone(user_id, next).await.context("postponing the next look")?;
        metrics::counter!("gas_messages_resent_total").increment(1);
        let message = Message::AccountDeleted { user_id };
        let sent = environment.ports.queue.send(message.queue(), &message, None, Duration::ZERO).await;
        sent.context("sending a deletion again")?;
    }
    Ok(())
}

/// Uploads that did not become jobs in time. Their records alone where they did.
async fn sweep_uploads(environment: &Environment) -> anyhow::Result<()> {
    // A little later than they end, so that nobody is just submitting one.
    let then = environment.now() - environment.settings.workers.patience;
    for upload in environment.ports.uploads.expired(then, BATCH).await.context("listing expired uploads")? {
        if let Err(error) = sweep_upload(environment, &upload).await {
            metrics::counter!("gas_sweep_errors_total").increment(1);
            let upload_id = upload.upload_id;
            tracing::error!(%upload_id, error = format!("{error:#}"), "removing an upload failed");
        }
    }
    Ok(())
}

async fn sweep_upload(environment: &Environment, upload: &Upload) -> anyhow::Result<()> {
    remove_upload(environment, upload).await?;
    forget_if_gone(environment, upload.user_id).await
}

pub(super) async fn remove_upload(environment: &Environment, upload: &Upload) -> anyhow::Result<()> {
    if environment.ports.jobs.find(upload.job_id).await.context("reading an upload's job")?.is_none() {
        let key = ObjectKey::of_job(upload.user_id, upload.job_id, &upload.file_name);
        environment.ports.objects.delete(Bucket::Inputs, &key).await.context("removing an upload")?;
    }
    environment.ports.uploads.remove(upload.upload_id).await.context("removing an upload's record")
}
