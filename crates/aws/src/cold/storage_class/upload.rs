//! Putting an archive into its bucket, in one request or in parts.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use gas_service::ports::{BoxRead, ColdStorageError, WhileDoing as _};

use super::StorageClassArchive;
use crate::{
    cold::parts::{PART_BYTES, Parts},
    failure::Fault,
    objects::{
        Place,
        multipart::Multipart,
        put::{Part, put_whole},
    },
};

impl StorageClassArchive {
    /// Stores a stream whose checksum is right, and nothing of any other.
    pub(super) async fn upload(
        &self,
        place: &Place,
        bytes: BoxRead,
        sha256: &str,
        doing: &(impl Fn() -> String + Sync),
    ) -> Result<(), ColdStorageError> {
        let mut parts = Parts::of(bytes);
        let first = Part::new(parts.next().await.while_doing(doing)?);
        let stored = if parts.have_ended() {
            parts.check(sha256)?;
            put_whole(&self.s3, place, Some(self.s3_class()), first).await.while_doing(doing)
        } else {
            // One part is under way while the next is read.
            let under_way = PART_BYTES as u64;
            let mut upload = Multipart::begin(&self.s3, place, Some(self.s3_class()), under_way).await?;
            if let Err(error) = send(&mut upload, first, &mut parts, sha256, doing).await {
                upload.abort().await;
                return Err(error);
            }
            upload.complete(parts.size()).await
        };
        if stored.is_err() {
            self.remove_after_failure(place).await;
        }
        Ok(stored?)
    }

    /// An answer that did not come leaves open whether the object did. Whoever stored it deletes it as well, later;
    /// so it is no matter if this fails too.
    async fn remove_after_failure(&self, place: &Place) {
        let removed = self.s3.delete_object().bucket(&place.bucket).key(&place.key).send().await;
        if let Err(error) = removed {
            tracing::warn!(key = place.key, ?error, "removing an archive that was not stored failed");
        }
    }

    /// Aborts whatever is being stored under the key, by whomever.
    pub(super) async fn abort_uploads(&self, place: &Place) -> Result<(), Fault> {
        let Place { bucket, key } = place;
        let listed = self.s3.list_multipart_uploads().bucket(bucket).prefix(key).send().await?;
        for upload in listed.uploads().iter().filter(|upload| upload.key() == Some(key)) {
            let abort = self.s3.abort_multipart_upload().bucket(bucket).key(key);
            match abort.set_upload_id(upload.upload_id.clone()).send().await {
                // Completed or aborted since.
                Err(error) if error.code() == Some("NoSuchUpload") => {}
                aborted => drop(aborted?),
            }
        }
        Ok(())
    }
}

/// Sends all parts; refuses the whole if it is not what was promised.
async fn send(
    upload: &mut Multipart,
    first: Part,
    parts: &mut Parts,
    sha256: &str,
    doing: &(impl Fn() -> String + Sync),
) -> Result<(), ColdStorageError> {
    upload.send(first).await?;
    while !parts.have_ended() {
        let part = parts.next().await.while_doing(doing)?;
        if !part.is_empty() {
            upload.send(Part::new(part)).await?;
        }
    }
    parts.check(sha256)
}
