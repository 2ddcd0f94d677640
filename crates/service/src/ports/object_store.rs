use std::pin::Pin;

use async_trait::async_trait;
use tokio::io::AsyncRead;

use super::BackendError;
use crate::job::{Bucket, ObjectKey, StoredFile};

/// Bytes as they come.
pub type BoxRead = Pin<Box<dyn AsyncRead + Send>>;

/// Why an object could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectStoreError {
    /// More bytes came than were allowed.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// How many bytes were allowed.
        limit: u64,
    },
    /// The sender stopped before the end.
    #[error("the transfer broke off")]
    BrokenOff(#[source] std::io::Error),
    /// There is no such object.
    #[error("there is no object `{0}`")]
    NoSuchObject(ObjectKey),
    /// Something of the back end's own.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Files by key, written once and whole.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Stores an object; visible only when whole and durable. An object of the same key is replaced at once.
    /// Whatever goes wrong, nothing is left behind. Streams: memory does not grow with the object.
    async fn put(
        &self,
        bucket: Bucket,
        key: &ObjectKey,
        bytes: BoxRead,
        max_bytes: Option<u64>,
    ) -> Result<StoredFile, ObjectStoreError>;

    /// The bytes of an object from `offset` on.
    async fn open(&self, file: &StoredFile, offset: u64) -> Result<BoxRead, ObjectStoreError>;

    /// Makes another object of the same bytes.
    async fn copy(&self, from: &StoredFile, to: &ObjectKey) -> Result<StoredFile, ObjectStoreError>;

    /// Deletes an object; one that does not exist is as good as deleted.
    async fn delete(&self, bucket: Bucket, key: &ObjectKey) -> Result<(), ObjectStoreError>;

    /// An address at which a browser gets the object for a short while without this server, offered for
    /// download under `name`; none when the bytes must pass through this server.
    async fn download_address(
        &self,
        file: &StoredFile,
        name: &str,
    ) -> Result<Option<String>, ObjectStoreError>;
}
