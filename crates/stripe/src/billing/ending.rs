//! Ending everything, for an account that is deleted.

use gas_service::{
    account::User,
    id::{CustomerId, UserId},
    ports::{BackendError, WhileDoing as _},
};
use serde::de::IgnoredAny;

use super::StripeBilling;
use crate::{
    client::{Answer, StripeError, path},
    objects::Session,
};

impl StripeBilling {
    /// First what could still become a subscription, then the subscriptions, and last what is kept here: whatever
    /// breaks off in between can be begun again. Invoices stay at Stripe, for whoever keeps the books.
    pub(super) async fn end(&self, user: &User) -> Result<(), BackendError> {
        let Some(customer) = &self.customer_to_end(user).await? else { return Ok(()) };
        let ended = async {
            self.close_checkouts(customer).await?;
            self.cancel_all(user.user_id, customer).await
        };
        ended.await.while_doing(|| format!("ending the subscription of customer `{customer}`"))?;
        self.subscriptions.forget(user.user_id).await
    }

    /// Without a record there may be a customer all the same: who is on the way to pay may have been forgotten meanwhile.
    async fn customer_to_end(&self, user: &User) -> Result<Option<CustomerId>, BackendError> {
        if let Some(record) = self.subscriptions.find(user.user_id).await? {
            return Ok(Some(record.customer_id));
        }
        let made = self.customer_made_for(user).await;
        made.while_doing(|| format!("looking for a customer of user `{}` at Stripe", user.user_id))
    }

    async fn close_checkouts(&self, customer: &CustomerId) -> Answer<()> {
        let query = [("customer", customer.0.as_str()), ("status", "open")];
        let open: Answer<Vec<Session>> = self.client.list("/v1/checkout/sessions", &query).await;
        let open = match open {
            // The subscriptions are asked for next, and tell a deleted customer from one who never was.
            Err(error) if error.is_missing() => return Ok(()),
            open => open?,
        };
        for session in open {
            let path = path("checkout/sessions", &session.id) + "/expire";
            let occasion = self.clock.now().to_string();
            let expired: Answer<IgnoredAny> = self.client.post(&path, &[], &occasion).await;
            match expired {
                // Completed or expired in this instant.
                Ok(_) | Err(StripeError::Refused { status: 400, .. }) => {}
                Err(error) if error.is_missing() => {}
                // Whatever else is refused may still be paid.
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn cancel_all(&self, user: UserId, customer: &CustomerId) -> Answer<()> {
        for subscription in self.subscriptions_of(user, customer).await? {
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
