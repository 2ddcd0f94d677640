//! Archives of a Glacier vault, as the first GAS kept them. AWS opens no vaults for new customers.
//!
//! A table knows each archive by our name: what Glacier calls it, and what is being uploaded. A retrieval is a job of
//! Glacier, named by it; our name is the job's description, and the archive's as well.

mod catalogue;
mod glacier;
mod tree_hash;
mod upload;
mod verified;

use async_trait::async_trait;
use aws_sdk_glacier::types::StatusCode;
use gas_service::{
    id::{ArchiveId, RetrievalId},
    job::{Retrieval, RetrievalTier},
    ports::{BoxRead, ColdStorage, ColdStorageError, WhileDoing as _},
};
use jiff::Timestamp;

use self::{
    catalogue::{Catalogue, Conflict, Stored},
    glacier::{Asked, Vault},
    verified::Verified,
};
use super::{StrangeId, is_generated, time_of};
use crate::failure::Fault;

/// How often an archive is deleted that somebody stores at the same time.
const DELETIONS: u32 = 3;

/// Archives in one vault.
#[derive(Clone)]
pub(super) struct VaultArchive {
    vault: Vault,
    catalogue: Catalogue,
    /// Where Glacier tells the end of a retrieval.
    topic: String,
}

impl VaultArchive {
    pub(super) fn new(
        glacier: aws_sdk_glacier::Client,
        dynamodb: aws_sdk_dynamodb::Client,
        vault: &str,
        table: &str,
        topic: &str,
    ) -> Self {
        Self {
            vault: Vault { glacier, name: vault.to_owned() },
            catalogue: Catalogue { dynamodb, table: table.to_owned() },
            topic: topic.to_owned(),
        }
    }

    async fn find(&self, archive: &ArchiveId) -> Result<Stored, ColdStorageError> {
        let unknown = || ColdStorageError::NoSuchArchive(archive.clone());
        if !is_generated(&archive.0) {
            return Err(unknown());
        }
        self.catalogue.find(archive).await?.stored.ok_or_else(unknown)
    }

    /// The archive of a job that has come to a good end. One that failed is not ready and never will be: the
    /// sweeper starts another.
    async fn retrieved_by(&self, retrieval: &RetrievalId) -> Result<Option<Stored>, ColdStorageError> {
        let job = self.vault.job(&retrieval.0).await;
        let Some(job) = job.while_doing(|| format!("asking after retrieval `{retrieval}`"))? else {
            return Ok(None);
        };
        if job.status_code() == Some(&StatusCode::Failed) {
            tracing::warn!(%retrieval, reason = job.status_message(), "a retrieval failed");
        }
        if job.status_code() != Some(&StatusCode::Succeeded) {
            return Ok(None);
        }
        let Some(archive) = job.job_description else { return Ok(None) };
        let stored = self.find(&ArchiveId(archive)).await?;
        // Retrieved before the archive was replaced by another.
        Ok(Some(stored).filter(|stored| job.archive_id.as_ref() == Some(&stored.glacier_id)))
    }

    async fn delete_all(&self, archive: &ArchiveId) -> Result<(), Fault> {
        for _ in 0..DELETIONS {
            let mut entry = self.catalogue.find(archive).await?;
            self.end_upload(&mut entry).await?;
            entry.replaced.extend(entry.stored.take().map(|stored| stored.glacier_id));
            for glacier_id in &entry.replaced {
                self.vault.delete(glacier_id).await?;
            }
            if self.catalogue.remove(&entry).await? {
                return Ok(());
            }
        }
        Err(Conflict.into())
    }
}

#[async_trait]
impl ColdStorage for VaultArchive {
    async fn store(&self, archive: &ArchiveId, bytes: BoxRead, sha256: &str) -> Result<(), ColdStorageError> {
        let doing = || format!("storing archive `{archive}`");
        if !is_generated(&archive.0) {
            return Ok(Err(StrangeId).while_doing(doing)?);
        }
        self.upload(archive, bytes, sha256, &doing).await
    }

    async fn start_retrieval(
        &self,
        archive: &ArchiveId,
        tier: RetrievalTier,
        now: Timestamp,
    ) -> Result<Retrieval, ColdStorageError> {
        let glacier_id = self.find(archive).await?.glacier_id;
        let asked = self.vault.ask(archive, &glacier_id, tier, &self.topic).await;
        match asked.while_doing(|| format!("starting a retrieval of archive `{archive}`"))? {
            Asked::Job(job) => {
                Ok(Retrieval { retrieval_id: RetrievalId(job), tier, expected: now + time_of(tier) })
            }
            Asked::NoCapacity => Err(ColdStorageError::NoExpeditedCapacity),
            Asked::Missing => Err(ColdStorageError::NoSuchArchive(archive.clone())),
        }
    }

    async fn open_retrieved(
        &self,
        retrieval: &RetrievalId,
        _now: Timestamp,
    ) -> Result<BoxRead, ColdStorageError> {
        let not_ready = || ColdStorageError::NotReady(retrieval.clone());
        let stored = self.retrieved_by(retrieval).await?.ok_or_else(not_ready)?;
        let output = self.vault.output(&retrieval.0).await;
        let output = output.while_doing(|| format!("opening retrieval `{retrieval}`"))?;
        let bytes = output.ok_or_else(not_ready)?.into_async_read();
        Ok(Box::pin(Verified::new(Box::pin(bytes), stored.sums)))
    }

    async fn delete(&self, archive: &ArchiveId) -> Result<(), ColdStorageError> {
        if !is_generated(&archive.0) {
            return Ok(());
        }
        Ok(self.delete_all(archive).await.while_doing(|| format!("deleting archive `{archive}`"))?)
    }
}
