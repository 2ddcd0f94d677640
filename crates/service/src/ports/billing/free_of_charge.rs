use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BackendError, Billing, Notice, Price, RefusedNotice, Subscription};
use crate::{
    account::User,
    id::{CustomerId, UserId},
    subscription::Subscribed,
};

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

    async fn price_in_words(&self) -> Option<String> {
        None
    }

    async fn subscribe(&self, _user: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::Effective)
    }

    async fn unsubscribe(&self, _user: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::Effective)
    }

    async fn portal(&self, _user: &User) -> Result<Option<String>, BackendError> {
        Ok(None)
    }

    async fn end_for_good(&self, _user: &User) -> Result<(), BackendError> {
        Ok(())
    }

    async fn present(&self, _: UserId, _: &CustomerId) -> Result<Option<Subscribed>, BackendError> {
        Ok(None)
    }

    fn read_notice(&self, _: &[u8], _: Option<&str>, _: Timestamp) -> Result<Notice, RefusedNotice> {
        Err(RefusedNotice::NoProvider)
    }

    async fn notices_since(&self, _then: Timestamp) -> Result<Vec<Notice>, BackendError> {
        Ok(Vec::new())
    }

    async fn check(&self) -> Result<String, BackendError> {
        Ok("premium is free of charge".to_owned())
    }
}
