//! Objects on their way out of S3.

use std::io;

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata as _, SdkError},
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::ByteStream,
    types::ChecksumMode,
};
use bytes::Bytes;
use futures::stream;
use gas_service::{
    job::{Bucket, ObjectKey, StoredFile},
    ports::{BackendError, BoxRead, ObjectStoreError, WhileDoing as _},
};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::StreamReader;

use super::{Place, S3ObjectStore, checksum::Checksum, is_missing};

/// How often a broken transfer is taken up again before its failure is told.
const RESUMPTIONS: u32 = 3;
/// Bytes read and hashed in one go.
const CHUNK: usize = 256 * 1024;

/// What S3 says of an object.
pub(super) struct Head {
    size: u64,
    /// Its `ETag`: another for other bytes.
    pub(super) version: Option<String>,
    /// Of the whole object, if S3 knows it.
    checksum: Option<Checksum>,
}

impl S3ObjectStore {
    pub(super) async fn find_object(
        &self,
        bucket: Bucket,
        key: &ObjectKey,
    ) -> Result<Option<StoredFile>, ObjectStoreError> {
        let Some(Head { size, checksum, .. }) = self.head(bucket, key).await? else { return Ok(None) };
        let found = StoredFile { bucket, key: key.clone(), size, sha256: String::new() };
        let checksum = match checksum {
            Some(checksum) => checksum,
            None => self.checksum_by_reading(&found).await?,
        };
        Ok(Some(StoredFile { sha256: checksum.hexadecimal(), ..found }))
    }

    async fn head(&self, bucket: Bucket, key: &ObjectKey) -> Result<Option<Head>, BackendError> {
        let Place { bucket, key: name } = self.place(bucket, key);
        let asking = self.s3.head_object().bucket(bucket).key(name).checksum_mode(ChecksumMode::Enabled);
        let head = match asking.send().await {
            Err(error) if is_missing(&error) => return Ok(None),
            head => head.while_doing(|| format!("looking for object `{key}`"))?,
        };
        let size = head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        let checksum = head.checksum_sha256().and_then(Checksum::of_base64);
        Ok(Some(Head { size, version: head.e_tag, checksum }))
    }

    async fn checksum_by_reading(&self, file: &StoredFile) -> Result<Checksum, ObjectStoreError> {
        let mut bytes = self.open_object(file, 0).await?;
        let mut hasher = Sha256::new();
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            let read = bytes.read_buf(&mut chunk).await;
            if read.while_doing(|| format!("reading object `{}`", file.key))? == 0 {
                return Ok(Checksum::new(hasher.finalize().into()));
            }
            hasher.update(&chunk);
            chunk.clear();
        }
    }

    pub(super) async fn open_object(
        &self,
        file: &StoredFile,
        offset: u64,
    ) -> Result<BoxRead, ObjectStoreError> {
        let place = self.place(file.bucket, &file.key);
        if offset >= file.size {
            self.checked(file).await?;
            return Ok(Box::pin(tokio::io::empty()));
        }
        let answer = match get(&self.s3, &place, offset, None).await {
            Err(error) if is_missing(&error) => {
                return Err(ObjectStoreError::NoSuchObject(file.key.clone()));
            }
            Err(error) if error.code() == Some("InvalidRange") => {
                self.checked(file).await?;
                return Err(BackendError::new(format!("reading object `{}`", file.key), error).into());
            }
            answer => answer.while_doing(|| format!("reading object `{}`", file.key))?,
        };
        if let Some(found) = whole_size(&answer).filter(|found| *found != file.size) {
            return Err(ObjectStoreError::OtherSize { key: file.key.clone(), found, expected: file.size });
        }
        let transfer = Transfer {
            s3: self.s3.clone(),
            place,
            etag: answer.e_tag,
            body: answer.body,
            position: offset,
            end: file.size,
            resumptions: 0,
        };
        Ok(Box::pin(StreamReader::new(Box::pin(stream::try_unfold(transfer, Transfer::next)))))
    }

    /// What S3 says of an object that is there and has the size it should have; others are refused.
    pub(super) async fn checked(&self, file: &StoredFile) -> Result<Head, ObjectStoreError> {
        match self.head(file.bucket, &file.key).await? {
            None => Err(ObjectStoreError::NoSuchObject(file.key.clone())),
            Some(Head { size: found, .. }) if found != file.size => {
                Err(ObjectStoreError::OtherSize { key: file.key.clone(), found, expected: file.size })
            }
            Some(head) => Ok(head),
        }
    }
}

/// Asks for an object from a byte on, of a version if one is named.
async fn get(
    s3: &Client,
    place: &Place,
    offset: u64,
    version: Option<&str>,
) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
    let range = (offset > 0).then(|| format!("bytes={offset}-"));
    let asking = s3.get_object().bucket(&place.bucket).key(&place.key);
    asking.set_range(range).set_if_match(version.map(str::to_owned)).send().await
}

/// The size of the whole object of which an answer brings a part: behind the `/` of `bytes 5-9/10`.
fn whole_size(answer: &GetObjectOutput) -> Option<u64> {
    match answer.content_range() {
        Some(range) => range.rsplit_once('/').and_then(|(_, size)| size.parse().ok()),
        None => answer.content_length().and_then(|size| u64::try_from(size).ok()),
    }
}

/// An object of which a part has come. When its connection breaks, another brings the rest of the same version.
struct Transfer {
    s3: Client,
    place: Place,
    etag: Option<String>,
    body: ByteStream,
    /// The byte that comes next, counted from 0, and the one behind the last.
    position: u64,
    end: u64,
    resumptions: u32,
}

impl Transfer {
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        loop {
            let broken: io::Error = match self.body.next().await {
                Some(Ok(bytes)) => {
                    self.position += bytes.len() as u64;
                    return Ok(Some((bytes, self)));
                }
                None if self.position >= self.end => return Ok(None),
                None => io::ErrorKind::UnexpectedEof.into(),
                Some(Err(error)) => io::Error::other(error),
            };
            // At the end, it is the checksum that does not fit.
            if self.position >= self.end || self.resumptions == RESUMPTIONS {
                return Err(broken);
            }
            self.resumptions += 1;
            tracing::debug!(key = self.place.key, position = self.position, error = ?broken, "resuming a transfer");
            let rest = get(&self.s3, &self.place, self.position, self.etag.as_deref()).await;
            self.body = rest.map_err(io::Error::other)?.body;
        }
    }
}
