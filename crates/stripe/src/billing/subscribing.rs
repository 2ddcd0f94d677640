//! Sending people to pay, and to what they pay for.

use gas_service::{
    account::User,
    id::CustomerId,
    ports::{BackendError, Settled, WhileDoing as _},
    subscription::{Subscribed, SubscriptionRecord},
};

use super::StripeBilling;
use crate::{
    client::{Answer, StripeError},
    objects::{Customer, List, Session},
};

/// Requests that say the same within so many seconds are one.
const OCCASION_SECONDS: i64 = 600;

impl StripeBilling {
    /// The address of Checkout; or that of the portal, for those who have a subscription that can be put right.
    pub(super) async fn begin(&self, user: &User) -> Result<String, BackendError> {
        let record = self.known(user).await?;
        let customer = &record.customer_id;
        let present = self
            .present_of(user.user_id, customer)
            .await
            .while_doing(|| format!("looking at customer `{customer}`"))?;
        if present.as_ref().is_some_and(|present| present.standing.lives()) {
            return self.portal_of(customer).await;
        }
        let session = self.checkout(user, customer, present.as_ref()).await;
        address_of(session.while_doing(|| format!("opening Checkout for user `{}`", user.user_id))?)
    }

    pub(super) async fn portal_of(&self, customer: &CustomerId) -> Result<String, BackendError> {
        let back = format!("{}/profile", self.site);
        let form = [("customer", customer.0.as_str()), ("return_url", &back)];
        // Each is a new session, and good for some minutes only.
        let occasion = self.clock.now().to_string();
        let session = self.client.post("/v1/billing_portal/sessions", &form, &occasion).await;
        address_of(session.while_doing(|| format!("opening the portal for customer `{customer}`"))?)
    }

    async fn checkout(
        &self,
        user: &User,
        customer: &CustomerId,
        before: Option<&Subscribed>,
    ) -> Answer<Session> {
        let user_id = user.user_id.to_string();
        let (done, back) =
            (format!("{}/subscribe/done?paid=true", self.site), format!("{}/subscribe", self.site));
        let form = [
            ("mode", "subscription"),
            ("customer", &customer.0),
            ("client_reference_id", &user_id),
            ("line_items[0][price]", &self.price),
            ("line_items[0][quantity]", "1"),
            ("subscription_data[metadata][user_id]", &user_id),
            ("success_url", &done),
            ("cancel_url", &back),
        ];
        // Pressing the button twice leads to the same page. After a subscription there is another occasion.
        let before = before.map(|subscribed| (&subscribed.subscription_id.0, subscribed.standing.as_str()));
        let occasion = format!("{before:?} {}", self.occasion());
        self.client.post("/v1/checkout/sessions", &form, &occasion).await
    }

    fn occasion(&self) -> i64 {
        self.clock.now().as_second() / OCCASION_SECONDS
    }

    /// The user's record, with a customer that Stripe knows, to be asked after soon.
    async fn known(&self, user: &User) -> Result<SubscriptionRecord, BackendError> {
        const TRIES: usize = 5;
        for _ in 0..TRIES {
            let kept = self.subscriptions.find(user.user_id).await?;
            let customer = self.customer_of(user, kept.as_ref()).await;
            let customer_id =
                customer.while_doing(|| format!("finding user `{}` at Stripe", user.user_id))?;
            let record = kept.unwrap_or_else(|| SubscriptionRecord::new(user.user_id, customer_id.clone()));
            let now = self.clock.now();
            let record = SubscriptionRecord { customer_id, ..record }.sent_to_pay(now);
            if let Settled::Written(record) = self.subscriptions.settle(&record, None, now).await? {
                return Ok(record);
            }
        }
        let doing = format!("noting that user `{}` was sent to pay", user.user_id);
        Err(BackendError::new(doing, StripeError::Unexpected("others changed it all the time".to_owned())))
    }

    /// The customer that is kept, if Stripe still knows it; else one that was made for this user and lost; else a new one.
    async fn customer_of(&self, user: &User, kept: Option<&SubscriptionRecord>) -> Answer<CustomerId> {
        if let Some(kept) = kept
            && let Some(found) = self.customer(&kept.customer_id).await?
            && !found.deleted
        {
            return Ok(found.id);
        }
        if let Some(found) = self.customer_made_for(user).await? {
            return Ok(found);
        }
        let (user_id, email) = (user.user_id.to_string(), user.user_email.as_str());
        let form = [("email", email), ("metadata[user_id]", &user_id)];
        let occasion = format!("{:?} {}", kept.map(|kept| &kept.customer_id), self.occasion());
        let made: Customer = self.client.post("/v1/customers", &form, &occasion).await?;
        tracing::info!(%user_id, customer = %made.id, "made a customer at Stripe");
        Ok(made.id)
    }

    /// The customer that was made for this user, kept or not.
    pub(super) async fn customer_made_for(&self, user: &User) -> Answer<Option<CustomerId>> {
        let query = [("email", user.user_email.as_str()), ("limit", "100")];
        let found: List<Customer> = self.client.get("/v1/customers", &query).await?;
        let ours = found.data.into_iter().find(|customer| customer.metadata.names(user.user_id));
        Ok(ours.map(|customer| customer.id))
    }
}

/// Where to go on. What is no address of the web leads nowhere.
fn address_of(session: Session) -> Result<String, BackendError> {
    let plausible = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    session.url.filter(plausible).ok_or_else(|| {
        let why = format!("session `{}` has no address", session.id);
        BackendError::new("going on to Stripe", StripeError::Unexpected(why))
    })
}
