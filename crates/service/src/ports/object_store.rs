use std::{pin::Pin, time::Duration};

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
    /// Something else lies there than was stored: it was replaced or damaged.
    #[error("the object `{key}` has {found} bytes, {expected} were stored")]
    OtherSize {
        /// The object.
        key: ObjectKey,
        /// How many bytes it has.
        found: u64,
        /// How many it should have.
        expected: u64,
    },
    /// Something of the back end's own.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Where browsers send files without this server, and what is taken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormTarget {
    /// The address that every form is sent to.
    pub address: String,
    /// Largest file taken, in bytes.
    pub max_bytes: u64,
}

/// What a browser sends as `multipart/form-data`, by POST, to store one object without this server: the fields in
/// this order, then the bytes as the field `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadForm {
    /// Where to send it.
    pub address: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
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

    /// What lies at a key, whoever put it there; nothing when there is no object. May have to read all of it.
    async fn find(&self, bucket: Bucket, key: &ObjectKey) -> Result<Option<StoredFile>, ObjectStoreError>;

    /// The bytes of an object from `offset` on; none at its end and beyond. An object of another size than `file`
    /// says is refused; one of other bytes is not noticed.
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

    /// Where [`upload_form`](Self::upload_form)s are sent; none when the bytes must pass through this server.
    async fn form_target(&self) -> Result<Option<FormTarget>, ObjectStoreError>;

    /// A form by which a browser stores exactly `file`, of that size and checksum and no other, for as long as
    /// `life` and as often as it likes. None when the bytes must pass through this server.
    async fn upload_form(
        &self,
        file: &StoredFile,
        life: Duration,
    ) -> Result<Option<UploadForm>, ObjectStoreError>;
}
