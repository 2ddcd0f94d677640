mod free_of_charge;

use async_trait::async_trait;
use jiff::Timestamp;

pub use self::free_of_charge::FreeOfCharge;
use super::BackendError;
use crate::{
    account::User,
    id::{CustomerId, NoticeId, UserId},
    subscription::Subscribed,
};

/// What became of a wish to subscribe or to unsubscribe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// It holds at once.
    Effective,
    /// The user goes on at this address; the plan changes when the provider says so.
    ContinueAt(String),
}

/// What the premium plan costs; pages say so on the button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// Nothing, as there is no provider: for demonstration and teaching.
    Demo,
    /// Nothing, as whoever runs the service bears the costs.
    Off,
    /// What the payment provider asks for.
    Provider,
}

/// What a payment provider wants to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Which.
    pub notice_id: NoticeId,
    /// The provider's word for what happened.
    pub kind: String,
    /// About whose subscription it is; none if about no subscription.
    pub customer: Option<CustomerId>,
}

/// Why a text is not taken for a notice of the provider.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RefusedNotice {
    /// There is no provider.
    #[error("this server takes no notices, as it has no payment provider")]
    NoProvider,
    /// It does not come from the provider.
    #[error("the notice is not signed by the payment provider: {0}")]
    Signature(&'static str),
    /// It comes from the provider, but says nothing that can be understood.
    #[error("the notice cannot be understood: {0}")]
    Unreadable(String),
}

/// Who takes the money.
#[async_trait]
pub trait Billing: Send + Sync {
    /// What the premium plan costs.
    fn price(&self) -> Price;

    /// The price in words, such as `9.00 EUR a month`; none if there is none, or it is not known now.
    async fn price_in_words(&self) -> Option<String>;

    /// Begins the premium subscription.
    async fn subscribe(&self, user: &User) -> Result<Subscription, BackendError>;

    /// Ends it.
    async fn unsubscribe(&self, user: &User) -> Result<Subscription, BackendError>;

    /// Where the user manages cards, invoices and the subscription; none for those of whom the provider knows nothing.
    async fn portal(&self, user: &User) -> Result<Option<String>, BackendError>;

    /// Ends at once whatever the provider would go on to charge the user for, and forgets the user. For accounts that
    /// are deleted: call it before the user is removed, and again if it failed, or if somebody subscribed meanwhile.
    async fn end_for_good(&self, user: &User) -> Result<(), BackendError>;

    /// The subscription of the user, who is that customer, as it is at this instant: if there are several, the one that
    /// brings most.
    async fn present(&self, user: UserId, customer: &CustomerId) -> Result<Option<Subscribed>, BackendError>;

    /// Reads a notice, if `signature` proves that the provider wrote it, lately.
    fn read_notice(
        &self,
        body: &[u8],
        signature: Option<&str>,
        now: Timestamp,
    ) -> Result<Notice, RefusedNotice>;

    /// The notices since then that tell of subscriptions, whether or not they ever arrived.
    async fn notices_since(&self, then: Timestamp) -> Result<Vec<Notice>, BackendError>;

    /// Asks the provider something that changes nothing, and tells in words what it can do.
    async fn check(&self) -> Result<String, BackendError>;
}
