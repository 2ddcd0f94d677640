//! The changes, each durable when it returns.

use gas_service::{
    id::{NoticeId, UserId},
    plan::Plan,
    ports::Settled,
    subscription::SubscriptionRecord,
};
use jiff::Timestamp;

use super::{
    SqliteSubscriptions,
    row::{Fault, Row},
};
use crate::{
    accounts::plan_statement,
    database::{Writing, nanoseconds},
};

impl SqliteSubscriptions {
    pub(super) async fn read(
        &self,
        statement: &'static str,
        key: String,
    ) -> Result<Option<SubscriptionRecord>, Fault> {
        let found: Option<Row> =
            sqlx::query_as(statement).bind(key).fetch_optional(self.database.read()).await?;
        found.map(Row::into_record).transpose()
    }

    /// In one transaction: the record over the revision that it has, and the plan.
    pub(super) async fn write(
        &self,
        record: &SubscriptionRecord,
        plan: Option<Plan>,
        now: Timestamp,
    ) -> Result<Settled, Fault> {
        let mut writing = self.database.write().await?;
        let written = SubscriptionRecord { revision: record.revision + 1, ..record.clone() };
        if !put(&mut writing, &written).await? {
            return Ok(Settled::Conflict);
        }
        if let Some(plan) = plan {
            plan_statement(record.user_id, plan, now).execute(writing.on()).await?;
        }
        writing.commit().await?;
        Ok(Settled::Written(written))
    }

    pub(super) async fn remove(&self, user: UserId) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM subscription WHERE user_id = ?").bind(user.to_string());
        self.database.change(statement).await
    }

    pub(super) async fn insert_seen(&self, notice: &NoticeId, expires: Timestamp) -> Result<(), sqlx::Error> {
        let statement =
            sqlx::query("INSERT INTO seen_notice (notice_id, expires) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .bind(&notice.0)
                .bind(nanoseconds(expires));
        self.database.change(statement).await
    }

    pub(super) async fn remove_seen(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        let any: Option<i64> = sqlx::query_scalar("SELECT 1 FROM seen_notice WHERE expires <= ? LIMIT 1")
            .bind(nanoseconds(now))
            .fetch_optional(self.database.read())
            .await?;
        if any.is_none() {
            return Ok(());
        }
        let statement = sqlx::query("DELETE FROM seen_notice WHERE expires <= ?").bind(nanoseconds(now));
        self.database.change(statement).await
    }
}

/// Whether the row was written: it had the revision before, or is new and its user is there.
async fn put(writing: &mut Writing<'_>, written: &SubscriptionRecord) -> Result<bool, Fault> {
    let statement = if written.revision == 1 {
        "INSERT INTO subscription SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
         WHERE ?9 = 1 AND EXISTS (SELECT 1 FROM user WHERE user_id = ?1) ON CONFLICT (user_id) DO NOTHING"
    } else {
        "UPDATE subscription SET customer_id = ?2, subscription_id = ?3, standing = ?4, period_end = ?5,
         cancels_at_period_end = ?6, grace_until = ?7, attend_at = ?8, revision = ?9
         WHERE user_id = ?1 AND revision = ?9 - 1"
    };
    let subscribed = written.subscribed.as_ref();
    let done = sqlx::query(statement)
        .bind(written.user_id.to_string())
        .bind(&written.customer_id.0)
        .bind(subscribed.map(|subscribed| subscribed.subscription_id.0.as_str()))
        .bind(subscribed.map(|subscribed| subscribed.standing.as_str()))
        .bind(subscribed.and_then(|subscribed| subscribed.period_end).map(nanoseconds))
        .bind(subscribed.is_some_and(|subscribed| subscribed.cancels_at_period_end))
        .bind(written.grace_until.map(nanoseconds))
        .bind(written.attend_at.map(nanoseconds))
        .bind(i64::try_from(written.revision)?)
        .execute(writing.on())
        .await?;
    Ok(done.rows_affected() == 1)
}
