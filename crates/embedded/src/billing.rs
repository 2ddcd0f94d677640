use async_trait::async_trait;
use gas_service::{
    account::User,
    ports::{BackendError, Billing, Subscription},
};

/// Takes no money: every wish holds at once, and pages say so.
pub(crate) struct DemoBilling;

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
