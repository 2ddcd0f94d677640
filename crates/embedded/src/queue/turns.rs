//! Whose turn it is.
//!
//! The next message comes from the group that has the fewest in hand; among those that have as few, from the one that
//! was served longest ago, or never; and within the group it is the oldest. Without the second rule a single worker,
//! which has nothing in hand when it asks, would be given the oldest message of all, and a thousand messages would hold
//! up the next group's first.
//!
//! Groups that have nothing in hand come first, so what is read is little: their list in the order of turns, of which
//! only those are passed over that have a message in hand or none that is due.

use sqlx::SqliteConnection;

/// The group with nothing in hand whose turn it is.
const NEXT_IDLE_GROUP: &str = "SELECT fairness_group FROM message_group AS waiting
     WHERE queue = ?1 AND due <= ?2 AND NOT EXISTS
         (SELECT 1 FROM message WHERE queue = ?1 AND fairness_group = waiting.fairness_group
              AND receipt IS NOT NULL AND visible_at > ?2)
     ORDER BY served, due LIMIT 1";

/// The group with the fewest in hand, when all have some.
const NEXT_BUSY_GROUP: &str = "SELECT fairness_group FROM
         (SELECT fairness_group, count(*) AS in_hand FROM message
              WHERE queue = ?1 AND receipt IS NOT NULL AND visible_at > ?2 GROUP BY fairness_group)
     CROSS JOIN message_group USING (fairness_group)
     WHERE queue = ?1 AND due <= ?2 ORDER BY in_hand, served, due LIMIT 1";

const OLDEST_OF_GROUP: &str = "SELECT message_id, body, receive_count FROM message
     WHERE queue = ?1 AND fairness_group = ?3 AND visible_at <= ?2 ORDER BY visible_at, message_id LIMIT 1";

const SERVE: &str = "UPDATE message_group
     SET served = 1 + (SELECT max(served) FROM message_group WHERE queue = ?1)
     WHERE queue = ?1 AND fairness_group = ?2";

/// A message that could be taken.
#[derive(sqlx::FromRow)]
pub(super) struct Ready {
    pub(super) message_id: i64,
    pub(super) body: String,
    /// How often it was taken before.
    pub(super) receive_count: u32,
}

/// The message whose turn it is, at `now` in nanoseconds; its group then goes to the end.
pub(super) async fn next(
    on: &mut SqliteConnection,
    queue: &str,
    now: i64,
) -> Result<Option<Ready>, sqlx::Error> {
    let Some(group) = next_group(&mut *on, queue, now).await? else { return Ok(None) };
    let oldest = sqlx::query_as(OLDEST_OF_GROUP).bind(queue).bind(now).bind(&group);
    let ready = oldest.fetch_optional(&mut *on).await?;
    sqlx::query(SERVE).bind(queue).bind(group).execute(on).await?;
    Ok(ready)
}

async fn next_group(on: &mut SqliteConnection, queue: &str, now: i64) -> Result<Option<String>, sqlx::Error> {
    for statement in [NEXT_IDLE_GROUP, NEXT_BUSY_GROUP] {
        let group = sqlx::query_scalar(statement).bind(queue).bind(now).fetch_optional(&mut *on).await?;
        if group.is_some() {
            return Ok(group);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row as _};

    use super::*;
    use crate::database::Database;

    /// However many messages wait, and however many users had some, choosing one reads a few rows.
    #[tokio::test]
    async fn no_turn_reads_all_messages() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("gas.db")).await.unwrap();
        for statement in [NEXT_IDLE_GROUP, NEXT_BUSY_GROUP, OLDEST_OF_GROUP, SERVE] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps = sqlx::query(explain).fetch_all(database.read()).await.unwrap();
            let steps: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
            // Sorted is only the list of groups that have messages in hand, which workers are few to hold.
            let sorted =
                statement != NEXT_BUSY_GROUP && steps.iter().any(|step| step.contains("TEMP B-TREE"));
            let whole = steps.iter().any(|step| step.contains("SCAN message"));
            assert!(!whole && !sorted, "{statement}\n{steps:#?}");
            let index = match statement {
                NEXT_IDLE_GROUP => "message_group_turn",
                SERVE => "message_group_served",
                _ => continue,
            };
            assert!(steps.iter().any(|step| step.contains(index)), "{statement}\n{steps:#?}");
        }
        let turns: String =
            sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE name = 'message_group_turn'")
                .fetch_one(database.read())
                .await
                .unwrap();
        assert!(turns.ends_with("WHERE due IS NOT NULL"), "who has no messages is not passed over: {turns}");
    }
}
