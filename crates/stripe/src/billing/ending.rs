//! Ending everything, for an account that is deleted.

use gas_service::{
    account::User,
    id::CustomerId,
    ports::{BackendError, WhileDoing as _},
};
use serde::de::IgnoredAny;

use super::StripeBilling;
use crate::{
    client::{Answer, StripeError, path},
    objects::{List, Session},
};

impl StripeBilling {
    /// First what could still become a subscription, then the subscriptions, and last what is kept here: whatever
    /// breaks off in between can be begun again. Invoices stay at Stripe, for whoever keeps the books.
    pub(super) async fn end(&self, user: &User) -> Result<(), BackendError> {
        let Some(record) = self.subscriptions.find(user.user_id).await? else { return Ok(()) };
        let customer = &record.customer_id;
        let ended = async {
            self.close_checkouts(customer).await?;
            self.cancel_all(customer).await
        };
        ended.await.while_doing(|| format!("ending the subscription of customer `{customer}`"))?;
        self.subscriptions.forget(user.user_id).await
    }

    async fn close_checkouts(&self, customer: &CustomerId) -> Answer<()> {
        let query = [("customer", customer.0.as_str()), ("status", "open"), ("limit", "100")];
        let open: Answer<List<Session>> = self.client.get("/v1/checkout/sessions", &query).await;
        let open = match open {
            // The subscriptions are asked for next, and tell a deleted customer from one who never was.
            Err(error) if error.is_missing() => return Ok(()),
            open => open?,
        };
        for session in open.data {
            let path = path("checkout/sessions", &session.id) + "/expire";
            let occasion = self.clock.now().to_string();
            let expired: Answer<IgnoredAny> = self.client.post(&path, &[], &occasion).await;
            match expired {
                // Completed or expired in this instant.
                Err(StripeError::Refused { status: 400..=499, .. }) | Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn cancel_all(&self, customer: &CustomerId) -> Answer<()> {
        for subscription in self.subscriptions_of(customer).await? {
            if matches!(subscription.status.as_str(), "canceled" | "incomplete_expired") {
                continue;
            }
            let cancelled: Answer<IgnoredAny> =
                self.client.delete(&path("subscriptions", &subscription.id.0)).await;
            match cancelled {
                Err(error) if error.is_missing() => {}
                other => drop(other?),
            }
            tracing::info!(%customer, subscription = %subscription.id, "subscription cancelled");
        }
        Ok(())
    }
}
