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
    /// Keeps a new record, if its user has fewer than so many open ones: records that are neither closed nor removed. Of
    /// any number added at once no more get through. False if there are as many.
    async fn add(&self, upload: &Upload, at_most: u32) -> Result<bool, BackendError>;

    /// Notes that it has become a job. Closing twice, or what is not there, is fine.
    async fn close(&self, upload: UploadId) -> Result<(), BackendError>;

    /// The record of that id, if it is that user's.
    async fn find(&self, user: UserId, upload: UploadId) -> Result<Option<Upload>, BackendError>;

    /// Notes that the bytes have arrived. False if the record is not there.
    async fn note_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<bool, BackendError>;

    /// Records whose time has come, at most so many. One that cannot be read is told in the log and left out.
    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, BackendError>;

    /// All records of a user; may read those of others to find them.
    async fn of_user(&self, user: UserId) -> Result<Vec<Upload>, BackendError>;

    /// Removes a record. Removing nothing is fine.
    async fn remove(&self, upload: UploadId) -> Result<(), BackendError>;

    /// Forgets what was counted of a user who is gone and has no records left. Twice is as good as once.
    async fn forget_user(&self, user: UserId) -> Result<(), BackendError>;
}
