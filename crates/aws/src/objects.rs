//! Objects in S3: `<prefix>/<user id>/<job id>~<file name>` in a bucket of inputs and one of results.
//!
//! Every object is encrypted by keys of S3 (SSE-S3), and says so itself rather than by the bucket's default, so that
//! the forms of browsers can be held to it. Every transfer carries SHA-256 checksums that S3 verifies: of the whole
//! object when it is sent in one piece, of each part else.

mod checksum;
mod copy;
mod form;
mod link;
pub(crate) mod multipart;
pub(crate) mod put;
mod read;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::ServerSideEncryption,
};
use gas_service::{
    job::{Bucket, ObjectKey, StoredFile},
    ports::{BoxRead, FormTarget, ObjectStore, ObjectStoreError, UploadForm, WhileDoing as _},
};
use tokio::sync::OnceCell;

use crate::settings::AwsSettings;

/// How objects are encrypted at rest.
const ENCRYPTION: ServerSideEncryption = ServerSideEncryption::Aes256;

/// The object store on S3.
pub(crate) struct S3ObjectStore {
    s3: Client,
    /// What forms are signed by.
    credentials: Option<SharedCredentialsProvider>,
    inputs: String,
    results: String,
    /// Empty, or ends in `/`.
    prefix: String,
    sizes: Sizes,
    link_life: Duration,
    form_target: OnceCell<FormTarget>,
}

/// How large the pieces are in which objects travel, in bytes. Tests have smaller ones.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// A part of an object that is sent, while few of them are enough; S3 takes none below 5 MiB but the last.
    part: u64,
    /// Parts that may be under way at once, in all.
    under_way: u64,
    /// The largest object that is copied by one call; S3 does so up to 5 GiB.
    copied_whole: u64,
    /// A part of an object that is copied; 10,000 of them are the largest object of S3, 5 TiB.
    copied_part: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self { part: 8 * MIB, under_way: 64 * MIB, copied_whole: 5 << 30, copied_part: 1 << 30 }
    }
}

/// Where an object lies, in the words of S3.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl S3ObjectStore {
    /// The store in the buckets that the settings name.
    pub(crate) fn new(
        s3: Client,
        credentials: Option<SharedCredentialsProvider>,
        settings: &AwsSettings,
    ) -> Self {
        Self {
            s3,
            credentials,
            inputs: settings.buckets.inputs.clone(),
            results: settings.buckets.results.clone(),
            prefix: settings.key_prefix(),
            sizes: Sizes::default(),
            link_life: link::LIFE,
            form_target: OnceCell::new(),
        }
    }

    fn place(&self, bucket: Bucket, key: &ObjectKey) -> Place {
        let bucket = match bucket {
            Bucket::Inputs => &self.inputs,
            Bucket::Results => &self.results,
        };
        Place { bucket: bucket.clone(), key: format!("{}{key}", self.prefix) }
    }
}

/// Whether S3 says that there is no such object.
fn is_missing<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(error.code(), Some("NoSuchKey" | "NotFound"))
}

#[async_trait]
impl ObjectStore for S3ObjectStore {
    async fn put(
        &self,
        bucket: Bucket,
        key: &ObjectKey,
        bytes: BoxRead,
        max_bytes: Option<u64>,
    ) -> Result<StoredFile, ObjectStoreError> {
        let (size, sha256) = self.put_stream(&self.place(bucket, key), bytes, max_bytes).await?;
        Ok(StoredFile { bucket, key: key.clone(), size, sha256 })
    }

    async fn find(&self, bucket: Bucket, key: &ObjectKey) -> Result<Option<StoredFile>, ObjectStoreError> {
        self.find_object(bucket, key).await
    }

    async fn open(&self, file: &StoredFile, offset: u64) -> Result<BoxRead, ObjectStoreError> {
        self.open_object(file, offset).await
    }

    async fn copy(&self, from: &StoredFile, to: &ObjectKey) -> Result<StoredFile, ObjectStoreError> {
        let target = self.place(from.bucket, to);
        if from.size > self.sizes.copied_whole {
            self.copy_in_parts(from, &target).await?;
        } else {
            self.copy_whole(from, &target).await?;
        }
        Ok(StoredFile { key: to.clone(), ..from.clone() })
    }

    async fn delete(&self, bucket: Bucket, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        let Place { bucket, key: name } = self.place(bucket, key);
        let deleted = self.s3.delete_object().bucket(bucket).key(name).send().await;
        deleted.while_doing(|| format!("deleting object `{key}`"))?;
        Ok(())
    }

    async fn download_address(
        &self,
        file: &StoredFile,
        name: &str,
    ) -> Result<Option<String>, ObjectStoreError> {
        self.link(file, name).await.map(Some)
    }

    async fn form_target(&self) -> Result<Option<FormTarget>, ObjectStoreError> {
        self.target().await.cloned().map(Some)
    }

    async fn upload_form(
        &self,
        file: &StoredFile,
        life: Duration,
    ) -> Result<Option<UploadForm>, ObjectStoreError> {
        self.form(file, life).await
    }
}
