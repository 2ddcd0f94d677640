//! Multipart uploads of S3: begun, filled by several transfers at once, and completed or aborted, whatever happens.

use std::{future::Future, mem};

use aws_sdk_s3::{
    Client,
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, StorageClass},
};
use gas_service::ports::{BackendError, WhileDoing as _};
use tokio::{runtime::Handle, task::JoinSet};

use super::{ENCRYPTION, Place, put::Part};

/// An upload that is neither completed nor aborted. Dropped, it is aborted in the background: parts of an open upload
/// are not seen by anybody, but paid for.
pub(crate) struct Multipart {
    /// None once it is completed or aborted.
    open: Option<OpenUpload>,
    transfers: JoinSet<Result<Transferred, BackendError>>,
    /// Bytes that are being transferred, and how many may be.
    under_way: u64,
    most_under_way: u64,
    begun: i32,
    parts: Vec<CompletedPart>,
}

/// The name of an upload.
#[derive(Clone)]
pub(super) struct OpenUpload {
    pub(super) s3: Client,
    pub(super) place: Place,
    pub(super) id: String,
}

/// A part that S3 has.
struct Transferred {
    part: CompletedPart,
    bytes: u64,
}

impl Multipart {
    /// Begins one, of an object in that class (none is the common one), of which so many bytes may be under way at
    /// once.
    pub(crate) async fn begin(
        s3: &Client,
        place: &Place,
        class: Option<StorageClass>,
        most_under_way: u64,
    ) -> Result<Self, BackendError> {
        let (s3, place) = (s3.clone(), place.clone());
        let doing = format!("beginning to store object `{}` in parts", place.key);
        // A task of its own: if nobody awaits it any more, the upload is begun all the same, and aborted.
        let begun = tokio::spawn(async move {
            let beginning = s3
                .create_multipart_upload()
                .bucket(&place.bucket)
                .key(&place.key)
                .set_storage_class(class)
                .server_side_encryption(ENCRYPTION)
                .checksum_algorithm(ChecksumAlgorithm::Sha256);
            let begun = beginning.send().await.while_doing(|| doing.clone())?;
            let id = begun.upload_id.ok_or_else(|| BackendError::new(doing, "the answer has no id"))?;
            Ok(Self {
                open: Some(OpenUpload { s3, place, id }),
                transfers: JoinSet::new(),
                under_way: 0,
                most_under_way,
                begun: 0,
                parts: Vec::new(),
            })
        });
        begun.await.map_err(|cause| BackendError::new("beginning to store an object in parts", cause))?
    }

    /// Sends the next part, as soon as fewer bytes are under way than may be. Returns before it has arrived.
    pub(crate) async fn send(&mut self, part: Part) -> Result<(), BackendError> {
        let bytes = part.bytes.len() as u64;
        self.transfer(bytes, async move |open, number| {
            let checksum = part.checksum.base64();
            let sending = open
                .s3
                .upload_part()
                .bucket(&open.place.bucket)
                .key(&open.place.key)
                .upload_id(&open.id)
                .part_number(number)
                .checksum_algorithm(ChecksumAlgorithm::Sha256)
                .checksum_sha256(&checksum)
                .body(part.bytes.into());
            // The checksum is signed, and with it the bytes.
            let sent = sending.customize().disable_payload_signing().send().await;
            let sent = sent.while_doing(|| format!("storing part {number} of `{}`", open.place.key))?;
            let part = CompletedPart::builder().set_e_tag(sent.e_tag).checksum_sha256(checksum);
            Ok(part.part_number(number).build())
        })
        .await
    }

    /// Lets the next part, of so many bytes, be transferred by a task of its own.
    pub(super) async fn transfer<F>(
        &mut self,
        bytes: u64,
        how: impl FnOnce(OpenUpload, i32) -> F,
    ) -> Result<(), BackendError>
    where
        F: Future<Output = Result<CompletedPart, BackendError>> + Send + 'static,
    {
        while !self.transfers.is_empty() && self.under_way + bytes > self.most_under_way {
            self.arrive().await?;
        }
        let Some(open) = self.open.clone() else { return Ok(()) };
        self.begun += 1;
        self.under_way += bytes;
        let transfer = how(open, self.begun);
        self.transfers.spawn(async move { Ok(Transferred { part: transfer.await?, bytes }) });
        Ok(())
    }

    /// Waits for one of the parts under way.
    async fn arrive(&mut self) -> Result<(), BackendError> {
        if let Some(ended) = self.transfers.join_next().await {
            let transferred = ended.map_err(|cause| BackendError::new("storing a part", cause))??;
            self.under_way -= transferred.bytes;
            self.parts.push(transferred.part);
        }
        Ok(())
    }

    /// Makes the object of its parts, which have so many bytes in all. Aborts if that fails.
    pub(crate) async fn complete(mut self, size: u64) -> Result<(), BackendError> {
        let completed = self.try_complete(size).await;
        match completed {
            Ok(()) => self.open = None,
            Err(_) => self.abort().await,
        }
        completed
    }

    async fn try_complete(&mut self, size: u64) -> Result<(), BackendError> {
        while !self.transfers.is_empty() {
            self.arrive().await?;
        }
        let Some(open) = &self.open else { return Ok(()) };
        self.parts.sort_unstable_by_key(|part| part.part_number);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(mem::take(&mut self.parts))).build();
        let completing = open
            .s3
            .complete_multipart_upload()
            .bucket(&open.place.bucket)
            .key(&open.place.key)
            .upload_id(&open.id)
            .multipart_upload(parts)
            .set_mpu_object_size(i64::try_from(size).ok());
        let completed = completing.send().await;
        completed.while_doing(|| format!("making object `{}` of its parts", open.place.key)).map(drop)
    }

    /// Gives it up. A failure to do so is only noted: whoever calls has another to tell, and the bucket clears away what
    /// stays open for days.
    pub(crate) async fn abort(mut self) {
        if let Some(open) = self.open.take() {
            abort(open, mem::take(&mut self.transfers)).await;
        }
    }
}

/// Ends all transfers first: a part that arrives after its upload was aborted would stay.
async fn abort<T: 'static>(open: OpenUpload, mut transfers: JoinSet<T>) {
    transfers.shutdown().await;
    let OpenUpload { s3, place, id } = open;
    let aborting = s3.abort_multipart_upload().bucket(&place.bucket).key(&place.key).upload_id(&id);
    if let Err(error) = aborting.send().await {
        tracing::warn!(key = place.key, upload = id, ?error, "aborting a multipart upload failed");
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        // Without a runtime the process is at its end, and the bucket's own rule must do.
        if let (Some(open), Ok(runtime)) = (self.open.take(), Handle::try_current()) {
            runtime.spawn(abort(open, mem::take(&mut self.transfers)));
        }
    }
}
