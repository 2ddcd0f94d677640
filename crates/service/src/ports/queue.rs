use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::{
    id::UserId,
    message::{Message, QueueName},
};

/// A message in the hands of one taker, until its visibility runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// From which queue.
    pub queue: QueueName,
    /// Proof of this delivery; another delivery of the same message has another.
    pub receipt: String,
    /// What it says.
    pub message: Message,
    /// How often it has been taken, this time included.
    pub receive_count: u32,
}

/// How full a queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Could be taken now.
    pub ready: u64,
    /// In somebody's hands.
    pub in_flight: u64,
    /// Sent with a delay that has not passed.
    pub delayed: u64,
    /// In the dead-letter queue.
    pub dead: u64,
    /// Age of the oldest message that could be taken, in seconds.
    pub oldest_ready_seconds: u64,
}

/// A message that was given up on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Names it among the dead letters of its queue.
    pub id: String,
    /// As it lies there.
    pub text: String,
    /// What it says; none if nobody can read it.
    pub message: Option<Message>,
    /// When it died or, where the back end does not know that, when it was first sent.
    pub at: Timestamp,
}

/// Which dead letters of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters<'a> {
    /// All there are when it is asked, or as many as the back end deals with at once.
    All,
    /// That one.
    One(&'a str),
}

/// Messages, each delivered at least once. A message that was taken as often as the back end is configured
/// to allow without being finished lies in the dead-letter queue.
///
/// Each message is sent for a user, or for nobody in particular. Users take turns: however many messages one of them
/// has waiting, another's do not wait for all of them. How exactly is the back end's affair.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends a message for that user; durable when it returns. Nobody sees it before the delay has passed.
    async fn send(
        &self,
        queue: QueueName,
        message: &Message,
        user: Option<UserId>,
        delay: Duration,
    ) -> Result<(), BackendError>;

    /// Sends any number of messages for that user, without delay, by as few steps as the back end can; all are durable
    /// when it returns. After a failure some may have been sent: to send them all again does no harm, as messages may
    /// come twice.
    async fn send_all(
        &self,
        queue: QueueName,
        messages: &[Message],
        user: Option<UserId>,
    ) -> Result<(), BackendError>;

    /// Takes a message, hiding it from others for `visibility`; waits up to `wait` for one to come.
    async fn take_next(
        &self,
        queue: QueueName,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Option<Delivery>, BackendError>;

    /// Hides a message for another `visibility` from now. False when the delivery is no longer ours.
    async fn keep_alive(&self, delivery: &Delivery, visibility: Duration) -> Result<bool, BackendError>;

    /// Deletes a message whose effect is durable. A delivery that is no longer ours changes nothing.
    async fn finish(&self, delivery: &Delivery) -> Result<(), BackendError>;

    /// Gives a message back, to be taken again after the delay. A delivery no longer ours changes nothing.
    async fn give_back(&self, delivery: &Delivery, delay: Duration) -> Result<(), BackendError>;

    /// How full the queue is.
    async fn depth(&self, queue: QueueName) -> Result<Depth, BackendError>;

    /// The newest dead letters, newest first; those that nobody can read too.
    async fn dead_letters(&self, queue: QueueName, limit: u32) -> Result<Vec<DeadLetter>, BackendError>;

    /// Puts dead letters back on their queue, as if they had never been taken; tells how many. Whatever happens
    /// meanwhile, none is lost; one may come twice.
    async fn retry(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, BackendError>;

    /// Removes dead letters for good; tells how many.
    async fn discard(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, BackendError>;

    /// Forgets a user who is gone: whose turn it is, and messages and dead letters that were sent for the user, as far as
    /// the back end can find them. The others end by themselves; whoever takes them finds nothing to do.
    async fn forget_user(&self, user: UserId) -> Result<(), BackendError>;
}
