use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use gas_service::{
    id::UserId,
    ports::{AuditEvent, AuditTrail, BackendError},
};
use uuid::Uuid;

use super::{
    Fault,
    attributes::{Attributes, Item, read_word, sortable, text},
    table::first_entries,
};
use crate::failure::WhileDoing as _;

/// Whose event it is; the first half of the key.
const USER_ID: &str = "user_id";
/// When it was, as text that sorts, and behind it what tells events of that time apart; the other half.
const AT: &str = "at";

/// The audit trail, a row for each event.
pub(crate) struct DynamoAuditTrail {
    pub(crate) client: Client,
    pub(crate) table: String,
}

#[async_trait]
impl AuditTrail for DynamoAuditTrail {
    async fn record(&self, event: &AuditEvent) -> Result<(), BackendError> {
        self.add(event).await.while_doing(|| format!("recording that `{}` {}", event.user_id, event.action))
    }

    async fn recent(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, BackendError> {
        self.newest(user, limit).await.while_doing(|| format!("reading what `{user}` did"))
    }
}

impl DynamoAuditTrail {
    /// The key is chosen once, before the call: repeating it writes the same row.
    async fn add(&self, event: &AuditEvent) -> Result<(), Fault> {
        let order = format!("{}/{}", sortable(event.at), Uuid::now_v7());
        let job = event.job_id.map(|job| ("job_id", text(job)));
        let attributes = [(USER_ID, text(event.user_id)), (AT, text(order)), ("action", text(&event.action))];
        let item = attributes.into_iter().chain(job).map(|(name, value)| (name.to_owned(), value)).collect();
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    async fn newest(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression(format!("{USER_ID} = :user"))
            .expression_attribute_values(":user", text(user));
        first_entries(query, limit).await?.iter().map(event).collect()
    }
}

fn event(row: &Item) -> Result<AuditEvent, Fault> {
    let row = Attributes(row);
    let at = row.text(AT)?;
    Ok(AuditEvent {
        at: read_word(AT, at.split('/').next().unwrap_or(at))?,
        user_id: row.word(USER_ID)?,
        job_id: row.word_if("job_id")?,
        action: row.word("action")?,
    })
}
