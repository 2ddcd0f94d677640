//! The port on an emulator of Stripe: localstripe, and before it `tests/stripe/front.mjs`, which plays what that lacks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall fail")]

mod stage;

use std::time::Duration;

use gas_service::{
    id::CustomerId,
    ports::{Billing as _, Clock as _, Subscription, SystemClock},
    subscription::{Standing, SubscriptionRecord},
};
use serde_json::json;

use self::stage::Stage;

fn address(subscription: Subscription) -> String {
    match subscription {
        Subscription::ContinueAt(address) => address,
        Subscription::Effective => panic!("nothing holds at once at Stripe"),
    }
}

#[tokio::test]
async fn a_subscription_from_its_beginning_to_its_end() {
    let stage = Stage::open().await;
    let ada = stage.user("ada@example.org").await;
    assert_eq!(stage.billing.portal(&ada).await.unwrap(), None, "Stripe does not know her yet");
    let checkout = address(stage.billing.subscribe(&ada).await.unwrap());
    let again = address(stage.billing.subscribe(&ada).await.unwrap());
    assert_eq!(again, checkout, "pressing twice leads to the same page");
    let record = stage.record(&ada).await;
    assert!(record.attend_at.is_some(), "she is asked after, should no notice come");
    assert_eq!(stage.present(&record).await.unwrap(), None);

    stage.press(&checkout, "pay").await;
    let present = stage.present(&record).await.unwrap().unwrap();
    assert_eq!((present.standing, present.cancels_at_period_end), (Standing::Active, false));
    let month = present.period_end.unwrap().duration_since(SystemClock.now());
    assert!((27..=32).contains(&(month.as_hours() / 24)), "{month}");
    let instead = address(stage.billing.subscribe(&ada).await.unwrap());
    assert!(instead.contains("/portal/"), "who has one is not sent to pay for a second: {instead}");

    let portal = stage.billing.portal(&ada).await.unwrap().unwrap();
    stage.press(&portal, "cancel").await;
    let present = stage.present(&record).await.unwrap().unwrap();
    assert_eq!((present.standing, present.cancels_at_period_end), (Standing::Active, true));
    stage.happens(&present.subscription_id.0, json!({"status": "past_due"})).await;
    let present = stage.present(&record).await.unwrap().unwrap();
    assert_eq!(present.standing, Standing::PastDue);
    stage.happens(&present.subscription_id.0, json!({"status": "canceled"})).await;
    let present = stage.present(&record).await.unwrap().unwrap();
    assert_eq!(present.standing, Standing::Canceled);

    let notices = stage.billing.notices_since(SystemClock.now() - Duration::from_hours(1)).await.unwrap();
    let hers = notices.iter().filter(|notice| notice.customer.as_ref() == Some(&record.customer_id));
    let mut kinds: Vec<_> = hers.map(|notice| notice.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(
        kinds,
        ["customer.subscription.created", "customer.subscription.deleted", "customer.subscription.updated"]
    );
}

#[tokio::test]
async fn a_deleted_account_pays_no_more() {
    let stage = Stage::open().await;
    let eve = stage.user("eve@example.org").await;
    stage.billing.end_for_good(&eve).await.unwrap();
    let checkout = address(stage.billing.subscribe(&eve).await.unwrap());
    stage.press(&checkout, "pay").await;
    let record = stage.record(&eve).await;
    stage.billing.end_for_good(&eve).await.unwrap();
    stage.billing.end_for_good(&eve).await.unwrap();
    assert_eq!(stage.subscriptions.find(eve.user_id).await.unwrap(), None);
    let present = stage.present(&record).await.unwrap().unwrap();
    assert_eq!(present.standing, Standing::Canceled);

    let open = address(stage.billing.subscribe(&eve).await.unwrap());
    assert_eq!(stage.record(&eve).await.customer_id, record.customer_id, "the customer is found again");
    stage.billing.end_for_good(&eve).await.unwrap();
    assert!(!stage.pressing(&open, "pay").await.is_success(), "what was open cannot be paid any more");
}

/// What may still be paid is not forgotten.
#[tokio::test]
async fn a_checkout_that_cannot_be_closed_is_no_end() {
    let stage = Stage::open().await;
    let mia = stage.user("mia@example.org").await;
    let open = address(stage.billing.subscribe(&mia).await.unwrap());
    for status in [401, 403, 409, 429] {
        stage.refusing(json!({"status": status, "times": 9, "path": "/expire"})).await;
        stage.billing.end_for_good(&mia).await.unwrap_err();
        assert!(stage.subscriptions.find(mia.user_id).await.unwrap().is_some(), "{status}");
    }
    // As one that was completed in this instant.
    stage.refusing(json!({"status": 400, "times": 1, "path": "/expire"})).await;
    stage.billing.end_for_good(&mia).await.unwrap();
    assert_eq!(stage.subscriptions.find(mia.user_id).await.unwrap(), None);
    stage.refusing(json!({"times": 0})).await;
    stage.billing.end_for_good(&mia).await.unwrap();
    assert!(!stage.pressing(&open, "pay").await.is_success(), "found without a record, too");
}

#[tokio::test]
async fn all_open_checkouts_are_closed_however_many_pages_list_them() {
    let stage = Stage::open().await;
    let kim = stage.user("kim@example.org").await;
    let mut open = Vec::new();
    for price in ["price_premium", "price_second", "price_third"] {
        open.push(address(stage.with_price(price).subscribe(&kim).await.unwrap()));
    }
    stage.pages_of(1).await;
    stage.billing.end_for_good(&kim).await.unwrap();
    stage.pages_of(100).await;
    for page in open {
        assert!(!stage.pressing(&page, "pay").await.is_success(), "{page}");
    }
}

/// What another service sells to the same customer brings no plan here, and goes on.
#[tokio::test]
async fn subscriptions_of_other_services_are_left_alone() {
    let stage = Stage::open().await;
    let ann = stage.user("ann@example.org").await;
    let checkout = address(stage.billing.subscribe(&ann).await.unwrap());
    let record = stage.record(&ann).await;
    stage.sell_other(&record.customer_id).await;
    assert_eq!(stage.present(&record).await.unwrap(), None);
    stage.press(&checkout, "pay").await;
    assert_eq!(stage.present(&record).await.unwrap().unwrap().standing, Standing::Active);
    stage.billing.end_for_good(&ann).await.unwrap();
    assert_eq!(stage.present(&record).await.unwrap().unwrap().standing, Standing::Canceled);
    assert_eq!(stage.living(&record.customer_id).await, 1);
}

#[tokio::test]
async fn calls_are_repeated_and_count_once() {
    let stage = Stage::open().await;
    let bob = stage.user("bob@example.org").await;
    let first = address(stage.billing.subscribe(&bob).await.unwrap());
    // Another program that does not know of the customer, as after a lost write, finds it.
    stage.subscriptions.forget(bob.user_id).await.unwrap();
    let second = address(stage.billing.subscribe(&bob).await.unwrap());
    assert_eq!(first, second);
    let record = stage.record(&bob).await;
    stage.refusing(json!({"status": 500, "times": 2})).await;
    assert_eq!(stage.present(&record).await.unwrap(), None, "the third try got through");
    stage.refusing(json!({"status": 402, "times": 1})).await;
    assert!(stage.present(&record).await.is_err(), "what is refused is not tried again");
    stage.refusing(json!({"status": 503, "times": 3})).await;
    assert!(stage.present(&record).await.is_err(), "and trying has an end");
}

/// With a key of another account every customer would be missing; that must end nobody's plan.
#[tokio::test]
async fn an_unknown_customer_is_an_error_and_not_the_end_of_a_subscription() {
    let stage = Stage::open().await;
    let unknown = CustomerId("cus_of_another_account".to_owned());
    let tom = stage.user("tom@example.org").await;
    let record = SubscriptionRecord::new(tom.user_id, unknown.clone());
    let error = stage.present(&record).await.unwrap_err();
    assert!(error.to_string().contains("cus_of_another_account"), "{error}");
    // Who subscribes becomes a new customer.
    stage.subscriptions.settle(&record, None, SystemClock.now()).await.unwrap();
    stage.billing.subscribe(&tom).await.unwrap();
    assert_ne!(stage.record(&tom).await.customer_id, unknown);
}

#[tokio::test]
async fn the_price_is_told_and_what_is_wrong_with_it() {
    let stage = Stage::open().await;
    assert_eq!(stage.billing.price_in_words().await.as_deref(), Some("9.00 EUR a month"));
    let told = stage.billing.check().await.unwrap();
    assert!(told.ends_with("9.00 EUR a month, test mode"), "{told}");
    let other = stage.with_price("price_that_is_not_there");
    assert!(other.check().await.is_err());
    assert_eq!(other.price_in_words().await, None);
}
