//! Streams on their way into S3: in one piece if they are short, in parts else.

use std::mem;

use aws_sdk_s3::{
    Client,
    types::{ChecksumAlgorithm, StorageClass},
};
use bytes::Bytes;
use gas_service::ports::{BackendError, BoxRead, ObjectStoreError, WhileDoing as _};
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncReadExt as _, task::spawn_blocking};

use super::{ENCRYPTION, Place, S3ObjectStore, checksum::Checksum, multipart::Multipart};
use crate::failure::Fault;

/// The largest part that S3 takes.
const LARGEST_PART: u64 = 5 << 30;
/// A part is no smaller than what was sent before it, divided by this. S3 takes 10,000 parts, so they must grow with the
/// object for 5 TiB to fit; they begin to beyond 10 GiB.
const GROWN_FROM: u64 = 1300;

/// Bytes in memory, and their checksum.
pub(crate) struct Part {
    pub(super) bytes: Bytes,
    pub(super) checksum: Checksum,
}

impl Part {
    pub(crate) fn new(bytes: Bytes) -> Self {
        let checksum = Checksum::new(Sha256::digest(&bytes).into());
        Self { bytes, checksum }
    }
}

/// A stream of which parts are taken, and what there is to know of all that was taken.
struct Source {
    bytes: BoxRead,
    limit: Option<u64>,
    hasher: Sha256,
    size: u64,
    ended: bool,
}

impl Source {
    /// The next bytes, at most so many; fewer only at the end.
    async fn take(&mut self, most: u64) -> Result<Part, ObjectStoreError> {
        // One byte more than is allowed shows.
        let left = self.limit.map_or(most, |limit| limit.saturating_sub(self.size).saturating_add(1));
        let wanted = most.min(left);
        let mut bytes = Vec::new();
        let reading = (&mut self.bytes).take(wanted).read_to_end(&mut bytes).await;
        let read = reading.map_err(ObjectStoreError::BrokenOff)? as u64;
        self.size += read;
        self.ended = read < wanted;
        if let Some(limit) = self.limit.filter(|limit| self.size > *limit) {
            return Err(ObjectStoreError::TooLarge { limit });
        }
        self.hash(bytes).await
    }

    /// Hashing a part keeps a processor busy for a while, so it is done away from the threads that serve requests.
    async fn hash(&mut self, bytes: Vec<u8>) -> Result<Part, ObjectStoreError> {
        let mut hasher = mem::take(&mut self.hasher);
        let hashing = spawn_blocking(move || {
            hasher.update(&bytes);
            (hasher, Part::new(bytes.into()))
        });
        let (hasher, part) = hashing.await.map_err(|cause| BackendError::new("hashing a part", cause))?;
        self.hasher = hasher;
        Ok(part)
    }

    /// Size and SHA-256, in hexadecimal, of all that was taken.
    fn measured(self) -> (u64, String) {
        (self.size, Checksum::new(self.hasher.finalize().into()).hexadecimal())
    }
}

impl S3ObjectStore {
    /// Stores a stream; returns its size and SHA-256 in hexadecimal.
    pub(super) async fn put_stream(
        &self,
        place: &Place,
        bytes: BoxRead,
        limit: Option<u64>,
    ) -> Result<(u64, String), ObjectStoreError> {
        let mut source = Source { bytes, limit, hasher: Sha256::new(), size: 0, ended: false };
        let first = source.take(self.sizes.part).await?;
        if source.ended {
            let put = put_whole(&self.s3, place, None, first).await;
            put.while_doing(|| format!("storing object `{}`", place.key))?;
        } else {
            let mut upload = Multipart::begin(&self.s3, place, None, self.sizes.under_way).await?;
            match self.put_parts(&mut upload, first, &mut source).await {
                Ok(()) => upload.complete(source.size).await?,
                Err(error) => {
                    upload.abort().await;
                    return Err(error);
                }
            }
        }
        Ok(source.measured())
    }

    async fn put_parts(
        &self,
        upload: &mut Multipart,
        first: Part,
        source: &mut Source,
    ) -> Result<(), ObjectStoreError> {
        upload.send(first).await?;
        while !source.ended {
            let part = source.take(part_size(self.sizes.part, source.size)).await?;
            if !part.bytes.is_empty() {
                upload.send(part).await?;
            }
        }
        Ok(())
    }
}

/// Stores an object of one piece, in that class (none is the common one).
pub(crate) async fn put_whole(
    s3: &Client,
    place: &Place,
    class: Option<StorageClass>,
    whole: Part,
) -> Result<(), Fault> {
    let putting = s3
        .put_object()
        .bucket(&place.bucket)
        .key(&place.key)
        .set_storage_class(class)
        .server_side_encryption(ENCRYPTION)
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .checksum_sha256(whole.checksum.base64())
        .body(whole.bytes.into());
    // The checksum is signed, and with it the bytes.
    putting.customize().disable_payload_signing().send().await?;
    Ok(())
}

/// How large the next part is when so many bytes have been sent.
fn part_size(smallest: u64, sent: u64) -> u64 {
    (sent / GROWN_FROM).clamp(smallest, LARGEST_PART)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::Sizes;

    #[test]
    fn ten_thousand_parts_are_enough_for_the_largest_object() {
        let smallest = Sizes::default().part;
        let (mut sent, mut parts) = (0_u64, 0);
        while sent < 5 << 40 {
            let part = part_size(smallest, sent);
            assert!((5 << 20..=LARGEST_PART).contains(&part));
            sent += part;
            parts += 1;
            if sent < 10 << 30 {
                assert_eq!(part, smallest, "objects of common sizes take little memory");
            }
        }
        assert!(parts <= 10_000, "{parts}");
    }
}
