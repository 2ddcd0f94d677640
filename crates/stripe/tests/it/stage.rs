//! The emulator, and the embedded back end.

use std::sync::Arc;

use gas_embedded::Embedded;
use gas_service::{
    account::User,
    id::CustomerId,
    ports::{Accounts, BackendError, Billing as _, Clock, Subscriptions, SystemClock},
    reference::InstalledReferences,
    settings::SiteSettings,
    subscription::{Subscribed, SubscriptionRecord},
};
use gas_stripe::{StripeBilling, StripeSettings};
use reqwest::{Client, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// One test at a time: what the emulator is told to refuse must meet who told it.
static TURN: Mutex<()> = Mutex::const_new(());

/// Stands still, so that what is pressed twice is pressed within the same minutes.
struct Still(jiff::Timestamp);

impl Clock for Still {
    fn now(&self) -> jiff::Timestamp {
        self.0
    }
}

pub(crate) struct Stage {
    pub(crate) billing: StripeBilling,
    pub(crate) subscriptions: Arc<dyn Subscriptions>,
    accounts: Arc<dyn Accounts>,
    http: Client,
    address: String,
    _data: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Stage {
    pub(crate) async fn open() -> Self {
        let turn = TURN.lock().await;
        let address = std::env::var("GAS_TEST_STRIPE")
            .expect("these tests need an emulator of Stripe: run them by `scripts/with-stripe`");
        let data = tempfile::tempdir().unwrap();
        let site = SiteSettings {
            address: "http://localhost:8080".to_owned(),
            mail_from: "gas@example.org".to_owned(),
        };
        let settings = serde_json::from_value(json!({
            "cold_storage": { "expedited_time": "1s", "standard_time": "2s", "expedited_at_once": 1 },
            "max_receives": 3,
        }))
        .unwrap();
        let references = Arc::new(InstalledReferences::default());
        let opened = Embedded::open(data.path(), &settings, &site, Arc::new(SystemClock), references);
        let ports = opened.await.unwrap().ports;
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let stage = Self {
            billing: billing(&address, "price_premium", &ports.subscriptions),
            subscriptions: ports.subscriptions,
            accounts: ports.accounts,
            http,
            address,
            _data: data,
            _turn: turn,
        };
        stage.tell("/_test/plan", &json!({"id": "price_premium"})).await;
        stage
    }

    pub(crate) fn with_price(&self, price: &str) -> StripeBilling {
        billing(&self.address, price, &self.subscriptions)
    }

    pub(crate) async fn user(&self, email: &str) -> User {
        self.accounts.user_of_email(&email.parse().unwrap(), jiff::Timestamp::now()).await.unwrap()
    }

    pub(crate) async fn record(&self, user: &User) -> SubscriptionRecord {
        self.subscriptions.find(user.user_id).await.unwrap().expect("there is a record")
    }

    /// What comes of pressing a button of a page of Stripe's.
    pub(crate) async fn pressing(&self, page: &str, button: &str) -> StatusCode {
        let pressed = self.http.post(page).form(&[("do", button)]).send().await.unwrap();
        let status = pressed.status();
        if status.is_redirection() { StatusCode::OK } else { status }
    }

    pub(crate) async fn press(&self, page: &str, button: &str) {
        assert!(self.pressing(page, button).await.is_success(), "{page} {button}");
    }

    /// What time or a bank does to a subscription.
    pub(crate) async fn happens(&self, subscription: &str, fields: Value) {
        self.tell(&format!("/_test/subscriptions/{subscription}"), &fields).await;
    }

    /// What the next calls get.
    pub(crate) async fn refusing(&self, how: Value) {
        self.tell("/_test/refuse", &how).await;
    }

    /// How many pages of Checkout a list has at once.
    pub(crate) async fn pages_of(&self, size: u32) {
        self.tell("/_test/pages", &json!({"size": size})).await;
    }

    /// Something that another service sells.
    pub(crate) async fn sell_other(&self, customer: &CustomerId) {
        self.tell("/_test/sell", &json!({"customer": customer})).await;
    }

    /// How many subscriptions of a customer go on, whoever sold them.
    pub(crate) async fn living(&self, customer: &CustomerId) -> usize {
        let asked = self
            .http
            .get(format!("{}/v1/subscriptions?customer={customer}", self.address))
            .bearer_auth("sk_test_12345")
            .header("stripe-version", gas_stripe::API_VERSION);
        let all: Value = asked.send().await.unwrap().json().await.unwrap();
        let lives = |one: &&Value| one["status"] == "active";
        all["data"].as_array().unwrap().iter().filter(lives).count()
    }

    pub(crate) async fn present(
        &self,
        record: &SubscriptionRecord,
    ) -> Result<Option<Subscribed>, BackendError> {
        self.billing.present(record.user_id, &record.customer_id).await
    }

    async fn tell(&self, path: &str, what: &Value) {
        // A plan that is there already is fine.
        self.http.post(format!("{}{path}", self.address)).json(what).send().await.unwrap();
    }
}

fn billing(address: &str, price: &str, subscriptions: &Arc<dyn Subscriptions>) -> StripeBilling {
    let settings = StripeSettings {
        secret_key: "sk_test_12345".to_owned().into(),
        webhook_secret: "whsec_test".to_owned().into(),
        former_webhook_secret: String::new().into(),
        price: price.to_owned(),
        api: address.to_owned(),
    };
    let clock = Arc::new(Still(jiff::Timestamp::now()));
    StripeBilling::new(&settings, "http://localhost:8080", Arc::clone(subscriptions), clock).unwrap()
}
