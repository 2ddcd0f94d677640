//! Deletes accounts, with all that belongs to them.
//!
//! Whoever is cut off leaves the deletion's row, from which the next goes on: each step does nothing where it was done.
//! What there was is counted once, when nothing is added any more and before anything is deleted. One at a time has a
//! deletion in hand, however many messages there are about it.

use anyhow::{Context as _, bail};

use super::{
    Environment, Handled,
    row::{Changed, change},
    sweeper::{erase, remove_upload},
};
use crate::{
    deletion::{Deletion, Tally},
    failpoint,
    id::{HolderId, UserId},
    job::Job,
    mail::Letter,
    ports::{AuditEvent, JobPages},
};

/// Goes through all the steps, unless another does. Should the other die, the sweeper sends one more message.
pub(super) async fn delete_account(environment: &Environment, user_id: UserId) -> anyhow::Result<Handled> {
    let deleter = Deleter { environment, user_id, holder: HolderId::generate() };
    if !deleter.hold().await? {
        return Ok(Handled::Done);
    }
    let done = deleter.go_through().await;
    if done.is_err() {
        deleter.let_go().await;
    }
    done.map(|()| Handled::Done)
}

/// What was counted of a user who has no jobs and no uploads any more, and messages about them. The deletion's own message
/// is sent for nobody, so that it stays.
pub(super) async fn forget(environment: &Environment, user_id: UserId) -> anyhow::Result<()> {
    let ports = &environment.ports;
    ports.jobs.forget_user(user_id).await.context("forgetting what the user had")?;
    ports.uploads.forget_user(user_id).await.context("forgetting how many uploads there were")?;
    ports.queue.forget_user(user_id).await.context("forgetting the user's messages")
}

/// Whoever has the deletion of an account in hand.
struct Deleter<'e> {
    environment: &'e Environment,
    user_id: UserId,
    holder: HolderId,
}

impl Deleter<'_> {
    async fn go_through(&self) -> anyhow::Result<()> {
        let Some(deletion) = self.find().await? else { return Ok(()) };
        self.end_subscription().await?;
        self.cancel_jobs().await?;
        failpoint::reached("deletion.cancelled");
        if deletion.tally.is_none() {
            self.count().await?;
        }
        failpoint::reached("deletion.counted");
        self.erase_jobs().await?;
        self.erase_uploads().await?;
        failpoint::reached("deletion.erased");
        let ports = &self.environment.ports;
        ports.identities.forget_identities(self.user_id).await.context("forgetting identities")?;
        forget(self.environment, self.user_id).await?;
        failpoint::reached("deletion.forgotten");
        // Whoever was made one between the wish to go and the account's shutting is counted no more.
        let unmade = ports.directory.set_admin(self.user_id, false, self.environment.now()).await;
        unmade.context("taking the user off the administrators")?;
        ports.deletions.remove_user(self.user_id).await.context("removing the user")?;
        failpoint::reached("deletion.removed");
        self.keep().await?;
        let Some(deletion) = self.find().await? else { return Ok(()) };
        self.tell(&deletion).await?;
        failpoint::reached("deletion.mailed");
        ports.deletions.finish(self.user_id).await.context("forgetting the deletion")?;
        tracing::info!(user_id = %self.user_id, deletion_id = %deletion.deletion_id, "account deleted");
        Ok(())
    }

    async fn find(&self) -> anyhow::Result<Option<Deletion>> {
        self.environment.ports.deletions.find(self.user_id).await.context("reading the deletion")
    }

    async fn hold(&self) -> anyhow::Result<bool> {
        let now = self.environment.now();
        let due = now + self.environment.settings.workers.patience;
        let held = self.environment.ports.deletions.hold(self.user_id, self.holder, now, due);
        held.await.context("taking the deletion in hand")
    }

    /// Goes on having it in hand; fails if it took too long and another has it by now.
    async fn keep(&self) -> anyhow::Result<()> {
        if !self.hold().await? {
            bail!("the deletion is in other hands");
        }
        Ok(())
    }

    /// Due at once: whoever comes next goes on.
    async fn let_go(&self) {
        let now = self.environment.now();
        if let Err(error) = self.environment.ports.deletions.hold(self.user_id, self.holder, now, now).await {
            tracing::warn!(user_id = %self.user_id, error = ?error, "letting a deletion go failed");
        }
    }

    /// While the user is there: the payment provider is asked by whom.
    async fn end_subscription(&self) -> anyhow::Result<()> {
        let ports = &self.environment.ports;
        let user = ports.accounts.user(self.user_id).await.context("reading the user")?;
        let Some(user) = user else { return Ok(()) };
        ports.billing.end_for_good(&user).await.context("ending the subscription")
    }

    fn pages(&self) -> JobPages<'_> {
        JobPages::of(&*self.environment.ports.jobs, self.user_id)
    }

    async fn next(&self, pages: &mut JobPages<'_>) -> anyhow::Result<Option<Vec<Job>>> {
        self.keep().await?;
        pages.next().await.context("listing the user's jobs")
    }

    /// A running annotator learns of it when it next reports, and stores nothing more.
    async fn cancel_jobs(&self) -> anyhow::Result<()> {
        let mut pages = self.pages();
        while let Some(jobs) = self.next(&mut pages).await? {
            for job in jobs.iter().filter(|job| !job.job_status.is_final()) {
                change(self.environment, job.job_id, |row| row.cancel(self.environment.now())).await?;
            }
        }
        Ok(())
    }

    async fn count(&self) -> anyhow::Result<()> {
        let mut tally = Tally::default();
        let mut pages = self.pages();
        while let Some(jobs) = self.next(&mut pages).await? {
            for job in &jobs {
                tally.add(job);
            }
        }
        let noted = self.environment.ports.deletions.note_tally(self.user_id, &tally).await;
        noted.context("noting what there is")
    }

    /// A job is marked first, so that whoever works on it stops; should this one be cut off, the sweeper erases it.
    async fn erase_jobs(&self) -> anyhow::Result<()> {
        let mut pages = self.pages();
        while let Some(jobs) = self.next(&mut pages).await? {
            for job in jobs {
                let marked =
                    change(self.environment, job.job_id, |row| Ok(row.delete(self.environment.now())))
                        .await?;
                if let Changed::Written(job) = marked {
                    erase(self.environment, &job).await?;
                }
            }
        }
        Ok(())
    }

    async fn erase_uploads(&self) -> anyhow::Result<()> {
        let uploads = self.environment.ports.uploads.of_user(self.user_id).await;
        for upload in uploads.context("listing the user's uploads")? {
            self.keep().await?;
            remove_upload(self.environment, &upload).await?;
        }
        Ok(())
    }

    /// The trail knows the account by its number alone. A mail that went out just before a crash goes out once more, never
    /// not at all; both have the same receipt.
    async fn tell(&self, deletion: &Deletion) -> anyhow::Result<()> {
        let ports = &self.environment.ports;
        let event = AuditEvent {
            detail: format!("receipt {}", deletion.deletion_id),
            ..AuditEvent::of_user(deletion.user_id, "account_deleted", self.environment.now())
        };
        let newest = ports.audit.recent(deletion.user_id, 1).await.context("reading the trail")?;
        if newest.first().is_none_or(|newest| newest.action != event.action) {
            ports.audit.record(&event).await.context("recording the deletion")?;
        }
        let letter = Letter::AccountDeleted(deletion);
        let mail = letter.render(&self.environment.settings.site).context("writing the receipt")?;
        ports.mailer.send(&mail).await.context("mailing the receipt")
    }
}
