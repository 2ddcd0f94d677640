use async_trait::async_trait;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update, builders::UpdateBuilder};
use gas_service::{
    id::{UploadId, UserId},
    job::StoredFile,
    ports::{BackendError, UploadStore, WhileDoing as _},
    upload::Upload,
};
use jiff::Timestamp;

use super::{
    Fault, Table,
    attributes::{Attributes, Item, number, part, text, time},
    table::first_entries,
    transaction::{Outcome, write_together},
    update::{Changed, Update as Change},
};

/// The key.
const UPLOAD_ID: &str = "upload_id";
/// The same in every record, so that the index `expiry` is one list, ordered by `expires`.
const OPEN: &str = "open";
/// When an upload that did not become a job is swept away. It is not removed by DynamoDB itself: the bytes must go
/// first.
const EXPIRES: &str = "expires";
/// In a record that is counted among its user's open ones.
const COUNTED: &str = "counted";
/// In the row `open/<user id>`: how many open records the user has.
const OPEN_UPLOADS: &str = "open_uploads";
/// The bytes, once they have arrived.
const STORED: &str = "stored";

/// Records of uploads, a row each; and a row for each user that counts the open ones.
pub(crate) struct DynamoUploadStore {
    pub(crate) table: Table,
}

#[async_trait]
impl UploadStore for DynamoUploadStore {
    async fn add(&self, upload: &Upload, at_most: u32) -> Result<bool, BackendError> {
        let added = self.put(upload, at_most).await;
        added.while_doing(|| format!("keeping the record of upload `{}`", upload.upload_id))
    }

    async fn close(&self, upload: UploadId) -> Result<(), BackendError> {
        self.set_closed(upload).await.while_doing(|| format!("noting that upload `{upload}` became a job"))
    }

    async fn find(&self, user: UserId, upload: UploadId) -> Result<Option<Upload>, BackendError> {
        let found =
            self.read(upload).await.while_doing(|| format!("reading the record of upload `{upload}`"))?;
        Ok(found.filter(|found| found.user_id == user))
    }

    async fn note_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<bool, BackendError> {
        self.set_stored(upload, stored).await.while_doing(|| format!("noting that upload `{upload}` arrived"))
    }

    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, BackendError> {
        let found = self.find_expired(now, limit);
        found.await.while_doing(|| "looking for uploads that came to nothing".to_owned())
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<Upload>, BackendError> {
        self.find_of_user(user).await.while_doing(|| format!("listing the uploads of user `{user}`"))
    }

    async fn remove(&self, upload: UploadId) -> Result<(), BackendError> {
        self.delete(upload).await.while_doing(|| format!("removing the record of upload `{upload}`"))
    }

    async fn forget_user(&self, user: UserId) -> Result<(), BackendError> {
        let removal = self.table.remove(counter(user));
        removal.await.while_doing(|| format!("forgetting how many uploads user `{user}` had"))
    }
}

impl DynamoUploadStore {
    /// The record, and the count of its user's open ones. Repeated by the SDK it is the same transaction.
    async fn put(&self, upload: &Upload, at_most: u32) -> Result<bool, Fault> {
        if at_most == 0 {
            return Ok(false);
        }
        let writes = || {
            let mut item = row(upload)?;
            item.insert(COUNTED.to_owned(), text(1));
            let count = self
                .count(upload.user_id, 1)
                .condition_expression(format!(
                    "attribute_not_exists({OPEN_UPLOADS}) OR {OPEN_UPLOADS} < :most"
                ))
                .expression_attribute_values(":most", number(at_most));
            let count = TransactWriteItem::builder().update(count.build()?).build();
            Ok(vec![self.table.put_new(item)?, count])
        };
        match write_together(&self.table.client, writes).await? {
            Outcome::Written => Ok(true),
            // Ours already: the answer was so late that the transaction's token was forgotten.
            Outcome::Refused(refusals) => Ok(refusals.row(0).is_some()),
        }
    }

    /// Adds to the count of a user's open uploads, as part of a transaction.
    fn count(&self, user: UserId, more: i32) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(counter(user))))
            .update_expression(format!("ADD {OPEN_UPLOADS} :more"))
            .expression_attribute_values(":more", number(more))
    }

    /// Counts no more; only once, only what was counted, and only while there is a counter: that of a user who is gone does
    /// not come back.
    async fn set_closed(&self, upload: UploadId) -> Result<(), Fault> {
        let Some(row) = self.table.get(upload).await?.filter(|row| row.contains_key(COUNTED)) else {
            return Ok(());
        };
        let user = record(&row)?.user_id;
        let writes = || {
            let close = Update::builder()
                .table_name(&self.table.name)
                .set_key(Some(self.table.key(upload)))
                .update_expression(format!("REMOVE {COUNTED}"))
                .condition_expression(format!("attribute_exists({COUNTED})"))
                .build()?;
            let count = self
                .count(user, -1)
                .condition_expression(format!("attribute_exists({OPEN_UPLOADS})"))
                .build()?;
            Ok(vec![
                TransactWriteItem::builder().update(close).build(),
                TransactWriteItem::builder().update(count).build(),
            ])
        };
        write_together(&self.table.client, writes).await?;
        Ok(())
    }

    /// The count first: should this end in between, the record is removed when it is next swept.
    async fn delete(&self, upload: UploadId) -> Result<(), Fault> {
        self.set_closed(upload).await?;
        self.table.remove(upload).await
    }

    async fn read(&self, upload: UploadId) -> Result<Option<Upload>, Fault> {
        let found = self.table.get(upload).await?;
        found.as_ref().map(record).transpose()
    }

    /// Only in a record that is there.
    async fn set_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<bool, Fault> {
        let update = Change::of([(STORED, Some(part(stored)?))]);
        let changed = self.table.change(upload, &update, &format!("attribute_exists({UPLOAD_ID})")).await?;
        Ok(matches!(changed, Changed::Written))
    }

    /// Through all that are open, which are those of about a day: it is done once in the life of an account, and an index
    /// of its own would cost with every upload.
    async fn find_of_user(&self, user: UserId) -> Result<Vec<Upload>, Fault> {
        let query = self.table.look_up("expiry", OPEN, text(1)).key_condition_expression("#hash = :hash");
        let entries = first_entries(query, 1_000_000).await?;
        let (owner, mut found) = (user.to_string(), Vec::new());
        for some in entries.chunks(1000) {
            let rows = self.table.rows_of(some).await?;
            // Others' records may be as they like.
            let mine = rows.iter().filter(|row| Attributes(row).text_if("user_id") == Some(owner.as_str()));
            found.extend(mine.map(record).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }

    /// The index may still name a record that was removed, its upload having become a job; whose bytes would be
    /// deleted. So each is read by key.
    async fn find_expired(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, Fault> {
        let query = self
            .table
            .look_up("expiry", OPEN, text(1))
            .key_condition_expression(format!("#hash = :hash AND {EXPIRES} <= :now"))
            .expression_attribute_values(":now", time(now));
        let entries = first_entries(query, limit).await?;
        let rows = self.table.rows_of(&entries).await?;
        Ok(self.table.readable(&rows, record))
    }
}

/// The key of a user's counter; upload ids are UUIDs, so it is never an upload's.
fn counter(user: UserId) -> String {
    format!("open/{user}")
}

fn row(upload: &Upload) -> Result<Item, Fault> {
    let attributes = [
        (UPLOAD_ID, Some(text(upload.upload_id))),
        ("user_id", Some(text(upload.user_id))),
        ("job_id", Some(text(upload.job_id))),
        ("file_name", Some(text(&upload.file_name))),
        ("max_bytes", upload.max_bytes.map(number)),
        (STORED, upload.stored.as_ref().map(part).transpose()?),
        (EXPIRES, Some(time(upload.expires))),
        (OPEN, Some(text(1))),
    ];
    let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(attributes.collect())
}

fn record(row: &Item) -> Result<Upload, Fault> {
    let of = Attributes(row);
    let max_bytes = row.contains_key("max_bytes").then(|| of.number("max_bytes")).transpose()?;
    Ok(Upload {
        upload_id: of.word(UPLOAD_ID)?,
        user_id: of.word("user_id")?,
        job_id: of.word("job_id")?,
        file_name: of.word("file_name")?,
        max_bytes,
        stored: of.part_if(STORED)?,
        expires: of.time(EXPIRES)?,
    })
}
