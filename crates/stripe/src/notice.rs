//! What a notice is about.

use gas_service::{
    id::{CustomerId, NoticeId},
    ports::{Notice, RefusedNotice},
};
use serde::Deserialize;

use crate::objects::Listed;

/// What is read of an event of Stripe's.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    id: NoticeId,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Object,
}

/// The object that the event is about, whatever it is.
#[derive(Debug, Deserialize)]
struct Object {
    customer: Option<Reference>,
}

/// An object by its id, or, where an event has it whole, by itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(CustomerId),
    Whole { id: CustomerId },
}

impl Listed for Event {
    fn id(&self) -> &str {
        &self.id.0
    }
}

impl Event {
    pub(crate) fn into_notice(self) -> Notice {
        let customer = self.data.object.customer.filter(|_| tells_of_subscriptions(&self.kind));
        let customer = customer.map(|customer| match customer {
            Reference::Id(id) | Reference::Whole { id } => id,
        });
        Notice { notice_id: self.id, kind: self.kind, customer }
    }
}

/// Whether a subscription may have changed. Others are taken and passed over.
fn tells_of_subscriptions(kind: &str) -> bool {
    ["customer.subscription.", "checkout.session.", "invoice."].iter().any(|group| kind.starts_with(group))
}

/// Reads the body of a notice.
pub(crate) fn read(body: &[u8]) -> Result<Notice, RefusedNotice> {
    let event: Result<Event, _> = serde_json::from_slice(body);
    event.map(Event::into_notice).map_err(|error| RefusedNotice::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// Shapes as Stripe's documentation shows them, cut to what surrounds the customer.
    #[rstest]
    #[case("customer.subscription.updated", json!({"id": "sub_1", "object": "subscription", "customer": "cus_1", "items": {"data": []}}), Some("cus_1"))]
    #[case("customer.subscription.deleted", json!({"id": "sub_1", "customer": {"id": "cus_1", "object": "customer"}}), Some("cus_1"))]
    #[case("checkout.session.completed", json!({"id": "cs_1", "mode": "subscription", "customer": "cus_1", "client_reference_id": "u"}), Some("cus_1"))]
    #[case("invoice.payment_failed", json!({"id": "in_1", "customer": "cus_1", "attempt_count": 1}), Some("cus_1"))]
    #[case("checkout.session.completed", json!({"id": "cs_1", "mode": "payment", "customer": null}), None)]
    #[case("payment_intent.succeeded", json!({"id": "pi_1", "customer": "cus_1"}), None)]
    #[case("customer.created", json!({"id": "cus_1", "object": "customer"}), None)]
    #[case("something.of.later.times", json!({}), None)]
    fn the_customer_is_found_where_it_matters(
        #[case] kind: &str,
        #[case] object: serde_json::Value,
        #[case] customer: Option<&str>,
    ) {
        let event = json!({
            "id": "evt_1", "object": "event", "api_version": "2025-09-30.clover", "created": 1_234_567_890,
            "data": {"object": object, "previous_attributes": {}}, "livemode": false, "pending_webhooks": 1,
            "request": {"id": null, "idempotency_key": null}, "type": kind,
        });
        let notice = read(event.to_string().as_bytes()).unwrap();
        assert_eq!((notice.notice_id.0.as_str(), notice.kind.as_str()), ("evt_1", kind));
        assert_eq!(notice.customer.map(|customer| customer.0).as_deref(), customer);
    }

    #[rstest]
    #[case(b"")]
    #[case(b"[]")]
    #[case(br#"{"id":"evt_1"}"#)]
    #[case(b"\xff\xfe")]
    fn what_is_no_event_is_unreadable(#[case] body: &[u8]) {
        assert!(matches!(read(body), Err(RefusedNotice::Unreadable(_))));
    }
}
