use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::{
    id::{CustomerId, NoticeId, UserId},
    plan::Plan,
    subscription::SubscriptionRecord,
};

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is durable; this is the record now, with its new revision.
    Written(SubscriptionRecord),
    /// The record has another revision by now, or it or its user is not there.
    Conflict,
}

/// What is kept of users at the payment provider, and which of its notices were dealt with.
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// The record of a user.
    async fn find(&self, user: UserId) -> Result<Option<SubscriptionRecord>, BackendError>;

    /// The record of a customer.
    async fn of_customer(&self, customer: &CustomerId) -> Result<Option<SubscriptionRecord>, BackendError>;

    /// Writes the record if the one that is kept has the same revision (a new one if none is kept and the revision
    /// is 0), and together with it the user's plan, if one is given.
    async fn settle(
        &self,
        record: &SubscriptionRecord,
        plan: Option<Plan>,
        now: Timestamp,
    ) -> Result<Settled, BackendError>;

    /// Records whose `attend_at` has come, the longest overdue first, at most so many.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<SubscriptionRecord>, BackendError>;

    /// Removes the record of a user. Removing nothing is fine.
    async fn forget(&self, user: UserId) -> Result<(), BackendError>;

    /// Whether a notice was dealt with and is still remembered.
    async fn has_seen(&self, notice: &NoticeId) -> Result<bool, BackendError>;

    /// Remembers until `expires` that a notice was dealt with.
    async fn note_seen(&self, notice: &NoticeId, expires: Timestamp) -> Result<(), BackendError>;

    /// Forgets notices that need not be remembered any longer.
    async fn forget_seen(&self, now: Timestamp) -> Result<(), BackendError>;
}
