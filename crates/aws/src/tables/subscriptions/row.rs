//! Rows, and what they mean.

use aws_sdk_dynamodb::types::AttributeValue;
use gas_service::{
    id::{CustomerId, NoticeId, UserId},
    subscription::{Subscribed, SubscriptionRecord},
};

use crate::tables::{
    attributes::{Attributes, Item, Unreadable, number, text, time},
    update::Wish,
};

/// The key.
pub(super) const ID: &str = "id";
/// Whose a row is. Under this name, and not `user_id`, it stays out of the index of tokens.
pub(super) const BELONGS_TO: &str = "belongs_to";
pub(super) const REVISION: &str = "revision";
/// Brings a record that is to be attended to into the index `attend`, which is ordered by the other.
pub(super) const ATTEND_STATE: &str = "attend_state";
pub(super) const ATTEND_AT: &str = "attend_at";
/// The one value of [`ATTEND_STATE`].
pub(super) const WAITING: &str = "SUBSCRIPTION";

pub(super) fn subscription(user: UserId) -> String {
    format!("subscription/{user}")
}

pub(super) fn customer(customer: &CustomerId) -> String {
    format!("customer/{customer}")
}

pub(super) fn notice(notice: &NoticeId) -> String {
    format!("notice/{notice}")
}

/// A row of those attributes that are there.
pub(super) fn item<const N: usize>(key: String, attributes: [(&str, Option<AttributeValue>); N]) -> Item {
    let attributes = attributes.into_iter().chain([(ID, Some(text(key)))]);
    attributes.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Whose a customer is.
pub(super) fn of_customer(of: &SubscriptionRecord) -> Item {
    item(customer(&of.customer_id), [(BELONGS_TO, Some(text(of.user_id)))])
}

/// Everything that a record says.
pub(super) fn wishes(of: &SubscriptionRecord) -> Vec<Wish> {
    let subscribed = of.subscribed.as_ref();
    vec![
        (BELONGS_TO, Some(text(of.user_id))),
        ("customer_id", Some(text(&of.customer_id))),
        ("subscription_id", subscribed.map(|subscribed| text(&subscribed.subscription_id))),
        ("standing", subscribed.map(|subscribed| text(subscribed.standing.as_str()))),
        ("period_end", subscribed.and_then(|subscribed| subscribed.period_end).map(time)),
        (
            "cancels_at_period_end",
            subscribed.map(|subscribed| AttributeValue::Bool(subscribed.cancels_at_period_end)),
        ),
        ("grace_until", of.grace_until.map(time)),
        (ATTEND_AT, of.attend_at.map(time)),
        (ATTEND_STATE, of.attend_at.map(|_| text(WAITING))),
        (REVISION, Some(number(of.revision))),
    ]
}

pub(super) fn record(item: &Item) -> Result<SubscriptionRecord, Unreadable> {
    let of = Attributes(item);
    let subscribed = of.word_if("subscription_id")?.map(|subscription_id| {
        Ok(Subscribed {
            subscription_id,
            standing: of.word("standing")?,
            period_end: of.time_if("period_end")?,
            cancels_at_period_end: of.flag("cancels_at_period_end")?,
        })
    });
    Ok(SubscriptionRecord {
        user_id: of.word(BELONGS_TO)?,
        customer_id: of.word("customer_id")?,
        subscribed: subscribed.transpose()?,
        grace_until: of.time_if("grace_until")?,
        attend_at: of.time_if(ATTEND_AT)?,
        revision: of.number(REVISION)?,
    })
}
