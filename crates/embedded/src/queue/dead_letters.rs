//! Messages that were given up on.

use gas_service::{
    message::{Message, QueueName},
    ports::{DeadLetter, Letters},
};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::{Fault, SqliteQueue};
use crate::database::{nanoseconds, timestamp};

/// Moves a message there.
pub(super) async fn bury(
    on: &mut SqliteConnection,
    message_id: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO dead_letter (queue, fairness_group, body, receive_count, died)
         SELECT queue, fairness_group, body, receive_count, ? FROM message WHERE message_id = ?",
    )
    .bind(nanoseconds(now))
    .bind(message_id)
    .execute(&mut *on)
    .await?;
    sqlx::query("DELETE FROM message WHERE message_id = ?").bind(message_id).execute(on).await?;
    Ok(())
}

impl SqliteQueue {
    pub(super) async fn newest_dead(
        &self,
        queue: QueueName,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, sqlx::Error> {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT message_id, body, died FROM dead_letter WHERE queue = ? ORDER BY message_id DESC LIMIT ?",
        )
        .bind(queue.as_str())
        .bind(limit)
        .fetch_all(self.database.read())
        .await?;
        let letter = |(id, text, died): (i64, String, i64)| DeadLetter {
            id: id.to_string(),
            message: Message::from_json(&text).ok(),
            text,
            at: timestamp(died),
        };
        Ok(rows.into_iter().map(letter).collect())
    }

    /// Back to the queue, in one change.
    pub(super) async fn revive(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, Fault> {
        let Some((first, last)) = numbers(letters) else { return Ok(0) };
        let mut writing = self.database.write().await?;
        sqlx::query(
            "INSERT INTO message (queue, fairness_group, body, visible_at)
             SELECT queue, fairness_group, body, ? FROM dead_letter WHERE queue = ? AND message_id BETWEEN ? AND ?
             ORDER BY message_id",
        )
        .bind(nanoseconds(self.clock.now()))
        .bind(queue.as_str())
        .bind(first)
        .bind(last)
        .execute(writing.on())
        .await?;
        let removed = remove(writing.on(), queue, (first, last)).await?;
        writing.commit().await?;
        self.announce(queue);
        Ok(removed)
    }

    pub(super) async fn remove_dead(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, Fault> {
        let Some(numbers) = numbers(letters) else { return Ok(0) };
        let mut writing = self.database.write().await?;
        let removed = remove(writing.on(), queue, numbers).await?;
        writing.commit().await?;
        Ok(removed)
    }
}

/// The first and the last of the numbers meant; none if the id cannot be one.
fn numbers(letters: Letters<'_>) -> Option<(i64, i64)> {
    match letters {
        Letters::All => Some((i64::MIN, i64::MAX)),
        Letters::One(id) => id.parse().ok().map(|number| (number, number)),
    }
}

async fn remove(
    on: &mut SqliteConnection,
    queue: QueueName,
    (first, last): (i64, i64),
) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM dead_letter WHERE queue = ? AND message_id BETWEEN ? AND ?")
        .bind(queue.as_str())
        .bind(first)
        .bind(last)
        .execute(on)
        .await?;
    Ok(removed.rows_affected())
}
