//! Putting an archive into its bucket, in one request or in parts.

use aws_sdk_s3::{
    Client,
    error::ProvideErrorMetadata as _,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption},
};
use bytes::Bytes;
use gas_service::ports::{BoxRead, ColdStorageError};

use super::StorageClassArchive;
use crate::{cold::parts::Parts, failure::WhileDoing as _};

/// Where an object keeps its checksum, for people who look at the bucket.
const SHA256: &str = "sha256";

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Parts under way. What is not completed is aborted, at the latest when this is dropped.
struct Unfinished {
    s3: Client,
    bucket: String,
    key: String,
    upload_id: Option<String>,
    parts: Vec<CompletedPart>,
}

impl StorageClassArchive {
    /// Stores a stream whose checksum is right, and nothing of any other.
    pub(super) async fn upload(
        &self,
        key: &str,
        bytes: BoxRead,
        sha256: &str,
        doing: &(impl Fn() -> String + Sync),
    ) -> Result<(), ColdStorageError> {
        let mut parts = Parts::of(bytes);
        let first = parts.next().await.while_doing(doing)?;
        if !parts.have_ended() {
            return self.upload_in_parts(key, first, parts, sha256, doing).await;
        }
        parts.check(sha256)?;
        let put = self.put(key, first, sha256).await;
        if put.is_err() {
            self.remove_after_failure(key).await;
        }
        Ok(put.while_doing(doing)?)
    }

    async fn put(&self, key: &str, content: Bytes, sha256: &str) -> Result<(), Fault> {
        self.s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .storage_class(self.s3_class())
            .server_side_encryption(ServerSideEncryption::Aes256)
            .metadata(SHA256, sha256)
            .body(ByteStream::from(content))
            .send()
            .await?;
        Ok(())
    }

    async fn upload_in_parts(
        &self,
        key: &str,
        first: Bytes,
        mut parts: Parts,
        sha256: &str,
        doing: &(impl Fn() -> String + Sync),
    ) -> Result<(), ColdStorageError> {
        let mut upload = self.begin(key, sha256).await.while_doing(doing)?;
        let sent = async {
            upload.send(first).await.while_doing(doing)?;
            while !parts.have_ended() {
                let part = parts.next().await.while_doing(doing)?;
                if !part.is_empty() {
                    upload.send(part).await.while_doing(doing)?;
                }
            }
            parts.check(sha256)
        }
        .await;
        if sent.is_err() {
            upload.abort().await;
            return sent;
        }
        let completed = upload.complete().await;
        if completed.is_err() {
            upload.abort().await;
            self.remove_after_failure(key).await;
        }
        Ok(completed.while_doing(doing)?)
    }

    async fn begin(&self, key: &str, sha256: &str) -> Result<Unfinished, Fault> {
        let begun = self
            .s3
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .storage_class(self.s3_class())
            .server_side_encryption(ServerSideEncryption::Aes256)
            .metadata(SHA256, sha256)
            .send()
            .await?;
        let upload_id = Some(begun.upload_id.ok_or("S3 did not name the upload")?);
        let (s3, bucket) = (self.s3.clone(), self.bucket.clone());
        Ok(Unfinished { s3, bucket, key: key.to_owned(), upload_id, parts: Vec::new() })
    }

    /// An answer that did not come leaves open whether the object did. Whoever stored it deletes it as well, later;
    /// so it is no matter if this fails too.
    async fn remove_after_failure(&self, key: &str) {
        if let Err(error) = self.s3.delete_object().bucket(&self.bucket).key(key).send().await {
            tracing::warn!(key, error = ?error, "removing an archive that was not stored failed");
        }
    }

    /// Aborts whatever is being stored under the key, by whomever.
    pub(super) async fn abort_uploads(&self, key: &str) -> Result<(), Fault> {
        let listed = self.s3.list_multipart_uploads().bucket(&self.bucket).prefix(key).send().await?;
        for upload in listed.uploads() {
            if let (Some(of), Some(upload_id)) = (upload.key(), upload.upload_id())
                && of == key
            {
                abort(&self.s3, &self.bucket, key, upload_id).await?;
            }
        }
        Ok(())
    }
}

impl Unfinished {
    async fn send(&mut self, part: Bytes) -> Result<(), Fault> {
        let number = i32::try_from(self.parts.len() + 1)?;
        let sent = self
            .s3
            .upload_part()
            .bucket(&self.bucket)
            .key(&self.key)
            .set_upload_id(self.upload_id.clone())
            .part_number(number)
            .body(ByteStream::from(part))
            .send()
            .await?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .set_checksum_crc64_nvme(sent.checksum_crc64_nvme);
        self.parts.push(part.build());
        Ok(())
    }

    async fn complete(&mut self) -> Result<(), Fault> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(std::mem::take(&mut self.parts)));
        self.s3
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(&self.key)
            .set_upload_id(self.upload_id.clone())
            .multipart_upload(parts.build())
            .send()
            .await?;
        self.upload_id = None;
        Ok(())
    }

    /// The bucket's lifecycle removes what this cannot.
    async fn abort(&mut self) {
        let Some(upload_id) = &self.upload_id else { return };
        if let Err(error) = abort(&self.s3, &self.bucket, &self.key, upload_id).await {
            tracing::warn!(key = self.key, error = ?error, "aborting an upload failed");
        }
        self.upload_id = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let (Some(upload_id), Ok(runtime)) = (self.upload_id.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let (s3, bucket, key) = (self.s3.clone(), self.bucket.clone(), self.key.clone());
        runtime.spawn(async move {
            if let Err(error) = abort(&s3, &bucket, &key, &upload_id).await {
                tracing::warn!(key, error = ?error, "aborting an upload failed");
            }
        });
    }
}

/// One that is no longer there is as good as aborted.
async fn abort(s3: &Client, bucket: &str, key: &str, upload_id: &str) -> Result<(), Fault> {
    match s3.abort_multipart_upload().bucket(bucket).key(key).upload_id(upload_id).send().await {
        Err(error) if error.code() != Some("NoSuchUpload") => Err(error.into()),
        _ => Ok(()),
    }
}
