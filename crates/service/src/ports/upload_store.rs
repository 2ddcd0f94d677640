use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::{
    id::{UploadId, UserId},
    job::StoredFile,
    upload::Upload,
};

/// The server's own records of uploads.
#[async_trait]
pub trait UploadStore: Send + Sync {
    /// Keeps a new record.
    async fn add(&self, upload: &Upload) -> Result<(), BackendError>;

    /// The record of that id, if it is that user's.
    async fn find(&self, user: UserId, upload: UploadId) -> Result<Option<Upload>, BackendError>;

    /// Notes that the bytes have arrived.
    async fn note_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<(), BackendError>;

    /// Records whose time has come, at most so many.
    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, BackendError>;

    /// Removes a record. Removing nothing is fine.
    async fn remove(&self, upload: UploadId) -> Result<(), BackendError>;
}
