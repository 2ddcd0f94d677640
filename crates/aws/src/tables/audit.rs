use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Put, TransactWriteItem},
};
use gas_service::{
    id::UserId,
    ports::{Actor, AuditEvent, AuditTrail, BackendError, Cursor, Page, WhileDoing as _},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Fault,
    attributes::{Attributes, Item, read_word, sortable, text},
    table::first_entries,
    transaction::{Outcome, write_together},
};

/// Whom it concerns; or which list a row belongs to, see [`DynamoAuditTrail`]. The first half of the key.
const USER_ID: &str = "user_id";
/// When it was, as text that sorts, and behind it what tells events of that time apart; the other half.
const AT: &str = "at";
/// In a list of privileged acts, where `user_id` names the list: whom the act concerned.
const UPON: &str = "upon";
/// The list of the months that have privileged acts.
const MONTHS: &str = "privileged";

/// The audit trail, told apart by the first half of the key.
///
/// ```text
/// <user id>            what concerns that user
/// privileged/2026-11   the privileged acts of that month, once more
/// privileged           which months have some
/// ```
pub(crate) struct DynamoAuditTrail {
    pub(crate) client: Client,
    pub(crate) table: String,
}

#[async_trait]
impl AuditTrail for DynamoAuditTrail {
    async fn record(&self, event: &AuditEvent) -> Result<(), BackendError> {
        self.add(event).await.while_doing(|| format!("recording that {} by `{}`", event.action, event.by))
    }

    async fn recent(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, BackendError> {
        self.newest(user, limit).await.while_doing(|| format!("reading what concerns `{user}`"))
    }

    async fn privileged(
        &self,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, BackendError> {
        if cursor.is_some_and(|cursor| month_of(&cursor.0).is_none()) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let acts = self.acts(cursor.map(|cursor| cursor.0.as_str()), limit).await;
        acts.while_doing(|| "reading the privileged acts".to_owned())
    }
}

impl DynamoAuditTrail {
    /// The key is chosen once, before the call: repeating it writes the same rows.
    async fn add(&self, event: &AuditEvent) -> Result<(), Fault> {
        let order = format!("{}/{}", sortable(event.at), Uuid::now_v7());
        let mut rows = Vec::new();
        if let Some(user) = event.user_id {
            rows.push(row(&user.to_string(), &order, event));
        }
        if event.by.is_privileged() {
            let month = month_of(&order).ok_or("the time is beyond all months")?;
            let mut act = row(&format!("{MONTHS}/{month}"), &order, event);
            act.extend(event.user_id.map(|user| (UPON.to_owned(), text(user))));
            rows.push(act);
            rows.push([key(USER_ID, MONTHS), key(AT, month)].into());
        }
        if rows.len() == 1 {
            self.client.put_item().table_name(&self.table).set_item(rows.pop()).send().await?;
            return Ok(());
        }
        let writes = || {
            let put = |row: &Item| Put::builder().table_name(&self.table).set_item(Some(row.clone())).build();
            rows.iter().map(|row| Ok(TransactWriteItem::builder().put(put(row)?).build())).collect()
        };
        match write_together(&self.client, writes).await? {
            Outcome::Written => Ok(()),
            Outcome::Refused(_) => Err("rows without conditions were refused".into()),
        }
    }

    async fn newest(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
        let rows = self.rows(&user.to_string(), None, limit).await?;
        rows.iter().map(|row| event(row, Some(user))).collect()
    }

    /// The privileged acts behind `position`, month after month.
    async fn acts(&self, position: Option<&str>, limit: u32) -> Result<Page<AuditEvent>, Fault> {
        // One more than asked for tells whether there is a next page.
        let wanted = limit.saturating_add(1);
        let behind = position.and_then(month_of).map(|month| format!("{month}~"));
        let mut rows = Vec::new();
        for month in self.rows(MONTHS, behind.as_deref(), u32::MAX).await? {
            let month = Attributes(&month).text(AT)?.to_owned();
            let left = wanted.saturating_sub(u32::try_from(rows.len())?);
            if left == 0 {
                break;
            }
            rows.extend(self.rows(&format!("{MONTHS}/{month}"), position, left).await?);
        }
        let limit = usize::try_from(limit)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more).and_then(|row| Attributes(row).text_if(AT));
        let next = last.map(|at| Cursor(at.to_owned()));
        let upon = |row: &Item| Attributes(row).word_if(UPON);
        let items = rows.iter().map(|row| event(row, upon(row)?)).collect::<Result<_, Fault>>()?;
        Ok(Page { items, next })
    }

    /// The rows of a list behind a place, newest first.
    async fn rows(&self, list: &str, behind: Option<&str>, limit: u32) -> Result<Vec<Item>, Fault> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .expression_attribute_names("#list", USER_ID)
            .expression_attribute_values(":list", text(list));
        let query = match behind {
            None => query.key_condition_expression("#list = :list"),
            Some(place) => query
                .key_condition_expression("#list = :list AND #at < :place")
                .expression_attribute_names("#at", AT)
                .expression_attribute_values(":place", text(place)),
        };
        first_entries(query, limit).await
    }
}

fn key(name: &str, value: &str) -> (String, AttributeValue) {
    (name.to_owned(), text(value))
}

fn row(list: &str, order: &str, event: &AuditEvent) -> Item {
    let mut row = Item::from([key(USER_ID, list), key(AT, order), key("action", &event.action)]);
    row.extend(event.job_id.map(|job| key("job_id", &job.to_string())));
    row.extend((event.by != Actor::Oneself).then(|| key("by", &event.by.to_string())));
    row.extend((!event.detail.is_empty()).then(|| key("detail", &event.detail)));
    row
}

/// `2026-11` of `2026-11-26T11:30:00.000000000Z/…`; none if that is not how the text begins.
fn month_of(order: &str) -> Option<&str> {
    let (at, _) = order.split_once('/')?;
    at.parse::<Timestamp>().ok()?;
    at.get(..7)
}

/// Rows without `by`, as all of former versions: users did it by themselves.
fn event(row: &Item, user_id: Option<UserId>) -> Result<AuditEvent, Fault> {
    let row = Attributes(row);
    let at = row.text(AT)?;
    Ok(AuditEvent {
        at: read_word(AT, at.split('/').next().unwrap_or(at))?,
        user_id,
        job_id: row.word_if("job_id")?,
        action: row.word("action")?,
        by: row.word_if("by")?.unwrap_or_default(),
        detail: row.text_if("detail").unwrap_or_default().to_owned(),
    })
}
