use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    id::{CustomerId, NoticeId, UserId},
    plan::Plan,
    ports::{BackendError, Settled, Subscriptions, WhileDoing as _},
    subscription::SubscriptionRecord,
};
use jiff::Timestamp;

use self::row::Row;
use crate::database::{Database, nanoseconds};

mod change;
mod row;

/// What is kept of users at the payment provider, as a table.
pub(crate) struct SqliteSubscriptions {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl Subscriptions for SqliteSubscriptions {
    async fn find(&self, user: UserId) -> Result<Option<SubscriptionRecord>, BackendError> {
        let found = self.read("SELECT * FROM subscription WHERE user_id = ?", user.to_string()).await;
        found.while_doing(|| format!("reading the subscription of user `{user}`"))
    }

    async fn of_customer(&self, customer: &CustomerId) -> Result<Option<SubscriptionRecord>, BackendError> {
        let found = self.read("SELECT * FROM subscription WHERE customer_id = ?", customer.0.clone()).await;
        found.while_doing(|| format!("reading the subscription of customer `{customer}`"))
    }

    async fn settle(
        &self,
        record: &SubscriptionRecord,
        plan: Option<Plan>,
        now: Timestamp,
    ) -> Result<Settled, BackendError> {
        let written = self.write(record, plan, now).await;
        written.while_doing(|| format!("writing the subscription of user `{}`", record.user_id))
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<SubscriptionRecord>, BackendError> {
        let doing = || "looking for subscriptions that are due";
        let rows: Vec<Row> =
            sqlx::query_as("SELECT * FROM subscription WHERE attend_at <= ? ORDER BY attend_at LIMIT ?")
                .bind(nanoseconds(now))
                .bind(limit)
                .fetch_all(self.database.read())
                .await
                .while_doing(doing)?;
        rows.into_iter().map(Row::into_record).collect::<Result<_, _>>().while_doing(doing)
    }

    async fn forget(&self, user: UserId) -> Result<(), BackendError> {
        self.remove(user).await.while_doing(|| format!("removing the subscription of user `{user}`"))
    }

    async fn has_seen(&self, notice: &NoticeId) -> Result<bool, BackendError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT expires FROM seen_notice WHERE notice_id = ?")
            .bind(&notice.0)
            .fetch_optional(self.database.read())
            .await
            .while_doing(|| format!("looking for notice `{notice}`"))?;
        Ok(found.is_some())
    }

    async fn note_seen(&self, notice: &NoticeId, expires: Timestamp) -> Result<(), BackendError> {
        self.insert_seen(notice, expires).await.while_doing(|| format!("remembering notice `{notice}`"))
    }

    async fn forget_seen(&self, now: Timestamp) -> Result<(), BackendError> {
        self.remove_seen(now).await.while_doing(|| "forgetting old notices")
    }
}
