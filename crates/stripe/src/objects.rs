//! What is read of Stripe's answers. What is not named here is passed over, so additions of Stripe's do no harm.

use gas_service::{
    id::{CustomerId, SubscriptionId, UserId},
    subscription::{Standing, Subscribed},
};
use jiff::Timestamp;
use serde::Deserialize;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) has_more: bool,
}

/// What lists are made of.
pub(crate) trait Listed {
    /// By which the next page is asked for.
    fn id(&self) -> &str;
}

impl Listed for Session {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for Subscription {
    fn id(&self) -> &str {
        &self.id.0
    }
}

/// A customer. A deleted one has `deleted` and its id only.
#[derive(Debug, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    #[serde(default)]
    pub(crate) deleted: bool,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

/// What we noted on an object.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) user_id: Option<String>,
}

impl Metadata {
    /// Whether the object was made for that user; others of the same account at Stripe may keep theirs there.
    pub(crate) fn names(&self, user: UserId) -> bool {
        self.user_id.as_deref() == Some(&user.to_string())
    }
}

/// A page of Stripe's to go on to.
#[derive(Debug, Deserialize)]
pub(crate) struct Session {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) url: Option<String>,
}

/// A subscription. Since version `2025-03-31.basil` each item has a period of its own; before, the subscription had it.
#[derive(Debug, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) created: i64,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    #[serde(default)]
    pub(crate) cancel_at_period_end: bool,
    pub(crate) cancel_at: Option<i64>,
    pub(crate) current_period_end: Option<i64>,
    #[serde(default = "no_items")]
    pub(crate) items: List<Item>,
}

fn no_items() -> List<Item> {
    List { data: Vec::new(), has_more: false }
}

/// What is subscribed to.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) current_period_end: Option<i64>,
}

/// A status that this program does not know; what plan it brings cannot be guessed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Stripe says of subscription `{subscription}` that it is `{status}`, which this program does not know"
)]
pub(crate) struct UnknownStatus {
    subscription: SubscriptionId,
    status: String,
}

impl Subscription {
    pub(crate) fn standing(&self) -> Result<Standing, UnknownStatus> {
        // Its first payment was not done in time: over, before it began.
        if self.status == "incomplete_expired" {
            return Ok(Standing::Canceled);
        }
        let unknown = || UnknownStatus { subscription: self.id.clone(), status: self.status.clone() };
        Standing::from_name(&self.status).ok_or_else(unknown)
    }

    /// The subscription in the service's words. One that is to be cancelled at a given time ends then, whatever its period.
    pub(crate) fn subscribed(self) -> Result<Subscribed, UnknownStatus> {
        let standing = self.standing()?;
        let period = self.items.data.iter().filter_map(|item| item.current_period_end).max();
        let end = self.cancel_at.or(period).or(self.current_period_end);
        Ok(Subscribed {
            standing,
            period_end: end.and_then(|end| Timestamp::from_second(end).ok()),
            cancels_at_period_end: self.cancel_at_period_end || self.cancel_at.is_some(),
            subscription_id: self.id,
        })
    }
}

/// What counts if a user has several subscriptions: the one that brings most, then the newest.
pub(crate) fn foremost(subscriptions: Vec<Subscription>) -> Result<Option<Subscribed>, UnknownStatus> {
    let rank = |standing| match standing {
        Standing::Active => 6,
        Standing::Trialing => 5,
        Standing::PastDue => 4,
        Standing::Unpaid => 3,
        Standing::Paused => 2,
        Standing::Incomplete => 1,
        Standing::Canceled => 0,
    };
    let mut ranked = Vec::new();
    for subscription in subscriptions {
        ranked.push((rank(subscription.standing()?), subscription.created, subscription));
    }
    let foremost = ranked.into_iter().max_by_key(|(rank, created, _)| (*rank, *created));
    foremost.map(|(_, _, subscription)| subscription.subscribed()).transpose()
}

/// What something costs.
#[derive(Debug, Deserialize)]
pub(crate) struct Price {
    #[serde(default)]
    pub(crate) active: bool,
    #[serde(default)]
    pub(crate) livemode: bool,
    pub(crate) currency: String,
    pub(crate) unit_amount: Option<i64>,
    pub(crate) recurring: Option<Recurring>,
}

/// How often.
#[derive(Debug, Deserialize)]
pub(crate) struct Recurring {
    pub(crate) interval: String,
    pub(crate) interval_count: u32,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn subscription(id: &str, status: &str, created: i64) -> Subscription {
        serde_json::from_value(json!({"id": id, "status": status, "created": created})).unwrap()
    }

    #[rstest]
    #[case(&[], None)]
    #[case(&[("old", "canceled", 1), ("new", "active", 2)], Some("new"))]
    #[case(&[("old", "active", 1), ("new", "canceled", 2)], Some("old"))]
    #[case(&[("old", "past_due", 1), ("new", "incomplete", 2)], Some("old"))]
    #[case(&[("old", "canceled", 1), ("new", "incomplete_expired", 2)], Some("new"))]
    #[case(&[("old", "active", 1), ("new", "active", 2)], Some("new"))]
    fn the_subscription_that_brings_most_counts(
        #[case] all: &[(&str, &str, i64)],
        #[case] counts: Option<&str>,
    ) {
        let all = all.iter().map(|(id, status, created)| subscription(id, status, *created)).collect();
        let found = foremost(all).unwrap().map(|subscribed| subscribed.subscription_id.0);
        assert_eq!(found.as_deref(), counts);
    }

    #[test]
    fn a_status_of_later_times_is_not_guessed() {
        let error = foremost(vec![subscription("sub_1", "frozen", 1)]).unwrap_err();
        assert!(error.to_string().contains("`frozen`"), "{error}");
    }

    /// In the shapes of both times, cut from Stripe's own examples.
    #[rstest]
    #[case(json!({"items": {"data": [{"current_period_end": 1_700}, {"current_period_end": 1_800}]}}), 1_800, false)]
    #[case(json!({"current_period_end": 1_900, "items": {"data": [{"id": "si_1"}]}}), 1_900, false)]
    #[case(json!({"cancel_at_period_end": true, "cancel_at": 1_800, "items": {"data": [{"current_period_end": 1_800}]}}), 1_800, true)]
    #[case(json!({"cancel_at": 1_750, "items": {"data": [{"current_period_end": 1_800}]}}), 1_750, true)]
    fn the_end_is_found_wherever_it_stands(
        #[case] mut shape: serde_json::Value,
        #[case] end: i64,
        #[case] cancels: bool,
    ) {
        let fields = json!({"id": "sub_1", "status": "active", "object": "subscription", "livemode": false});
        shape.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let subscription: Subscription = serde_json::from_value(shape).unwrap();
        let subscribed = subscription.subscribed().unwrap();
        assert_eq!(subscribed.period_end, Some(Timestamp::from_second(end).unwrap()));
        assert_eq!(subscribed.cancels_at_period_end, cancels);
    }
}
