//! Deletes accounts, with all that belongs to them.
//!
//! Whoever is cut off leaves the deletion's row, from which the next goes on: each step does nothing where it was done.
//! What there was is counted once, when nothing is added any more and before anything is deleted.

use anyhow::Context as _;

use super::{
    Environment, Handled,
    row::{Changed, change},
    sweeper::{erase, remove_upload},
};
use crate::{
    deletion::{Deletion, Tally},
    failpoint,
    id::UserId,
    job::Job,
    mail::Letter,
    ports::{AuditEvent, Cursor},
};

/// Jobs that are read at once.
const PAGE: u32 = 100;

/// Goes through all the steps.
pub(super) async fn delete_account(environment: &Environment, user_id: UserId) -> anyhow::Result<Handled> {
    let Some(deletion) = find(environment, user_id).await? else { return Ok(Handled::Done) };
    end_subscription(environment, user_id).await?;
    cancel_jobs(environment, user_id).await?;
    failpoint::reached("deletion.cancelled");
    if deletion.tally.is_none() {
        count(environment, user_id).await?;
    }
    failpoint::reached("deletion.counted");
    erase_jobs(environment, user_id).await?;
    erase_uploads(environment, user_id).await?;
    failpoint::reached("deletion.erased");
    let ports = &environment.ports;
    ports.identities.forget_identities(user_id).await.context("forgetting identities")?;
    forget(environment, user_id).await?;
    failpoint::reached("deletion.forgotten");
    ports.deletions.remove_user(user_id).await.context("removing the user")?;
    failpoint::reached("deletion.removed");
    let Some(deletion) = find(environment, user_id).await? else { return Ok(Handled::Done) };
    tell(environment, &deletion).await?;
    failpoint::reached("deletion.mailed");
    ports.deletions.finish(user_id).await.context("forgetting the deletion")?;
    tracing::info!(%user_id, deletion_id = %deletion.deletion_id, "account deleted");
    Ok(Handled::Done)
}

async fn find(environment: &Environment, user_id: UserId) -> anyhow::Result<Option<Deletion>> {
    environment.ports.deletions.find(user_id).await.context("reading the deletion")
}

/// While the user is there: the payment provider is asked by whom.
async fn end_subscription(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let user = environment.ports.accounts.user(user_id).await.context("reading the user")?;
    let Some(user) = user else { return Ok(()) };
    environment.ports.billing.end_for_good(&user).await.context("ending the subscription")
}

/// A user's jobs, page by page.
#[derive(Default)]
struct Pages {
    next: Option<Cursor>,
    ended: bool,
}

impl Pages {
    /// Every page moves the sweeper's look, so that no other begins while this one goes on.
    async fn take(&mut self, environment: &Environment, user_id: UserId) -> anyhow::Result<Option<Vec<Job>>> {
        if self.ended {
            return Ok(None);
        }
        go_on(environment, user_id).await?;
        let page = environment.ports.jobs.of_user(user_id, self.next.as_ref(), PAGE).await;
        let page = page.context("listing the user's jobs")?;
        self.ended = page.next.is_none();
        self.next = page.next;
        Ok(Some(page.items))
    }
}

async fn go_on(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let due = environment.now() + environment.settings.workers.patience;
    environment.ports.deletions.postpone(user_id, due).await.context("postponing the sweeper's look")
}

/// A running annotator learns of it when it next reports, and stores nothing more.
async fn cancel_jobs(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let mut pages = Pages::default();
    while let Some(jobs) = pages.take(environment, user_id).await? {
        for job in jobs.iter().filter(|job| !job.job_status.is_final()) {
            change(environment, job.job_id, |row| row.cancel(environment.now())).await?;
        }
    }
    Ok(())
}

async fn count(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    let mut pages = Pages::default();
    while let Some(jobs) = pages.take(environment, user_id).await? {
        for job in &jobs {
            tally.add(job);
        }
    }
    environment.ports.deletions.note_tally(user_id, &tally).await.context("noting what there is")
}

/// A job is marked first, so that whoever works on it stops; should this one be cut off, the sweeper erases it.
async fn erase_jobs(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let mut pages = Pages::default();
    while let Some(jobs) = pages.take(environment, user_id).await? {
        for job in jobs {
            let marked = change(environment, job.job_id, |row| Ok(row.delete(environment.now()))).await?;
            if let Changed::Written(job) = marked {
                erase(environment, &job).await?;
            }
        }
    }
    Ok(())
}

async fn erase_uploads(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let uploads = environment.ports.uploads.of_user(user_id).await.context("listing the user's uploads")?;
    for upload in uploads {
        go_on(environment, user_id).await?;
        remove_upload(environment, &upload).await?;
    }
    Ok(())
}

/// What was counted of a user who has no jobs and no uploads any more, and messages about them. The deletion's own message
/// is sent for nobody, so that it stays.
pub(super) async fn forget(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let ports = &environment.ports;
    ports.jobs.forget_user(user_id).await.context("forgetting what the user had")?;
    ports.uploads.forget_user(user_id).await.context("forgetting how many uploads there were")?;
    ports.queue.forget_user(user_id).await.context("forgetting the user's messages")
}

/// The trail knows the account by its number alone. A mail that went out just before a crash goes out once more, never not
/// at all; both have the same receipt.
async fn tell(environment: &Environment, deletion: &Deletion) -> anyhow::Result<()> {
    let ports = &environment.ports;
    let event = AuditEvent {
        detail: format!("receipt {}", deletion.deletion_id),
        ..AuditEvent::of_user(deletion.user_id, "account_deleted", environment.now())
    };
    let newest = ports.audit.recent(deletion.user_id, 1).await.context("reading the trail")?;
    if newest.first().is_none_or(|newest| newest.action != event.action) {
        ports.audit.record(&event).await.context("recording the deletion")?;
    }
    let letter = Letter::AccountDeleted(deletion);
    let mail = letter.render(&environment.settings.site).context("writing the receipt")?;
    ports.mailer.send(&mail).await.context("mailing the receipt")
}
