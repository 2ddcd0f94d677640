//! Putting an archive into the vault.
//!
//! Glacier names archives itself, and tells the name in an answer that may get lost. So every archive, however small,
//! is uploaded in parts: such an upload has a name before anything can come of it, can be aborted, and its completion
//! can be asked for again, which gives the archive's name once more. `UploadArchive` offers none of this.

use gas_service::{
    id::ArchiveId,
    ports::{BoxRead, ColdStorageError},
};

use super::{
    Fault, VaultArchive,
    catalogue::{Entry, Stored, Sums, Upload},
    tree_hash::TreeHash,
};
use crate::{cold::parts::Parts, failure::WhileDoing as _};

/// An upload under way. What is not completed is given up, at the latest when this is dropped.
pub(super) struct Unfinished {
    archive: VaultArchive,
    entry: Option<Entry>,
}

impl VaultArchive {
    /// Stores a stream whose checksum is right, and nothing of any other.
    pub(super) async fn upload(
        &self,
        archive: &ArchiveId,
        bytes: BoxRead,
        sha256: &str,
        doing: &(impl Fn() -> String + Sync),
    ) -> Result<(), ColdStorageError> {
        let mut unfinished = self.begin(archive).await.while_doing(doing)?;
        let Some(entry) = &mut unfinished.entry else { return Ok(()) };
        let uploaded = self.send(entry, bytes, sha256, doing).await;
        match uploaded {
            Ok(stored) => {
                unfinished.entry = None;
                self.let_replaced_go(stored).await;
                Ok(())
            }
            Err(error) => {
                unfinished.give_up().await;
                Err(error)
            }
        }
    }

    /// Begins an upload and writes down its name before anything is sent.
    async fn begin(&self, archive: &ArchiveId) -> Result<Unfinished, Fault> {
        let mut entry = self.catalogue.find(archive).await?;
        self.end_upload(&mut entry).await?;
        let id = self.vault.begin(archive).await?;
        entry.upload = Some(Upload { id, completing: None });
        let mut unfinished = Unfinished { archive: self.clone(), entry: Some(entry) };
        let Some(entry) = &mut unfinished.entry else { return Ok(unfinished) };
        if let Err(error) = self.catalogue.write(entry).await {
            unfinished.give_up().await;
            return Err(error.into());
        }
        Ok(unfinished)
    }

    /// Gives the entry as it was written in the end.
    async fn send(
        &self,
        entry: &mut Entry,
        bytes: BoxRead,
        sha256: &str,
        doing: &(impl Fn() -> String + Sync),
    ) -> Result<Entry, ColdStorageError> {
        let Some(upload) = &mut entry.upload else { return Ok(entry.clone()) };
        let (mut parts, mut sum) = (Parts::of(bytes), TreeHash::default());
        while !parts.have_ended() {
            let from = parts.size();
            let part = parts.next().await.while_doing(doing)?;
            sum.update(&part);
            if !part.is_empty() {
                self.vault.send(&upload.id, from, part).await.while_doing(doing)?;
            }
        }
        parts.check(sha256)?;
        upload.completing = Some(Sums { size: parts.size(), tree_hash: sum.finish() });
        self.catalogue.write(entry).await?;
        Ok(self.complete(entry, sha256).await.while_doing(doing)?)
    }

    /// Nobody knows of the archive before the last write: should that fail, the upload still stands in the entry,
    /// and the archive is found and deleted by it.
    async fn complete(&self, entry: &Entry, sha256: &str) -> Result<Entry, Fault> {
        let Some(Upload { id, completing: Some(sums) }) = &entry.upload else {
            return Err("the upload was never begun".into());
        };
        let glacier_id = self.vault.complete(id, sums).await?.ok_or("somebody aborted the upload")?;
        let stored = Stored { glacier_id, sums: sums.clone(), sha256: sha256.to_owned() };
        let mut done = entry.clone();
        done.upload = None;
        done.replaced.extend(done.stored.replace(stored).map(|former| former.glacier_id));
        self.catalogue.write(&mut done).await?;
        Ok(done)
    }

    /// Ends what somebody was uploading, who died or is too late by now: aborts it, or, if it had come to its end,
    /// has the archive deleted that came of it.
    pub(super) async fn end_upload(&self, entry: &mut Entry) -> Result<(), Fault> {
        let Some(upload) = entry.upload.take() else { return Ok(()) };
        let aborted = self.vault.abort(&upload.id).await;
        let Some(sums) = upload.completing.filter(|_| !matches!(aborted, Ok(true))) else {
            return aborted.map(drop);
        };
        if let Some(glacier_id) = self.vault.complete(&upload.id, &sums).await? {
            entry.replaced.push(glacier_id);
        } else {
            tracing::warn!(
                archive = %entry.archive,
                "an interrupted upload is too old to ask about; if it was completed, the vault's inventory lists an \
                 archive of this description that the table of archives does not know"
            );
        }
        Ok(())
    }

    /// Gives up an upload. The archive that it was to replace, if any, stays.
    async fn give_up(&self, mut entry: Entry) {
        let archive = entry.archive.clone();
        let given_up = async {
            self.end_upload(&mut entry).await?;
            self.delete_replaced(&mut entry).await
        };
        if let Err(error) = given_up.await {
            // Whoever stored it deletes it as well, later.
            tracing::warn!(%archive, error, "giving up an upload failed");
        }
    }

    async fn let_replaced_go(&self, mut entry: Entry) {
        let archive = entry.archive.clone();
        if !entry.replaced.is_empty()
            && let Err(error) = self.delete_replaced(&mut entry).await
        {
            // They are still noted, and go with the archive itself.
            tracing::warn!(%archive, error, "deleting a replaced archive failed");
        }
    }

    async fn delete_replaced(&self, entry: &mut Entry) -> Result<(), Fault> {
        for glacier_id in std::mem::take(&mut entry.replaced) {
            self.vault.delete(&glacier_id).await?;
        }
        if entry.is_empty() {
            self.catalogue.remove(entry).await?;
        } else {
            self.catalogue.write(entry).await?;
        }
        Ok(())
    }
}

impl Unfinished {
    async fn give_up(&mut self) {
        if let Some(entry) = self.entry.clone() {
            self.archive.give_up(entry).await;
            self.entry = None;
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let (Some(entry), Ok(runtime)) = (self.entry.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let archive = self.archive.clone();
        runtime.spawn(async move { archive.give_up(entry).await });
    }
}
