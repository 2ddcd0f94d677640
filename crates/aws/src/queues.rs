//! Queues: SQS, and SNS before it.
//!
//! A message without delay is published to its topic, if there is one, which hands it on to the queue and whoever
//! else subscribed; all others go to the queue. Many are sent by batches. Messages are taken one at a time: a batch
//! would hide those that wait for their turn, and cost each of them a receive.
//!
//! A user's messages carry the user's id as their message group. On standard queues that makes SQS hold back the groups
//! that take more than their share of the takers while others have messages waiting ("fair queues"); it orders nothing
//! and blocks nothing, and a topic hands it on. Messages for nobody in particular have no group, and SQS takes each of
//! them for a tenant of its own. It is SQS that judges: a group is held back once it has more than a tenth of the
//! messages in flight and at least thirty of them, or more than a tenth of the time that takers spend.
//!
//! Permissions, each of which allows batches as well: `sns:Publish` on topics; on queues `sqs:SendMessage`,
//! `ReceiveMessage`, `DeleteMessage`, `ChangeMessageVisibility`, `GetQueueAttributes`; on queues of dead letters the
//! same; `cloudwatch:GetMetricStatistics`.

mod batch;
mod dead_letters;
mod delay;
mod depth;
mod held;
mod reading;
mod receipts;

use std::{
    collections::HashMap,
    error::Error as _,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use aws_sdk_sqs::{
    Client,
    config::{self, timeout::TimeoutConfig},
    types::{Message as SqsMessage, MessageSystemAttributeName, QueueAttributeName},
};
use gas_service::{
    id::UserId,
    message::{Message, QueueName, UnreadableMessage},
    ports::{BackendError, Clock, DeadLetter, Delivery, Depth, Letters, Queue, WhileDoing as _},
};
use jiff::Timestamp;

use self::{
    batch::Target,
    delay::{Hop, whole_seconds},
    held::Held,
};
pub(crate) use self::{
    delay::time_left,
    reading::{Content, read},
};
use crate::{
    clients::Clients,
    failure::Fault,
    settings::{AwsSettings, QueueAddress, QueueAddresses, TopicNames},
};

/// The longest that one `ReceiveMessage` waits.
const LONG_POLL: Duration = Duration::from_secs(20);

/// Queues of SQS.
pub(crate) struct SqsQueue {
    sqs: Client,
    sns: aws_sdk_sns::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    clock: Arc<dyn Clock>,
    topics: TopicNames,
    queues: QueueAddresses,
    /// What keys of archives begin with.
    prefix: String,
    attempt_timeout: Duration,
    held: Held,
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(
        &self,
        queue: QueueName,
        message: &Message,
        user: Option<UserId>,
        delay: Duration,
    ) -> Result<(), BackendError> {
        let tenant = user.map(|user| user.to_string());
        let sent = match self.topics.of(queue) {
            Some(topic) if delay.is_zero() => self.publish(topic, message, tenant).await,
            _ => self.send_due(queue, message, tenant, self.after(delay)).await,
        };
        sent.while_doing(|| format!("sending to queue `{}`", queue.as_str()))
    }

    async fn send_all(
        &self,
        queue: QueueName,
        messages: &[Message],
        user: Option<UserId>,
    ) -> Result<(), BackendError> {
        let sent = self.send_batches(queue, messages, user).await;
        sent.while_doing(|| format!("sending {} messages to queue `{}`", messages.len(), queue.as_str()))
    }

    async fn take_next(
        &self,
        queue: QueueName,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Option<Delivery>, BackendError> {
        let taken = self.wait_and_take(queue, visibility, wait).await;
        taken.while_doing(|| format!("taking from queue `{}`", queue.as_str()))
    }

    async fn keep_alive(&self, delivery: &Delivery, visibility: Duration) -> Result<bool, BackendError> {
        let kept = self.hide_again(delivery, visibility).await;
        kept.while_doing(|| format!("keeping a message of queue `{}`", delivery.queue.as_str()))
    }

    async fn finish(&self, delivery: &Delivery) -> Result<(), BackendError> {
        if self.held.longest(&delivery.receipt, Instant::now()).is_none() {
            return Ok(());
        }
        let finished = self.delete(delivery.queue, &delivery.receipt).await;
        finished.while_doing(|| format!("finishing a message of queue `{}`", delivery.queue.as_str()))?;
        self.held.release(&delivery.receipt);
        Ok(())
    }

    /// No later than twelve hours after it was taken: SQS hides nothing for longer.
    async fn give_back(&self, delivery: &Delivery, delay: Duration) -> Result<(), BackendError> {
        let Some(longest) = self.held.longest(&delivery.receipt, Instant::now()) else { return Ok(()) };
        // Even if it fails: there is nothing more to do with it.
        self.held.release(&delivery.receipt);
        let hidden = self.hide(delivery, delay.min(longest)).await;
        hidden
            .map(drop)
            .while_doing(|| format!("giving a message back to queue `{}`", delivery.queue.as_str()))
    }

    async fn depth(&self, queue: QueueName) -> Result<Depth, BackendError> {
        let measured = depth::measure(&self.sqs, &self.cloudwatch, self.address(queue)).await;
        measured.while_doing(|| format!("measuring queue `{}`", queue.as_str()))
    }

    async fn dead_letters(&self, queue: QueueName, limit: u32) -> Result<Vec<DeadLetter>, BackendError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let letters = dead_letters::newest(&self.sqs, &self.address(queue).dead_letters, limit).await;
        let letters =
            letters.while_doing(|| format!("reading the dead letters of queue `{}`", queue.as_str()))?;
        Ok(letters.into_iter().map(|letter| self.dead_letter(letter)).collect())
    }

    async fn retry(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, BackendError> {
        let address = self.address(queue);
        let retried =
            dead_letters::clear(&self.sqs, &address.dead_letters, letters, Some(&address.url)).await;
        retried.while_doing(|| format!("putting dead letters back on queue `{}`", queue.as_str()))
    }

    async fn discard(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, BackendError> {
        let discarded =
            dead_letters::clear(&self.sqs, &self.address(queue).dead_letters, letters, None).await;
        discarded.while_doing(|| format!("discarding dead letters of queue `{}`", queue.as_str()))
    }

    /// SQS finds no message by its group.
    async fn forget_user(&self, _user: UserId) -> Result<(), BackendError> {
        Ok(())
    }
}

impl SqsQueue {
    pub(crate) fn new(clients: &Clients, settings: &AwsSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            sqs: clients.sqs.clone(),
            sns: clients.sns.clone(),
            cloudwatch: clients.cloudwatch.clone(),
            clock,
            topics: settings.topics.clone(),
            queues: settings.queues.clone(),
            prefix: settings.key_prefix(),
            attempt_timeout: settings.attempt_timeout,
            held: Held::default(),
        }
    }

    /// Of several messages in one text, as S3 may send them, the first stands for all.
    fn dead_letter(&self, letter: dead_letters::Letter) -> DeadLetter {
        let read = read(&letter.text, &self.prefix).ok();
        DeadLetter {
            message: read.and_then(|content| content.messages.into_iter().next()),
            id: letter.id,
            text: letter.text,
            at: Timestamp::from_millisecond(letter.sent).unwrap_or_default(),
        }
    }

    fn address(&self, queue: QueueName) -> &QueueAddress {
        self.queues.of(queue)
    }

    fn after(&self, delay: Duration) -> Timestamp {
        self.clock.now().saturating_add(delay).unwrap_or(Timestamp::MAX)
    }

    async fn publish(&self, topic: &str, message: &Message, tenant: Option<String>) -> Result<(), Fault> {
        let publish = self.sns.publish().topic_arn(topic).message(message.to_json()?);
        publish.set_message_group_id(tenant).send().await?;
        Ok(())
    }

    async fn send_batches(
        &self,
        queue: QueueName,
        messages: &[Message],
        user: Option<UserId>,
    ) -> Result<(), Fault> {
        let texts = messages.iter().map(Message::to_json).collect::<Result<Vec<_>, _>>()?;
        let target = match self.topics.of(queue) {
            Some(arn) => Target::Topic { sns: &self.sns, arn },
            None => Target::Queue { sqs: &self.sqs, url: &self.address(queue).url },
        };
        target.send_all(&texts, user.map(|user| user.to_string()).as_deref()).await
    }

    /// Sends, or sends on, a message that nobody is to see before it is due.
    async fn send_due(
        &self,
        queue: QueueName,
        message: &Message,
        tenant: Option<String>,
        due: Timestamp,
    ) -> Result<(), Fault> {
        let hop = Hop::towards(message, due, self.clock.now())?;
        let url = &self.address(queue).url;
        self.sqs
            .send_message()
            .queue_url(url)
            .message_body(hop.text)
            .set_message_group_id(tenant)
            .delay_seconds(hop.delay_seconds)
            .send()
            .await?;
        Ok(())
    }

    async fn wait_and_take(
        &self,
        queue: QueueName,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Option<Delivery>, Fault> {
        let begun = Instant::now();
        loop {
            let left = wait.saturating_sub(begun.elapsed());
            match self.receive(queue, visibility, left.min(LONG_POLL)).await? {
                Some(received) => {
                    if let Some(delivery) = self.accept(queue, visibility, received).await? {
                        return Ok(Some(delivery));
                    }
                }
                None if begun.elapsed() >= wait => return Ok(None),
                None => {}
            }
        }
    }

    async fn receive(
        &self,
        queue: QueueName,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Option<SqsMessage>, Fault> {
        let wait = whole_seconds(wait);
        let patience = TimeoutConfig::builder()
            .operation_attempt_timeout(self.attempt_timeout + Duration::from_secs(wait));
        let answer = self
            .sqs
            .receive_message()
            .queue_url(&self.address(queue).url)
            .max_number_of_messages(1)
            .visibility_timeout(seconds(visibility))
            .wait_time_seconds(i32::try_from(wait)?)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .customize()
            .config_override(config::Builder::new().timeout_config(patience.build()))
            .send()
            .await?;
        Ok(answer.messages.unwrap_or_default().pop())
    }

    /// The delivery, unless the message is not for now or for nobody: then it goes where it belongs, and another may
    /// follow. Should this program die in between, it is found twice, which does no harm.
    async fn accept(
        &self,
        queue: QueueName,
        visibility: Duration,
        received: SqsMessage,
    ) -> Result<Option<Delivery>, Fault> {
        let now = Instant::now();
        let receive_count = receive_count(&received);
        let tenant = tenant(&received);
        let (text, receipt) =
            (received.body.unwrap_or_default(), received.receipt_handle.unwrap_or_default());
        match read(&text, &self.prefix) {
            Ok(content) => {
                if let Some(message) = self.for_now(queue, content, tenant).await? {
                    self.held.add(&receipt, now, visibility);
                    return Ok(Some(Delivery { queue, receipt, message, receive_count }));
                }
            }
            Err(error) => {
                if !self.bury(queue, &text, &error).await {
                    return Ok(None);
                }
            }
        }
        self.delete(queue, &receipt).await?;
        Ok(None)
    }

    /// Puts a message aside that nobody can read. Where that fails it stays, hidden until its visibility ends, and goes
    /// to the dead letters when it was taken too often: others are not to wait for it.
    async fn bury(&self, queue: QueueName, text: &str, error: &UnreadableMessage) -> bool {
        let reason = error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
        let dead_letters = &self.address(queue).dead_letters;
        match dead_letters::bury(&self.sqs, dead_letters, text, &reason).await {
            Ok(()) => {
                tracing::error!(queue = queue.as_str(), text, reason, "a message went to the dead letters");
                true
            }
            Err(failure) => {
                tracing::error!(queue = queue.as_str(), text, reason, ?failure, "a message cannot be read");
                false
            }
        }
    }

    /// The one message to be handled now. What is not due, and several at once, are sent on.
    async fn for_now(
        &self,
        queue: QueueName,
        content: Content,
        tenant: Option<String>,
    ) -> Result<Option<Message>, Fault> {
        let now = self.clock.now();
        let due = content.due.filter(|due| !time_left(*due, now).is_zero());
        let mut messages = content.messages;
        if due.is_none() && messages.len() == 1 {
            return Ok(messages.pop());
        }
        for message in messages {
            self.send_due(queue, &message, tenant.clone(), due.unwrap_or(now)).await?;
        }
        Ok(None)
    }
}

fn receive_count(received: &SqsMessage) -> u32 {
    let name = MessageSystemAttributeName::ApproximateReceiveCount;
    received.attributes.as_ref().and_then(|all| all.get(&name)?.parse().ok()).unwrap_or(1)
}

/// The user for whom it was sent, as SQS keeps it.
fn tenant(received: &SqsMessage) -> Option<String> {
    received.attributes.as_ref()?.get(&MessageSystemAttributeName::MessageGroupId).cloned()
}

/// SQS takes up to twelve hours.
fn seconds(time: Duration) -> i32 {
    i32::try_from(whole_seconds(time).min(43_200)).unwrap_or_default()
}

fn count(attributes: Option<&HashMap<QueueAttributeName, String>>, name: &QueueAttributeName) -> u64 {
    attributes.and_then(|all| all.get(name)?.parse().ok()).unwrap_or_default()
}
