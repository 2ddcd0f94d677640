use async_trait::async_trait;
use serde::{Deserialize, Serialize};

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

/// What the premium plan costs; pages say so on the button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// Nothing, as there is no provider: for demonstration and teaching.
    Demo,
    /// Nothing, as whoever runs the service bears the costs.
    Off,
    /// What the payment provider asks for.
    Provider,
}

/// Who takes the money.
#[async_trait]
pub trait Billing: Send + Sync {
    /// What the premium plan costs.
    fn price(&self) -> Price;

    /// Begins the premium subscription.
    async fn subscribe(&self, user: &User) -> Result<Subscription, BackendError>;

    /// Ends it.
    async fn unsubscribe(&self, user: &User) -> Result<Subscription, BackendError>;
}

/// Takes no money: every wish holds at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FreeOfCharge {
    /// [`Price::Demo`].
    Demo,
    /// [`Price::Off`].
    Off,
}

#[async_trait]
impl Billing for FreeOfCharge {
    fn price(&self) -> Price {
        match self {
            Self::Demo => Price::Demo,
            Self::Off => Price::Off,
        }
    }

    async fn subscribe(&self, _user: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::Effective)
    }

    async fn unsubscribe(&self, _user: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::Effective)
    }
}
