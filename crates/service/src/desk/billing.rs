use super::{Desk, DeskError};
use crate::{
    account::User,
    ports::RefusedNotice,
    subscription::{SubscriptionRecord, follow::Follower},
};

impl Desk {
    /// What is kept of the user at the payment provider.
    pub async fn subscription(&self, user: &User) -> Result<Option<SubscriptionRecord>, DeskError> {
        Ok(self.ports.subscriptions.find(user.user_id).await?)
    }

    /// Where the user manages cards, invoices and the subscription.
    pub async fn portal(&self, user: &User) -> Result<String, DeskError> {
        let address = self.ports.billing.portal(user).await?.ok_or(DeskError::NoSubscription)?;
        self.audit(user, None, "portal_opened").await?;
        Ok(address)
    }

    /// Takes a notice of the payment provider, and has the plan follow what holds now.
    pub async fn hear(&self, body: &[u8], signature: Option<&str>) -> Result<(), DeskError> {
        let notice = self.ports.billing.read_notice(body, signature, self.ports.clock.now())?;
        metrics::counter!("gas_billing_notices_total").increment(1);
        let follower = Follower { ports: &self.ports, settings: &self.settings };
        follower.hear(&notice).await.map_err(DeskError::Backend)
    }
}

impl From<RefusedNotice> for DeskError {
    fn from(error: RefusedNotice) -> Self {
        if let RefusedNotice::Unreadable(_) = error {
            // What is signed and cannot be read is not a stranger's mistake but ours. Refused, it comes again.
            tracing::error!(%error, "the payment provider says what this program does not understand");
        }
        Self::Notice(error)
    }
}
