use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::{
    account::SecretHash,
    id::UserId,
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
};

/// Which identities of other providers belong to which users, and the attempts to sign in by them.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Keeps an attempt.
    async fn add_attempt(&self, attempt: &SignInAttempt) -> Result<(), BackendError>;

    /// Uses an attempt up: of any number of callers at most one ever gets it, and none after its end.
    async fn take_attempt(
        &self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInAttempt>, BackendError>;

    /// Keeps an identity that waits for an address.
    async fn add_pending(&self, pending: &PendingIdentity) -> Result<(), BackendError>;

    /// The identity that waits under that secret, unless it has expired, without using it up.
    async fn find_pending(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingIdentity>, BackendError>;

    /// Uses it up, as an attempt.
    async fn take_pending(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingIdentity>, BackendError>;

    /// Whose an identity is.
    async fn user_of_identity(&self, issuer: &str, subject: &str) -> Result<Option<UserId>, BackendError>;

    /// Links an identity to its user unless it is linked already, and gives whose it is then: an identity is never taken
    /// from anybody. Durable when it returns.
    async fn link(&self, identity: &LinkedIdentity) -> Result<UserId, BackendError>;

    /// A user's identities, the first linked first.
    async fn identities(&self, user: UserId) -> Result<Vec<LinkedIdentity>, BackendError>;

    /// Unlinks an identity of that user, and gives whether it is linked to them no more; another's is left alone. With
    /// `beside` it does so only while that one is linked to the user as well: of two that go at once each beside the other,
    /// one stays.
    async fn unlink(
        &self,
        user: UserId,
        issuer: &str,
        subject: &str,
        beside: Option<&Identity>,
    ) -> Result<bool, BackendError>;

    /// Unlinks all identities of a user.
    async fn forget_identities(&self, user: UserId) -> Result<(), BackendError>;

    /// Forgets attempts and waiting identities that have ended.
    async fn forget_expired(&self, now: Timestamp) -> Result<(), BackendError>;
}
