use async_trait::async_trait;
use gas_service::{
    id::{CustomerId, NoticeId, UserId},
    plan::Plan,
    ports::{BackendError, Settled, Subscriptions, WhileDoing as _},
    subscription::SubscriptionRecord,
};
use jiff::Timestamp;

use super::{
    Fault, Table,
    attributes::{Attributes, text, time, whole_seconds},
    table::first_entries,
};

mod row;
mod settle;

use self::row::{ATTEND_AT, ATTEND_STATE, BELONGS_TO};

/// What is kept of users at the payment provider: rows of the table of accounts.
///
/// ```text
/// subscription/<user>   a record
/// customer/<id>         whose a customer is; written together with the record
/// notice/<id>           a notice that was dealt with; DynamoDB removes it by `expires`
/// ```
pub(crate) struct DynamoSubscriptions {
    pub(crate) table: Table,
}

#[async_trait]
impl Subscriptions for DynamoSubscriptions {
    async fn find(&self, user: UserId) -> Result<Option<SubscriptionRecord>, BackendError> {
        self.read(user).await.while_doing(|| format!("reading the subscription of user `{user}`"))
    }

    async fn of_customer(&self, customer: &CustomerId) -> Result<Option<SubscriptionRecord>, BackendError> {
        let found = self.read_of_customer(customer).await;
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
        self.find_due(now, limit).await.while_doing(|| "looking for subscriptions that are due".to_owned())
    }

    async fn forget(&self, user: UserId) -> Result<(), BackendError> {
        self.remove(user).await.while_doing(|| format!("removing the subscription of user `{user}`"))
    }

    async fn has_seen(&self, notice: &NoticeId) -> Result<bool, BackendError> {
        let found = self.table.get(row::notice(notice)).await;
        Ok(found.while_doing(|| format!("looking for notice `{notice}`"))?.is_some())
    }

    async fn note_seen(&self, notice: &NoticeId, expires: Timestamp) -> Result<(), BackendError> {
        let row = row::item(row::notice(notice), [("expires", Some(whole_seconds(expires)))]);
        self.table.put(row).await.while_doing(|| format!("remembering notice `{notice}`"))
    }

    /// `DynamoDB`'s own affair, by the attribute `expires`.
    async fn forget_seen(&self, _now: Timestamp) -> Result<(), BackendError> {
        Ok(())
    }
}

impl DynamoSubscriptions {
    async fn read(&self, user: UserId) -> Result<Option<SubscriptionRecord>, Fault> {
        let found = self.table.get(row::subscription(user)).await?;
        Ok(found.map(|item| row::record(&item)).transpose()?)
    }

    /// What leads from a customer to a user stays when the user becomes another customer; then the record tells.
    async fn read_of_customer(&self, customer: &CustomerId) -> Result<Option<SubscriptionRecord>, Fault> {
        let Some(item) = self.table.get(row::customer(customer)).await? else { return Ok(None) };
        let found = self.read(Attributes(&item).word(BELONGS_TO)?).await?;
        Ok(found.filter(|record| record.customer_id == *customer))
    }

    /// The index says which rows to read; each is judged as it is in the table.
    async fn find_due(&self, now: Timestamp, limit: u32) -> Result<Vec<SubscriptionRecord>, Fault> {
        let query = self
            .table
            .look_up("attend", ATTEND_STATE, text(row::WAITING))
            .key_condition_expression(format!("#hash = :hash AND {ATTEND_AT} <= :now"))
            .expression_attribute_values(":now", time(now));
        let entries = first_entries(query, limit).await?;
        let rows = self.table.rows_of(&entries).await?;
        let mut records = rows.iter().map(row::record).collect::<Result<Vec<_>, _>>()?;
        records.retain(|record| record.attend_at.is_some_and(|at| at <= now));
        records.sort_by_key(|record| record.attend_at);
        Ok(records)
    }
}
