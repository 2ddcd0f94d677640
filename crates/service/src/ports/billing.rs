use async_trait::async_trait;

use super::BackendError;
use crate::account::User;

/// What became of a wish to subscribe or to unsubscribe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// It holds at once.
    Effective,
    /// The user goes on at this address; the plan changes when the provider says so.
    ContinueAt(String),
}

/// Who takes the money.
#[async_trait]
pub trait Billing: Send + Sync {
    /// Whether no money changes hands; pages then say so on the button.
    fn is_demo(&self) -> bool;

    /// Begins the premium subscription.
    async fn subscribe(&self, user: &User) -> Result<Subscription, BackendError>;

    /// Ends it.
    async fn unsubscribe(&self, user: &User) -> Result<Subscription, BackendError>;
}

/// Takes no money: every wish holds at once, and pages say so.
#[derive(Clone, Copy, Debug, Default)]
pub struct DemoBilling;

#[async_trait]
impl Billing for DemoBilling {
    fn is_demo(&self) -> bool {
        true
    }

    async fn subscribe(&self, _user: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::Effective)
    }

    async fn unsubscribe(&self, _user: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::Effective)
    }
}
