//! What the payment provider says of a user's subscription, and the plan that follows from it.
//!
//! The plan follows the provider's word alone. Its notices only say *that* something changed; what holds is asked
//! anew each time (`follow`), so neither their order nor their number matters.

pub(crate) mod follow;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{CustomerId, SubscriptionId, UserId},
    plan::Plan,
};

/// How often a subscription that lives is asked after, should no notice come.
pub const RECONCILED_EVERY: Duration = Duration::from_hours(24);
/// How long the provider is given to do what it does at an instant, such as ending a subscription with its period.
const LEEWAY: Duration = Duration::from_mins(5);
/// How long after somebody was sent to pay the outcome is asked after, should no notice come.
const PAYMENT_TIME: Duration = Duration::from_mins(5);

/// How a subscription stands, in the provider's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Paid.
    Active,
    /// Not to be paid yet.
    Trialing,
    /// The last payment failed; it is being tried again.
    PastDue,
    /// Payment failed for good; the subscription stays, invoices are no longer tried.
    Unpaid,
    /// The first payment is not done.
    Incomplete,
    /// Stands still, unpaid.
    Paused,
    /// Over.
    Canceled,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Active,
        Self::Trialing,
        Self::PastDue,
        Self::Unpaid,
        Self::Incomplete,
        Self::Paused,
        Self::Canceled,
    ];

    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Trialing => "trialing",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Incomplete => "incomplete",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
        }
    }

    /// The standing of that stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == name)
    }

    /// Whether there is something to go on with, or to put right, rather than to begin anew.
    pub fn lives(self) -> bool {
        !matches!(self, Self::Canceled | Self::Incomplete)
    }
}

/// The plan that a standing brings. `grace_until` matters to one that is past due only.
pub fn plan_of(standing: Standing, grace_until: Option<Timestamp>, now: Timestamp) -> Plan {
    match standing {
        Standing::Active | Standing::Trialing => Plan::PremiumUser,
        Standing::PastDue if grace_until.is_some_and(|end| now < end) => Plan::PremiumUser,
        Standing::PastDue
        | Standing::Unpaid
        | Standing::Incomplete
        | Standing::Paused
        | Standing::Canceled => Plan::FreeUser,
    }
}

/// A subscription as the provider tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// How it stands.
    pub standing: Standing,
    /// When the period that is paid, or to be paid, ends.
    pub period_end: Option<Timestamp>,
    /// Whether it ends then rather than going on.
    pub cancels_at_period_end: bool,
}

/// What is kept of a user at the payment provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionRecord {
    /// Who.
    pub user_id: UserId,
    /// The same at the provider.
    pub customer_id: CustomerId,
    /// What the provider said last; none until it has ever known a subscription.
    pub subscribed: Option<Subscribed>,
    /// Until when a subscription that is past due counts as paid.
    pub grace_until: Option<Timestamp>,
    /// When the provider is to be asked anew, should it not speak before; none is never.
    pub attend_at: Option<Timestamp>,
    /// Raised with each write. A new record has 0.
    pub revision: u64,
}

impl SubscriptionRecord {
    /// A record that is not yet kept.
    pub fn new(user_id: UserId, customer_id: CustomerId) -> Self {
        Self { user_id, customer_id, subscribed: None, grace_until: None, attend_at: None, revision: 0 }
    }

    /// The plan that follows from what the provider said; none if it never said anything.
    pub fn plan(&self, now: Timestamp) -> Option<Plan> {
        self.subscribed.as_ref().map(|subscribed| plan_of(subscribed.standing, self.grace_until, now))
    }

    /// The subscription, if there is something to go on with.
    pub fn living(&self) -> Option<&Subscribed> {
        self.subscribed.as_ref().filter(|subscribed| subscribed.standing.lives())
    }

    /// The record after the provider said `present`; none is that it knows no subscription. Said twice is as good as
    /// once: the grace runs from when the provider was first heard to say "past due".
    #[must_use]
    pub fn told(&self, present: Option<Subscribed>, now: Timestamp, grace: Duration) -> Self {
        let over = |subscribed: Subscribed| Subscribed { standing: Standing::Canceled, ..subscribed };
        let subscribed = present.or_else(|| self.subscribed.clone().map(over));
        let grace_until = match &subscribed {
            Some(subscribed) if subscribed.standing == Standing::PastDue => {
                Some(self.grace_of(&subscribed.subscription_id).unwrap_or(now + grace))
            }
            _ => None,
        };
        let mut record = Self { subscribed, grace_until, ..self.clone() };
        record.attend_at = record.next_look(now);
        record
    }

    /// The record after its user was sent to pay.
    #[must_use]
    pub fn sent_to_pay(&self, now: Timestamp) -> Self {
        let soon = now + PAYMENT_TIME;
        Self { attend_at: Some(self.attend_at.map_or(soon, |at| at.min(soon))), ..self.clone() }
    }

    /// The grace that this very subscription already has.
    fn grace_of(&self, subscription: &SubscriptionId) -> Option<Timestamp> {
        let subscribed = self.subscribed.as_ref()?;
        let same = subscribed.standing == Standing::PastDue && subscribed.subscription_id == *subscription;
        self.grace_until.filter(|_| same)
    }

    fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        let subscribed =
            self.subscribed.as_ref().filter(|subscribed| subscribed.standing != Standing::Canceled)?;
        let ends = subscribed.period_end.filter(|_| subscribed.cancels_at_period_end);
        let looks = [Some(now + RECONCILED_EVERY), self.grace_until, ends.map(|end| end + LEEWAY)];
        looks.into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Whether another record says the same of the provider; when it was to be asked anew does not count.
    pub(crate) fn says_as(&self, other: &Self) -> bool {
        Self { attend_at: other.attend_at, ..self.clone() } == *other
    }
}
