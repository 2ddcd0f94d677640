use async_trait::async_trait;
use gas_service::{
    id::{UploadId, UserId},
    job::StoredFile,
    ports::{BackendError, UploadStore},
    upload::Upload,
};
use jiff::Timestamp;

use super::{
    Fault, Table,
    attributes::{Attributes, Item, number, part, text, time},
    table::first_entries,
    update::Update,
};
use crate::failure::WhileDoing as _;

/// The key.
const UPLOAD_ID: &str = "upload_id";
/// The same in every record, so that the index `expiry` is one list, ordered by `expires`.
const OPEN: &str = "open";
/// When an upload that did not become a job is swept away. It is not removed by DynamoDB itself: the bytes must go
/// first.
const EXPIRES: &str = "expires";
/// The bytes, once they have arrived.
const STORED: &str = "stored";

/// Records of uploads, a row each.
pub(crate) struct DynamoUploadStore {
    pub(crate) table: Table,
}

#[async_trait]
impl UploadStore for DynamoUploadStore {
    async fn add(&self, upload: &Upload) -> Result<(), BackendError> {
        self.put(upload).await.while_doing(|| format!("keeping the record of upload `{}`", upload.upload_id))
    }

    async fn find(&self, user: UserId, upload: UploadId) -> Result<Option<Upload>, BackendError> {
        let found =
            self.read(upload).await.while_doing(|| format!("reading the record of upload `{upload}`"))?;
        Ok(found.filter(|found| found.user_id == user))
    }

    async fn note_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<(), BackendError> {
        self.set_stored(upload, stored).await.while_doing(|| format!("noting that upload `{upload}` arrived"))
    }

    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, BackendError> {
        let found = self.find_expired(now, limit);
        found.await.while_doing(|| "looking for uploads that came to nothing".to_owned())
    }

    async fn remove(&self, upload: UploadId) -> Result<(), BackendError> {
        self.table.remove(upload).await.while_doing(|| format!("removing the record of upload `{upload}`"))
    }
}

impl DynamoUploadStore {
    async fn put(&self, upload: &Upload) -> Result<(), Fault> {
        self.table.put(row(upload)?).await
    }

    async fn read(&self, upload: UploadId) -> Result<Option<Upload>, Fault> {
        let found = self.table.get(upload).await?;
        found.as_ref().map(record).transpose()
    }

    /// Only in a record that is there.
    async fn set_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<(), Fault> {
        let update = Update::of([(STORED, Some(part(stored)?))]);
        self.table.change(upload, &update, &format!("attribute_exists({UPLOAD_ID})")).await?;
        Ok(())
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
        rows.iter().map(record).collect()
    }
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
