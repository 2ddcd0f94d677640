use std::{pin::pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use gas_service::{
    id::UserId,
    message::{Message, QueueName},
    ports::{BackendError, Clock, DeadLetter, Delivery, Depth, Letters, Queue, WhileDoing as _},
};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use tokio::{sync::Notify, time::Instant};
use uuid::Uuid;

use crate::database::{Database, nanoseconds, nanoseconds_after, timestamp};

use self::{dead_letters::bury, turns::Ready};

mod dead_letters;
mod turns;

/// How long a taker waits before it looks again unasked. Messages sent by this process wake it at once, and it
/// knows when the next delayed one is due; this is for those that another process sent.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Queues as a table.
pub(crate) struct SqliteQueue {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
    max_receives: u32,
    arrivals: [Notify; QueueName::ALL.len()],
}

/// What became of an attempt to take a message.
enum Taken {
    Delivery(Delivery),
    /// The message was one for the dead letters; another may follow.
    Buried,
    Nothing,
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn send(
        &self,
        queue: QueueName,
        message: &Message,
        user: Option<UserId>,
        delay: Duration,
    ) -> Result<(), BackendError> {
        let visible_at = nanoseconds_after(self.clock.now(), delay);
        let sent = self.send_at(queue, message, user, visible_at).await;
        sent.while_doing(|| format!("sending to queue `{}`", queue.as_str()))
    }

    async fn send_all(
        &self,
        queue: QueueName,
        messages: &[Message],
        user: Option<UserId>,
    ) -> Result<(), BackendError> {
        let sent = self.send_together(queue, messages, user).await;
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
        let visible_at = nanoseconds_after(self.clock.now(), visibility);
        let kept = self.hide_until(delivery, visible_at).await;
        kept.while_doing(|| format!("keeping a message of queue `{}`", delivery.queue.as_str()))
    }

    async fn finish(&self, delivery: &Delivery) -> Result<(), BackendError> {
        let finished = self.delete(delivery).await;
        finished.while_doing(|| format!("finishing a message of queue `{}`", delivery.queue.as_str()))
    }

    async fn give_back(&self, delivery: &Delivery, delay: Duration) -> Result<(), BackendError> {
        let visible_at = nanoseconds_after(self.clock.now(), delay);
        let given = self.release(delivery, visible_at).await;
        given.while_doing(|| format!("giving a message back to queue `{}`", delivery.queue.as_str()))
    }

    async fn depth(&self, queue: QueueName) -> Result<Depth, BackendError> {
        self.measure(queue).await.while_doing(|| format!("measuring queue `{}`", queue.as_str()))
    }

    async fn dead_letters(&self, queue: QueueName, limit: u32) -> Result<Vec<DeadLetter>, BackendError> {
        let letters = self.newest_dead(queue, limit).await;
        letters.while_doing(|| format!("reading the dead letters of queue `{}`", queue.as_str()))
    }

    async fn retry(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, BackendError> {
        let retried = self.revive(queue, letters).await;
        retried.while_doing(|| format!("putting dead letters back on queue `{}`", queue.as_str()))
    }

    async fn discard(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, BackendError> {
        let removed = self.remove_dead(queue, letters).await;
        removed.while_doing(|| format!("discarding dead letters of queue `{}`", queue.as_str()))
    }

    async fn forget_user(&self, user: UserId) -> Result<(), BackendError> {
        self.remove_user(user).await.while_doing(|| format!("forgetting the messages of user `{user}`"))
    }
}

impl SqliteQueue {
    pub(crate) fn new(database: Arc<Database>, clock: Arc<dyn Clock>, max_receives: u32) -> Self {
        Self { database, clock, max_receives, arrivals: std::array::from_fn(|_| Notify::new()) }
    }

    /// Adds a message as a part of a larger change; whoever commits that then calls [`Self::announce`].
    pub(crate) async fn add(
        on: &mut SqliteConnection,
        queue: QueueName,
        message: &Message,
        user: Option<UserId>,
        visible_at: i64,
    ) -> Result<(), Fault> {
        sqlx::query("INSERT INTO message (queue, fairness_group, body, visible_at) VALUES (?, ?, ?, ?)")
            .bind(queue.as_str())
            .bind(user.map(|user| user.to_string()).unwrap_or_default())
            .bind(message.to_json()?)
            .bind(visible_at)
            .execute(on)
            .await?;
        Ok(())
    }

    /// Has takers who wait look again.
    pub(crate) fn announce(&self, queue: QueueName) {
        self.arrival(queue).notify_waiters();
    }

    fn arrival(&self, queue: QueueName) -> &Notify {
        // In the order of `QueueName::ALL`.
        let [requests, results, archive, restore, thaw] = &self.arrivals;
        match queue {
            QueueName::JobRequests => requests,
            QueueName::JobResults => results,
            QueueName::JobArchive => archive,
            QueueName::JobRestore => restore,
            QueueName::JobThaw => thaw,
        }
    }

    async fn send_at(
        &self,
        queue: QueueName,
        message: &Message,
        user: Option<UserId>,
        visible_at: i64,
    ) -> Result<(), Fault> {
        let mut writing = self.database.write().await?;
        Self::add(writing.on(), queue, message, user, visible_at).await?;
        writing.commit().await?;
        self.announce(queue);
        Ok(())
    }

    /// All or none.
    async fn send_together(
        &self,
        queue: QueueName,
        messages: &[Message],
        user: Option<UserId>,
    ) -> Result<(), Fault> {
        let visible_at = nanoseconds(self.clock.now());
        let mut writing = self.database.write().await?;
        for message in messages {
            Self::add(writing.on(), queue, message, user, visible_at).await?;
        }
        writing.commit().await?;
        self.announce(queue);
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
            // Before looking, so that what arrives while we look is not missed.
            let mut arrival = pin!(self.arrival(queue).notified());
            arrival.as_mut().enable();
            let due = self.next_due(queue).await?;
            let until_due = due.map(|due| Duration::try_from(due - self.clock.now()).unwrap_or_default());
            if until_due == Some(Duration::ZERO) {
                match self.take(queue, visibility).await? {
                    Taken::Delivery(delivery) => return Ok(Some(delivery)),
                    Taken::Buried => continue,
                    Taken::Nothing => {}
                }
            }
            let left = wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            let until_due = until_due.filter(|pause| !pause.is_zero());
            let pause = left.min(LOOK_AGAIN).min(until_due.unwrap_or(LOOK_AGAIN));
            // Woken or not, the next step is to look.
            let _ = tokio::time::timeout(pause, arrival).await;
        }
    }

    /// When the next message can be taken, or could have been since.
    async fn next_due(&self, queue: QueueName) -> Result<Option<Timestamp>, sqlx::Error> {
        let due: Option<i64> = sqlx::query_scalar("SELECT min(visible_at) FROM message WHERE queue = ?")
            .bind(queue.as_str())
            .fetch_one(self.database.read())
            .await?;
        Ok(due.map(timestamp))
    }

    async fn take(&self, queue: QueueName, visibility: Duration) -> Result<Taken, Fault> {
        // If the power fails the message is simply taken again.
        let mut writing = self.database.write_quick().await?;
        let now = self.clock.now();
        let next = turns::next(writing.on(), queue.as_str(), nanoseconds(now)).await?;
        let Some(Ready { message_id: id, body, receive_count: received }) = next else {
            return Ok(Taken::Nothing);
        };
        let message = match Message::from_json(&body) {
            Ok(message) if received < self.max_receives => message,
            read => {
                bury(writing.on(), id, now).await?;
                writing.commit().await?;
                let error = read.err().map(|error| error.to_string());
                tracing::error!(
                    queue = queue.as_str(),
                    body,
                    received,
                    error,
                    "a message went to the dead letters"
                );
                return Ok(Taken::Buried);
            }
        };
        let receipt = Uuid::now_v7().to_string();
        sqlx::query(
            "UPDATE message SET receipt = ?, visible_at = ?, receive_count = receive_count + 1 WHERE message_id = ?",
        )
        .bind(&receipt)
        .bind(nanoseconds_after(now, visibility))
        .bind(id)
        .execute(writing.on())
        .await?;
        writing.commit().await?;
        Ok(Taken::Delivery(Delivery { queue, receipt, message, receive_count: received + 1 }))
    }

    async fn hide_until(&self, delivery: &Delivery, visible_at: i64) -> Result<bool, sqlx::Error> {
        let statement = sqlx::query("UPDATE message SET visible_at = ? WHERE receipt = ?")
            .bind(visible_at)
            .bind(&delivery.receipt);
        self.database.write_quick().await?.end_with(statement).await
    }

    async fn delete(&self, delivery: &Delivery) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM message WHERE receipt = ?").bind(&delivery.receipt);
        self.database.change_quick(statement).await
    }

    /// Whoever has one of the messages in hand is told so, when keeping it alive, and finishes nothing.
    async fn remove_user(&self, user: UserId) -> Result<(), sqlx::Error> {
        let mut writing = self.database.write().await?;
        for statement in [
            "DELETE FROM message WHERE fairness_group = ?",
            "DELETE FROM dead_letter WHERE fairness_group = ?",
            "DELETE FROM message_group WHERE fairness_group = ?",
        ] {
            sqlx::query(statement).bind(user.to_string()).execute(writing.on()).await?;
        }
        writing.commit().await
    }

    async fn release(&self, delivery: &Delivery, visible_at: i64) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("UPDATE message SET receipt = NULL, visible_at = ? WHERE receipt = ?")
            .bind(visible_at)
            .bind(&delivery.receipt);
        self.database.change_quick(statement).await?;
        self.announce(delivery.queue);
        Ok(())
    }

    async fn measure(&self, queue: QueueName) -> Result<Depth, sqlx::Error> {
        let now = nanoseconds(self.clock.now());
        let (ready, in_flight, delayed, oldest): (i64, i64, i64, Option<i64>) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE visible_at <= ?2),
                    count(*) FILTER (WHERE visible_at > ?2 AND receipt IS NOT NULL),
                    count(*) FILTER (WHERE visible_at > ?2 AND receipt IS NULL),
                    min(visible_at)
             FROM message WHERE queue = ?1",
        )
        .bind(queue.as_str())
        .bind(now)
        .fetch_one(self.database.read())
        .await?;
        let dead: i64 = sqlx::query_scalar("SELECT count(*) FROM dead_letter WHERE queue = ?")
            .bind(queue.as_str())
            .fetch_one(self.database.read())
            .await?;
        let waited = Duration::from_nanos(now.saturating_sub(oldest.unwrap_or(now)).max(0).unsigned_abs());
        Ok(Depth {
            ready: ready.unsigned_abs(),
            in_flight: in_flight.unsigned_abs(),
            delayed: delayed.unsigned_abs(),
            dead: dead.unsigned_abs(),
            oldest_ready_seconds: waited.as_secs(),
        })
    }
}
