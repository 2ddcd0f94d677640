use std::time::Duration;

use super::{Desk, DeskError};
use crate::{
    account::{EmailAddress, User},
    deletion::{Deletion, Tally},
    failpoint,
    id::{DeletionId, UserId},
    job::Job,
    message::Message,
    ports::{AdminChange, JobPages},
};

impl Desk {
    /// What belongs to a user, as it is now.
    pub async fn tally(&self, user: &User) -> Result<Tally, DeskError> {
        let mut tally = Tally::default();
        let mut pages = JobPages::of(&*self.ports.jobs, user.user_id);
        while let Some(jobs) = pages.next().await? {
            for job in &jobs {
                tally.add(job);
            }
        }
        Ok(tally)
    }

    /// Shuts the account at once and has all that belongs to it deleted. The user says so by typing the address.
    ///
    /// The row comes first: should the message get lost, the sweeper sends another.
    pub async fn delete_account(&self, user: &User, typed: &str) -> Result<Deletion, DeskError> {
        let same = typed.parse::<EmailAddress>().is_ok_and(|typed| typed == user.user_email);
        if !same {
            return Err(DeskError::OtherEmailTyped);
        }
        let now = self.ports.clock.now();
        if user.admin {
            // The count of administrators goes with it.
            let change = self.ports.directory.set_admin(user.user_id, false, now).await?;
            if change == AdminChange::LastOne {
                return Err(DeskError::LastAdministrator);
            }
        }
        let deletion = Deletion {
            deletion_id: DeletionId::generate(),
            user_id: user.user_id,
            email: user.user_email.clone(),
            begun: now,
            attend_at: now + self.settings.workers.patience,
            tally: None,
        };
        self.ports.deletions.begin(&deletion).await?;
        failpoint::reached("deletion.begun");
        self.audit(user, None, "account_deletion_requested").await?;
        let message = Message::AccountDeleted { user_id: user.user_id };
        // For nobody: what was sent for the user is forgotten on the way.
        let sent = self.ports.queue.send(message.queue(), &message, None, Duration::ZERO).await;
        if let Err(error) = sent {
            tracing::warn!(user_id = %user.user_id, error = ?error, "sending the deletion's message failed");
        }
        failpoint::reached("deletion.announced");
        // A second request meets what the first began.
        Ok(self.ports.deletions.find(user.user_id).await?.unwrap_or(deletion))
    }

    /// Refuses who is about to go.
    pub(super) async fn must_stay(&self, user: UserId) -> Result<(), DeskError> {
        match self.ports.deletions.find(user).await? {
            Some(_) => Err(DeskError::AccountLeaving),
            None => Ok(()),
        }
    }

    /// A job that came into being while its owner's account was shut goes at once: whoever deletes the account may have
    /// listed its jobs before.
    pub(super) async fn must_not_outlive_account(&self, job: &Job) -> Result<(), DeskError> {
        let Err(refusal) = self.must_stay(job.user_id).await else { return Ok(()) };
        self.ports.jobs.replace(&job.delete(self.ports.clock.now())).await?;
        Err(refusal)
    }

    /// What somebody could pay for who subscribed while the account was shut is ended once more, for the same reason; the
    /// deletion may even be over.
    pub(super) async fn must_not_pay_after_account(&self, user: &User) -> Result<(), DeskError> {
        // In this order: the user goes before the deletion's row does. What cannot be read ends nothing.
        let leaves = self.ports.deletions.find(user.user_id).await?.is_some();
        if !leaves && self.ports.accounts.user(user.user_id).await?.is_some() {
            return Ok(());
        }
        self.ports.billing.end_for_good(user).await?;
        Err(DeskError::AccountLeaving)
    }
}
