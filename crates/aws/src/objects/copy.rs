//! Copies that S3 makes itself.

use std::time::Duration;

use aws_sdk_s3::{
    config::{Builder, timeout::TimeoutConfig},
    types::{ChecksumAlgorithm, CompletedPart},
};
use gas_service::{
    job::StoredFile,
    notation::percent_encoded,
    ports::{BackendError, ObjectStoreError, WhileDoing as _},
};

use super::{
    ENCRYPTION, Place, S3ObjectStore,
    checksum::Checksum,
    is_missing,
    multipart::{Multipart, OpenUpload},
};

/// S3 answers when the copy is made, and makes some hundred MB a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(10);
/// Parts that are copied at once. They pass no machine of ours.
const PARTS_AT_ONCE: u64 = 16;

/// What differs from other calls.
fn patience() -> Builder {
    Builder::new().timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
}

/// `x-amz-copy-source`.
fn copy_source(place: &Place) -> String {
    let key: Vec<String> = place.key.split('/').map(percent_encoded).collect();
    format!("{}/{}", place.bucket, key.join("/"))
}

impl S3ObjectStore {
    pub(super) async fn copy_whole(&self, from: &StoredFile, to: &Place) -> Result<(), ObjectStoreError> {
        let copying = self
            .s3
            .copy_object()
            .copy_source(copy_source(&self.place(from.bucket, &from.key)))
            .bucket(&to.bucket)
            .key(&to.key)
            .server_side_encryption(ENCRYPTION)
            .checksum_algorithm(ChecksumAlgorithm::Sha256);
        let copied = match copying.customize().config_override(patience()).send().await {
            Err(error) if is_missing(&error) => {
                return Err(ObjectStoreError::NoSuchObject(from.key.clone()));
            }
            copied => copied.while_doing(|| format!("copying object `{}`", from.key))?,
        };
        // S3 computes the checksum of what it copied.
        let checksum = copied.copy_object_result().and_then(|copy| copy.checksum_sha256());
        match checksum.and_then(Checksum::of_base64).map(Checksum::hexadecimal) {
            Some(found) if found != from.sha256 => self.give_up_copy(from, to, &found).await,
            _ => Ok(()),
        }
    }

    /// Removes a copy whose bytes are not those that were stored.
    async fn give_up_copy(&self, from: &StoredFile, to: &Place, found: &str) -> Result<(), ObjectStoreError> {
        let doing = || format!("copying object `{}`", from.key);
        let removed = self.s3.delete_object().bucket(&to.bucket).key(&to.key).send().await;
        removed.while_doing(doing)?;
        let damage = format!("its checksum is {found}, expected {}", from.sha256);
        Err(BackendError::new(doing(), damage).into())
    }

    pub(super) async fn copy_in_parts(&self, from: &StoredFile, to: &Place) -> Result<(), ObjectStoreError> {
        let source = self.place(from.bucket, &from.key);
        let version = self.checked(from).await?.version;
        let part = self.sizes.copied_part;
        let mut upload = Multipart::begin(&self.s3, to, None, PARTS_AT_ONCE * part).await?;
        for first in (0..from.size).step_by(usize::try_from(part).unwrap_or(usize::MAX)) {
            let last = from.size.min(first + part) - 1;
            let piece = Piece { source: source.clone(), version: version.clone(), first, last };
            if let Err(error) =
                upload.transfer(last - first + 1, |open, number| piece.copy(open, number)).await
            {
                upload.abort().await;
                return Err(error.into());
            }
        }
        Ok(upload.complete(from.size).await?)
    }
}

/// Bytes of one version of an object, from the first to the last, counted from 0.
struct Piece {
    source: Place,
    version: Option<String>,
    first: u64,
    last: u64,
}

impl Piece {
    async fn copy(self, to: OpenUpload, number: i32) -> Result<CompletedPart, BackendError> {
        let copying = to
            .s3
            .upload_part_copy()
            .copy_source(copy_source(&self.source))
            .set_copy_source_if_match(self.version)
            .copy_source_range(format!("bytes={}-{}", self.first, self.last))
            .bucket(&to.place.bucket)
            .key(&to.place.key)
            .upload_id(&to.id)
            .part_number(number);
        let copied = copying.customize().config_override(patience()).send().await;
        let doing = || format!("copying part {number} of `{}`", self.source.key);
        let copied = copied.while_doing(doing)?;
        let result = copied.copy_part_result;
        let result = result.ok_or_else(|| BackendError::new(doing(), "the answer tells nothing of it"))?;
        let part = CompletedPart::builder().part_number(number).set_e_tag(result.e_tag);
        Ok(part.set_checksum_sha256(result.checksum_sha256).build())
    }
}
