//! The address where Stripe tells what happened.

use std::sync::Arc;

use axum::{body::Body, http::Request};
use gas_service::{
    id::CustomerId,
    plan::Plan,
    ports::{Clock as _, SystemClock},
    subscription::SubscriptionRecord,
};
use gas_stripe::{StripeBilling, StripeSettings, sign};
use gas_web::{App, WebOptions};
use secrecy::SecretString;
use serde_json::json;

use super::site::{Answer, By, Site};

const PATH: &str = "/billing/stripe/webhook";

fn secret() -> SecretString {
    "whsec_of_the_test".to_owned().into()
}

/// A site on Stripe, whose API does not answer.
async fn open() -> Site {
    let mut site = Site::open().await;
    let settings = StripeSettings {
        secret_key: "sk_test_1".to_owned().into(),
        webhook_secret: secret(),
        former_webhook_secret: String::new().into(),
        price: "price_1".to_owned(),
        api: "http://127.0.0.1:9".to_owned(),
    };
    let subscriptions = Arc::clone(&site.desk.ports.subscriptions);
    let billing =
        StripeBilling::new(&settings, "http://localhost:8080", subscriptions, Arc::new(SystemClock));
    site.desk.ports.billing = Arc::new(billing.unwrap());
    site.router = gas_web::router(App::new(site.desk.clone(), WebOptions::default()));
    site
}

fn event(kind: &str, customer: &str) -> String {
    json!({"id": format!("evt_{kind}_{customer}"), "type": kind, "data": {"object": {"customer": customer}}})
        .to_string()
}

async fn send(site: &Site, body: &str, signature: Option<&str>) -> Answer {
    let request = Request::post(PATH).header("content-type", "application/json; charset=utf-8");
    let request =
        signature.into_iter().fold(request, |request, text| request.header("stripe-signature", text));
    site.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn send_signed(site: &Site, body: &str) -> Answer {
    send(site, body, Some(&sign(&secret(), body.as_bytes(), SystemClock.now()))).await
}

#[tokio::test]
async fn what_is_not_signed_by_stripe_is_refused() {
    let site = open().await;
    let body = event("customer.subscription.updated", "cus_1");
    let now = SystemClock.now();
    let good = sign(&secret(), body.as_bytes(), now);
    let other = sign(&"whsec_other".to_owned().into(), body.as_bytes(), now);
    let old = sign(&secret(), body.as_bytes(), now - std::time::Duration::from_secs(400));
    for signature in [None, Some(""), Some("t=1,v1=00"), Some(&other), Some(&old)] {
        send(&site, &body, signature).await.refused(400, "invalid_signature");
    }
    send(&site, &format!("{body} "), Some(&good)).await.refused(400, "invalid_signature");
    assert_eq!(
        send(&site, &body, Some(&good)).await.status,
        200,
        "a customer who is not ours is passed over"
    );
}

#[tokio::test]
async fn what_is_signed_is_taken_and_what_is_unknown_passed_over() {
    let site = open().await;
    for body in [event("product.created", "cus_1"), event("of.later.times", "cus_1")] {
        assert_eq!(send_signed(&site, &body).await.status, 200);
    }
    // Signed, and not readable: Stripe is to send it again, and we are to look.
    send_signed(&site, "{}").await.refused(400, "unreadable_notice");
    send_signed(&site, &" ".repeat(65 * 1024)).await.refused(413, "too_large");
}

/// While Stripe cannot be asked what holds, it is told to come again; and its notice alone changes nothing.
#[tokio::test]
async fn the_notice_is_not_taken_at_its_word() {
    let site = open().await;
    let ada = site.person("ada@example.org").await;
    let customer = CustomerId("cus_ada".to_owned());
    let record = SubscriptionRecord::new(ada.user.user_id, customer);
    site.desk.ports.subscriptions.settle(&record, None, SystemClock.now()).await.unwrap();
    let body = event("customer.subscription.created", "cus_ada");
    send_signed(&site, &body).await.refused(503, "unavailable");
    let user = site.desk.ports.accounts.user(ada.user.user_id).await.unwrap().unwrap();
    assert_eq!(user.plan, Plan::FreeUser);
    // Nor is the browser's word.
    let page = site.get(By::Cookie(&ada), "/subscribe/done?paid=true").await;
    assert!(page.text().contains("Waiting for the payment provider"), "{}", page.text());
    assert!(page.header("refresh").contains("looks=1"), "{}", page.header("refresh"));
    let page = site.get(By::Cookie(&ada), "/subscribe/done?paid=true&looks=60").await;
    assert!(page.header("refresh").is_empty(), "it does not look for ever");
}

/// The plan of who may not pay is told on the profile, and how to pay.
#[tokio::test]
async fn pages_work_while_stripe_does_not() {
    let site = open().await;
    let ada = site.person("ada@example.org").await;
    let offer = site.get(By::Cookie(&ada), "/subscribe").await;
    assert!(offer.text().contains("Continue to payment"), "{}", offer.text());
    assert_eq!(site.get(By::Cookie(&ada), "/profile").await.status, 200);
}
