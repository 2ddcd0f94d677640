use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::account::{EmailChange, SecretHash};

/// Links that were mailed to addresses which users want to have.
#[async_trait]
pub trait EmailChanges: Send + Sync {
    /// Keeps a link.
    async fn add(&self, change: &EmailChange) -> Result<(), BackendError>;

    /// The link of that secret, unless it has expired, without using it up.
    async fn find(&self, secret: &SecretHash, now: Timestamp) -> Result<Option<EmailChange>, BackendError>;

    /// Removes a link. Removing nothing is fine.
    async fn remove(&self, secret: &SecretHash) -> Result<(), BackendError>;

    /// Forgets links that have ended.
    async fn forget_expired(&self, now: Timestamp) -> Result<(), BackendError>;
}
