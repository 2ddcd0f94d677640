//! The payment provider: its signature, and an API that answers as it should.

use std::sync::{Arc, OnceLock};

use axum::{
    Json, Router,
    http::HeaderValue,
    routing::{delete, get, post},
};
use gas_service::{
    id::CustomerId,
    ports::{Clock as _, SystemClock},
    subscription::SubscriptionRecord,
};
use gas_stripe::{StripeBilling, StripeSettings};
use gas_web::{App, WebOptions};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::site::{Person, Site};

/// Where notices go.
pub(super) const WEBHOOK: &str = "/billing/stripe/webhook";
/// The header that shows from whom they are.
pub(super) const SIGNATURE: &str = "stripe-signature";
/// The customer who is one of ours.
const CUSTOMER: &str = "cus_eve";

pub(super) struct Stripe {
    webhook_secret: SecretString,
    /// The number of the user who is its customer.
    known: Arc<OnceLock<String>>,
}

impl Stripe {
    /// Has the site take money by way of it.
    pub(super) async fn open(site: &mut Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let known = Arc::new(OnceLock::new());
        let answers = answers(Arc::clone(&known));
        tokio::spawn(async move { axum::serve(listener, answers).await });
        let webhook_secret = SecretString::from("whsec_of_the_test");
        let settings = StripeSettings {
            secret_key: "sk_test_1".into(),
            webhook_secret: webhook_secret.clone(),
            former_webhook_secret: "".into(),
            price: "price_1".to_owned(),
            api,
        };
        let subscriptions = Arc::clone(&site.desk.ports.subscriptions);
        let billing =
            StripeBilling::new(&settings, "http://localhost:8080", subscriptions, Arc::new(SystemClock));
        site.desk.ports.billing = Arc::new(billing.unwrap());
        let options = WebOptions { show_outbox: true, ..WebOptions::default() };
        site.router = gas_web::router(App::new(site.desk.clone(), options));
        Self { webhook_secret, known }
    }

    /// Makes somebody its customer.
    pub(super) async fn knows(&self, site: &Site, person: &Person) {
        self.known.set(person.user.user_id.to_string()).unwrap();
        let record = SubscriptionRecord::new(person.user.user_id, CustomerId(CUSTOMER.to_owned()));
        site.desk.ports.subscriptions.settle(&record, None, SystemClock.now()).await.unwrap();
    }

    pub(super) fn sign(&self, body: &[u8]) -> HeaderValue {
        let signature = gas_stripe::sign(&self.webhook_secret, body, SystemClock.now());
        HeaderValue::from_str(&signature).unwrap()
    }
}

/// What it says of everybody who asks.
fn answers(known: Arc<OnceLock<String>>) -> Router {
    let none = json!({"object": "list", "data": [], "has_more": false});
    let subscription = move || {
        let user = known.get().cloned().unwrap_or_default();
        json!({"id": "sub_1", "status": "active", "created": 1, "cancel_at_period_end": false,
            "metadata": {"user_id": user}, "items": {"data": [{"current_period_end": 4_102_444_800_i64}]}})
    };
    let listed = subscription.clone();
    let page = json!({"id": "cs_1", "url": "https://checkout.example.org/cs_1"});
    let says = |value: Value| move || async move { Json(value) };
    Router::new()
        .route("/v1/subscriptions", get(move || async move { Json(json!({"data": [listed()]})) }))
        .route("/v1/subscriptions/{id}", delete(move || async move { Json(subscription()) }))
        .route("/v1/customers", get(says(none.clone())).post(says(json!({"id": CUSTOMER}))))
        .route("/v1/customers/{id}", get(says(json!({"id": CUSTOMER}))))
        .route("/v1/checkout/sessions", get(says(none.clone())).post(says(page.clone())))
        .route("/v1/billing_portal/sessions", post(says(page)))
        .route("/v1/events", get(says(none)))
        .fallback(says(json!({"id": "price_1", "active": true, "currency": "eur", "unit_amount": 900,
            "recurring": {"interval": "month", "interval_count": 1}})))
}
