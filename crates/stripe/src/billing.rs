//! The port.

mod ending;
mod subscribing;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use gas_service::{
    account::User,
    id::{CustomerId, UserId},
    ports::{
        BackendError, Billing, Clock, Notice, Price, RefusedNotice, Subscription, Subscriptions,
        WhileDoing as _,
    },
    subscription::Subscribed,
};
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::{
    client::{Answer, Client, StripeError, path},
    notice::{self, Event},
    objects::{self, Customer, foremost},
    price,
    settings::{MissingSetting, StripeSettings, is_empty},
    signature,
};

/// How long a price that was read is believed, and how long one that could not be read is not asked for again.
const PRICE_LIFE: Duration = Duration::from_mins(10);
const PRICE_PAUSE: Duration = Duration::from_secs(30);
/// How long a page waits for a price.
const PRICE_TIME: Duration = Duration::from_secs(3);

/// Takes money by way of Stripe.
pub struct StripeBilling {
    client: Client,
    subscriptions: Arc<dyn Subscriptions>,
    clock: Arc<dyn Clock>,
    webhook_secrets: Vec<SecretString>,
    price: String,
    /// What the addresses begin with to which Stripe leads people back.
    site: String,
    price_seen: Mutex<Option<(Instant, Option<String>)>>,
}

/// Why there can be no payment.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A setting is missing.
    #[error(transparent)]
    Missing(#[from] MissingSetting),
    /// The system has no means to make calls.
    #[error("calls of Stripe cannot be set up")]
    Client(#[from] reqwest::Error),
}

impl StripeBilling {
    /// Asks nothing of Stripe yet. `site` is where people reach the service, without a slash at its end.
    pub fn new(
        settings: &StripeSettings,
        site: &str,
        subscriptions: Arc<dyn Subscriptions>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        settings.complete()?;
        let secrets = [&settings.webhook_secret, &settings.former_webhook_secret];
        Ok(Self {
            client: Client::new(&settings.api, settings.secret_key.clone())?,
            subscriptions,
            clock,
            webhook_secrets: secrets.into_iter().filter(|secret| !is_empty(secret)).cloned().collect(),
            price: settings.price.trim().to_owned(),
            site: site.to_owned(),
            price_seen: Mutex::new(None),
        })
    }

    async fn read_price(&self) -> Answer<objects::Price> {
        self.client.get(&path("prices", &self.price), &[]).await
    }

    /// All subscriptions of a customer that were made for that user, those that are over, too: what else somebody sells
    /// to the same customer is none of this service's business. A customer of whom Stripe knows nothing is an error
    /// rather than one without subscriptions: a key of another account would end them all.
    async fn subscriptions_of(
        &self,
        user: UserId,
        customer: &CustomerId,
    ) -> Answer<Vec<objects::Subscription>> {
        let query = [("customer", customer.0.as_str()), ("status", "all")];
        let listed: Answer<Vec<objects::Subscription>> = self.client.list("/v1/subscriptions", &query).await;
        match listed {
            Err(error) if error.is_missing() => match self.customer(customer).await? {
                Some(found) if found.deleted => Ok(Vec::new()),
                _ => Err(error),
            },
            listed => Ok(listed?.into_iter().filter(|one| one.metadata.names(user)).collect()),
        }
    }

    /// A customer, who may be a deleted one.
    async fn customer(&self, customer: &CustomerId) -> Answer<Option<Customer>> {
        match self.client.get(&path("customers", &customer.0), &[]).await {
            Err(error) if error.is_missing() => Ok(None),
            found => found.map(Some),
        }
    }

    async fn present_of(&self, user: UserId, customer: &CustomerId) -> Answer<Option<Subscribed>> {
        let all = self.subscriptions_of(user, customer).await?;
        foremost(all).map_err(|unknown| StripeError::Unexpected(unknown.to_string()))
    }

    /// Stripe lists the newest first and keeps events for 30 days.
    async fn events_since(&self, then: Timestamp) -> Answer<Vec<Notice>> {
        let then = then.as_second().to_string();
        let query = [("type", "customer.subscription.*"), ("created[gte]", &*then)];
        let (events, all): (Vec<Event>, bool) = self.client.begin_of_list("/v1/events", &query).await?;
        if !all {
            tracing::warn!(events = events.len(), "there are more events than are caught up with at once");
        }
        Ok(events.into_iter().map(Event::into_notice).collect())
    }
}

#[async_trait]
impl Billing for StripeBilling {
    fn price(&self) -> Price {
        Price::Provider
    }

    async fn price_in_words(&self) -> Option<String> {
        let mut seen = self.price_seen.lock().await;
        if let Some((at, words)) = &*seen
            && at.elapsed() < if words.is_some() { PRICE_LIFE } else { PRICE_PAUSE }
        {
            return words.clone();
        }
        let read = tokio::time::timeout(PRICE_TIME, self.read_price()).await;
        let words = match read {
            Ok(Ok(found)) => price::in_words(&found),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the price could not be read");
                None
            }
            Err(_) => None,
        };
        *seen = Some((Instant::now(), words.clone()));
        words
    }

    async fn subscribe(&self, user: &User) -> Result<Subscription, BackendError> {
        self.begin(user).await.map(Subscription::ContinueAt)
    }

    /// Where there is nothing at Stripe to end, the plan was given by other means and ends at once.
    async fn unsubscribe(&self, user: &User) -> Result<Subscription, BackendError> {
        let record = self.subscriptions.find(user.user_id).await?;
        match record.filter(|record| record.living().is_some()) {
            Some(record) => Ok(Subscription::ContinueAt(self.portal_of(&record.customer_id).await?)),
            None => Ok(Subscription::Effective),
        }
    }

    async fn portal(&self, user: &User) -> Result<Option<String>, BackendError> {
        match self.subscriptions.find(user.user_id).await? {
            Some(record) => self.portal_of(&record.customer_id).await.map(Some),
            None => Ok(None),
        }
    }

    async fn end_for_good(&self, user: &User) -> Result<(), BackendError> {
        self.end(user).await
    }

    async fn present(&self, user: UserId, customer: &CustomerId) -> Result<Option<Subscribed>, BackendError> {
        self.present_of(user, customer)
            .await
            .while_doing(|| format!("asking for the subscriptions of `{customer}`"))
    }

    fn read_notice(
        &self,
        body: &[u8],
        signature: Option<&str>,
        now: Timestamp,
    ) -> Result<Notice, RefusedNotice> {
        signature::verify(signature, body, &self.webhook_secrets, now)?;
        notice::read(body)
    }

    async fn notices_since(&self, then: Timestamp) -> Result<Vec<Notice>, BackendError> {
        self.events_since(then).await.while_doing(|| format!("asking for events since {then}"))
    }

    async fn check(&self) -> Result<String, BackendError> {
        let found = self
            .read_price()
            .await
            .while_doing(|| format!("asking Stripe at `{}` for price `{}`", self.client.api(), self.price))?;
        let unfit = |why: &str| {
            let doing = format!("looking at price `{}`", self.price);
            Err(BackendError::new(doing, StripeError::Unexpected(why.to_owned())))
        };
        if !found.active {
            return unfit("it is not active, so nobody can subscribe");
        }
        let Some(words) = price::in_words(&found) else {
            return unfit("it is not one amount that is paid again and again, as a subscription needs it");
        };
        let mode = if found.livemode { "live" } else { "test" };
        Ok(format!("Stripe at `{}`: {words}, {mode} mode", self.client.api()))
    }
}
