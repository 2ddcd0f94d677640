use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::{
    deletion::{Deletion, Tally},
    id::{HolderId, UserId},
};

/// Accounts that are being deleted.
#[async_trait]
pub trait Deletions: Send + Sync {
    /// Keeps a deletion and, with it, shuts the account: [`Accounts`](super::Accounts) then gives the user for no session
    /// and no token. One that has begun stays as it is; of a user who is not there, nothing is kept.
    async fn begin(&self, deletion: &Deletion) -> Result<(), BackendError>;

    /// The deletion of that user's account.
    async fn find(&self, user: UserId) -> Result<Option<Deletion>, BackendError>;

    /// Deletions whose `attend_at` has come, at most so many.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Deletion>, BackendError>;

    /// Takes a deletion in hand, or keeps it there: by `attend_at` it must have gone on. False if another has it in hand, whose
    /// time has not come, or if there is none. Of any number who ask at once one gets it.
    async fn hold(
        &self,
        user: UserId,
        holder: HolderId,
        now: Timestamp,
        attend_at: Timestamp,
    ) -> Result<bool, BackendError>;

    /// Moves the sweeper's next look. Whoever had the deletion in hand has it no longer.
    async fn postpone(&self, user: UserId, attend_at: Timestamp) -> Result<(), BackendError>;

    /// Notes what there was, unless it is noted already.
    async fn note_tally(&self, user: UserId, tally: &Tally) -> Result<(), BackendError>;

    /// Removes the user, whose address is free from then on, with tokens, sessions and links. Removing nobody is fine.
    async fn remove_user(&self, user: UserId) -> Result<(), BackendError>;

    /// Forgets the deletion: it is done.
    async fn finish(&self, user: UserId) -> Result<(), BackendError>;
}
