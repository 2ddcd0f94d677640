//! Archives as objects of S3 in the classes `GLACIER` and `DEEP_ARCHIVE`.
//!
//! An archive is the object `<prefix>/<archive id>`. A retrieval has no name of its own with S3: it is named as its
//! archive. S3 tells its end by the event `s3:ObjectRestore:Completed`, except where the copy lay there already.

mod upload;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_sdk_s3::{
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata as _, SdkError},
    operation::restore_object::{RestoreObjectError, RestoreObjectOutput},
    types::{GlacierJobParameters, RestoreRequest, StorageClass as S3Class, Tier},
};
use gas_service::{
    id::{ArchiveId, RetrievalId},
    job::{Retrieval, RetrievalTier},
    message::{Message, QueueName},
    ports::{BackendError, BoxRead, ColdStorage, ColdStorageError, Queue, WhileDoing as _},
};
use jiff::Timestamp;

use super::{StrangeId, is_generated, time_of};
use crate::{objects::Place, settings::StorageClass};

/// How long the class Deep Archive takes at most, as AWS says: "within 12 hours".
const DEEP_ARCHIVE_TIME: Duration = Duration::from_hours(12);

/// Archives in one bucket.
pub(super) struct StorageClassArchive {
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) queue: Arc<dyn Queue>,
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) class: StorageClass,
    pub(super) restored_days: u16,
}

#[async_trait]
impl ColdStorage for StorageClassArchive {
    async fn store(&self, archive: &ArchiveId, bytes: BoxRead, sha256: &str) -> Result<(), ColdStorageError> {
        let doing = || format!("storing archive `{archive}`");
        let place = self.place(&archive.0).ok_or(StrangeId).while_doing(doing)?;
        self.upload(&place, bytes, sha256, &doing).await
    }

    async fn start_retrieval(
        &self,
        archive: &ArchiveId,
        tier: RetrievalTier,
        now: Timestamp,
    ) -> Result<Retrieval, ColdStorageError> {
        let unknown = || ColdStorageError::NoSuchArchive(archive.clone());
        if tier == RetrievalTier::Expedited && self.class == StorageClass::DeepArchive {
            return Err(ColdStorageError::NoExpeditedCapacity);
        }
        let place = self.place(&archive.0).ok_or_else(unknown)?;
        let there = match self.restore(&place, tier).await {
            Ok(_) => self.announce_if_restored(archive, &place).await?,
            Err(error) => match error.code() {
                Some("RestoreAlreadyInProgress") => false,
                Some("GlacierExpeditedRetrievalNotAvailable") => {
                    return Err(ColdStorageError::NoExpeditedCapacity);
                }
                Some("NoSuchKey") => return Err(unknown()),
                _ => return Err(BackendError::new(format!("restoring archive `{archive}`"), error).into()),
            },
        };
        let expected = if there { now } else { now + self.time_of(tier) };
        Ok(Retrieval { retrieval_id: RetrievalId(archive.0.clone()), tier, expected })
    }

    async fn open_retrieved(
        &self,
        retrieval: &RetrievalId,
        _now: Timestamp,
    ) -> Result<BoxRead, ColdStorageError> {
        let not_ready = || ColdStorageError::NotReady(retrieval.clone());
        let Place { bucket, key } = self.place(&retrieval.0).ok_or_else(not_ready)?;
        match self.s3.get_object().bucket(bucket).key(key).send().await {
            Ok(found) => Ok(Box::pin(found.body.into_async_read())),
            Err(error) => match error.code() {
                // The restore has not ended, or the time of its copy has.
                Some("InvalidObjectState") => Err(not_ready()),
                Some("NoSuchKey") => Err(ColdStorageError::NoSuchArchive(ArchiveId(retrieval.0.clone()))),
                _ => Err(BackendError::new(format!("opening retrieval `{retrieval}`"), error).into()),
            },
        }
    }

    async fn delete(&self, archive: &ArchiveId) -> Result<(), ColdStorageError> {
        let Some(place) = self.place(&archive.0) else { return Ok(()) };
        let doing = || format!("deleting archive `{archive}`");
        // First those who still store it: what they began can then no longer be completed.
        self.abort_uploads(&place).await.while_doing(doing)?;
        let deleted = self.s3.delete_object().bucket(place.bucket).key(place.key).send().await;
        deleted.while_doing(doing)?;
        Ok(())
    }
}

impl StorageClassArchive {
    /// Where the archive of that id lies; none if the id is not one of ours.
    fn place(&self, id: &str) -> Option<Place> {
        let key = format!("{}{id}", self.prefix);
        is_generated(id).then(|| Place { bucket: self.bucket.clone(), key })
    }

    /// Asks once for Expedited: S3 refuses for want of capacity by status 503, which would be tried again and again
    /// although Standard is at hand.
    async fn restore(
        &self,
        place: &Place,
        tier: RetrievalTier,
    ) -> Result<RestoreObjectOutput, SdkError<RestoreObjectError>> {
        let (tier, retries) = match tier {
            RetrievalTier::Expedited => (Tier::Expedited, Some(RetryConfig::disabled())),
            RetrievalTier::Standard => (Tier::Standard, None),
        };
        let parameters = GlacierJobParameters::builder().tier(tier).build();
        let request = RestoreRequest::builder()
            .days(i32::from(self.restored_days.max(1)))
            .glacier_job_parameters(parameters.map_err(SdkError::construction_failure)?)
            .build();
        let mut settings = aws_sdk_s3::config::Builder::new();
        settings.set_retry_config(retries);
        let restore = self.s3.restore_object().bucket(&place.bucket).key(&place.key).restore_request(request);
        restore.customize().config_override(settings).send().await
    }

    /// Sends the message that S3 does not send when it was asked to restore what is restored already. (Its answer
    /// to that differs by the status only, 200 rather than 202, and moves the end of the copy's time.)
    async fn announce_if_restored(&self, archive: &ArchiveId, place: &Place) -> Result<bool, BackendError> {
        let head = self.s3.head_object().bucket(&place.bucket).key(&place.key).send().await;
        let head = head.while_doing(|| format!("looking whether archive `{archive}` is restored"))?;
        let restored = head.restore().is_some_and(|state| state.contains("ongoing-request=\"false\""));
        if restored {
            let retrieval_id = RetrievalId(archive.0.clone());
            let message = Message::RetrievalDone { archive_id: archive.clone(), retrieval_id };
            self.queue.send(QueueName::JobThaw, &message, None, Duration::ZERO).await?;
        }
        Ok(restored)
    }

    fn time_of(&self, tier: RetrievalTier) -> Duration {
        match self.class {
            StorageClass::Glacier => time_of(tier),
            StorageClass::DeepArchive => DEEP_ARCHIVE_TIME,
        }
    }

    fn s3_class(&self) -> S3Class {
        match self.class {
            StorageClass::Glacier => S3Class::Glacier,
            StorageClass::DeepArchive => S3Class::DeepArchive,
        }
    }
}
