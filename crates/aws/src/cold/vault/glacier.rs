//! The calls of Glacier, on one vault.

use aws_sdk_glacier::{
    Client,
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        describe_job::DescribeJobOutput,
        initiate_job::{InitiateJobError, InitiateJobOutput},
    },
    primitives::ByteStream,
    types::JobParameters,
};
use bytes::Bytes;
use gas_service::{id::ArchiveId, job::RetrievalTier};

use super::{Fault, catalogue::Sums};
use crate::cold::parts::PART_BYTES;

/// The vault.
#[derive(Clone)]
pub(super) struct Vault {
    pub(super) glacier: Client,
    pub(super) name: String,
}

/// What came of asking for an archive.
pub(super) enum Asked {
    /// A job of that name fetches it.
    Job(String),
    /// Not in this tier, now.
    NoCapacity,
    /// The vault has no such archive.
    Missing,
}

impl Vault {
    /// Begins an upload in parts; gives Glacier's name for it.
    pub(super) async fn begin(&self, archive: &ArchiveId) -> Result<String, Fault> {
        let begun = self
            .glacier
            .initiate_multipart_upload()
            .vault_name(&self.name)
            .archive_description(&archive.0)
            .part_size(PART_BYTES.to_string())
            .send()
            .await?;
        Ok(begun.upload_id.ok_or("Glacier did not name the upload")?)
    }

    /// Sends the part that begins at that byte. The SDK adds its tree hash.
    pub(super) async fn send(&self, upload: &str, from: u64, part: Bytes) -> Result<(), Fault> {
        let range = format!("bytes {from}-{}/*", from + part.len() as u64 - 1);
        let sending =
            self.glacier.upload_multipart_part().vault_name(&self.name).upload_id(upload).range(range);
        sending.body(ByteStream::from(part)).send().await?;
        Ok(())
    }

    /// Completes an upload, or asks again what became of one; gives Glacier's name for the archive, or nothing if
    /// there is no such upload.
    pub(super) async fn complete(&self, upload: &str, sums: &Sums) -> Result<Option<String>, Fault> {
        let completed = self
            .glacier
            .complete_multipart_upload()
            .vault_name(&self.name)
            .upload_id(upload)
            .archive_size(sums.size.to_string())
            .checksum(&sums.tree_hash)
            .send()
            .await;
        let Some(completed) = self.unless_missing(completed).await? else { return Ok(None) };
        Ok(Some(completed.archive_id.ok_or("Glacier did not name the archive")?))
    }

    /// Aborts an upload; tells whether there was one.
    pub(super) async fn abort(&self, upload: &str) -> Result<bool, Fault> {
        let aborted =
            self.glacier.abort_multipart_upload().vault_name(&self.name).upload_id(upload).send().await;
        Ok(self.unless_missing(aborted).await?.is_some())
    }

    /// Deletes an archive; one that is not there is as good as deleted.
    pub(super) async fn delete(&self, glacier_id: &str) -> Result<(), Fault> {
        let deleted =
            self.glacier.delete_archive().vault_name(&self.name).archive_id(glacier_id).send().await;
        self.unless_missing(deleted).await?;
        Ok(())
    }

    /// Has an archive fetched, and its end told to the topic with our id as description.
    pub(super) async fn ask(
        &self,
        archive: &ArchiveId,
        glacier_id: &str,
        tier: RetrievalTier,
        topic: &str,
    ) -> Result<Asked, Fault> {
        let asked = self.initiate(archive, glacier_id, tier, topic).await;
        if let Err(error) = &asked
            && error.as_service_error().is_some_and(InitiateJobError::is_insufficient_capacity_exception)
        {
            return Ok(Asked::NoCapacity);
        }
        match self.unless_missing(asked).await? {
            Some(job) => Ok(Asked::Job(job.job_id.ok_or("Glacier did not name the job")?)),
            None => Ok(Asked::Missing),
        }
    }

    /// Asks once for Expedited: Glacier refuses for want of capacity by status 503, which would be tried again and
    /// again although Standard is at hand.
    async fn initiate(
        &self,
        archive: &ArchiveId,
        glacier_id: &str,
        tier: RetrievalTier,
        topic: &str,
    ) -> Result<InitiateJobOutput, SdkError<InitiateJobError>> {
        let (tier, retries) = match tier {
            RetrievalTier::Expedited => ("Expedited", Some(RetryConfig::disabled())),
            RetrievalTier::Standard => ("Standard", None),
        };
        let job = JobParameters::builder()
            .r#type("archive-retrieval")
            .archive_id(glacier_id)
            .description(&archive.0)
            .sns_topic(topic)
            .tier(tier)
            .build();
        let mut settings = aws_sdk_glacier::config::Builder::new();
        settings.set_retry_config(retries);
        let initiate = self.glacier.initiate_job().vault_name(&self.name).job_parameters(job);
        initiate.customize().config_override(settings).send().await
    }

    /// How a job stands; nothing if there is none, or if it ended more than a day ago.
    pub(super) async fn job(&self, job: &str) -> Result<Option<DescribeJobOutput>, Fault> {
        let found = self.glacier.describe_job().vault_name(&self.name).job_id(job).send().await;
        self.unless_missing(found).await
    }

    /// What a job brought.
    pub(super) async fn output(&self, job: &str) -> Result<Option<ByteStream>, Fault> {
        let found = self.glacier.get_job_output().vault_name(&self.name).job_id(job).send().await;
        Ok(self.unless_missing(found).await?.map(|output| output.body))
    }

    /// Nothing if what was named in the vault is not there. That the vault itself is not there is said by the same
    /// kind of error, but means that this program or its settings are at fault and nothing was lost.
    async fn unless_missing<T, E>(&self, answer: Result<T, SdkError<E>>) -> Result<Option<T>, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                self.glacier.describe_vault().vault_name(&self.name).send().await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
