//! Putting an archive into the vault.
//!
//! Glacier names archives itself, and tells the name in an answer that may get lost. So every archive, however small,
//! is uploaded in parts: such an upload has a name before anything can come of it, can be aborted, and its completion
//! can be asked for again, which gives the archive's name once more. `UploadArchive` offers none of this.

use gas_service::{
    id::ArchiveId,
    ports::{BoxRead, ColdStorageError, WhileDoing as _},
};

use super::{
    Fault, VaultArchive,
    catalogue::{Entry, Stored, Sums, Upload},
    tree_hash::TreeHash,
};
use crate::cold::parts::Parts;

/// An upload under way. What is not completed is given up, at the latest when this is dropped.
struct Unfinished {
    archive: VaultArchive,
    /// As it was written last, or is being written.
    entry: Entry,
    /// Glacier's name for the upload.
    id: String,
    over: bool,
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
        match unfinished.send(bytes, sha256, doing).await {
            Ok(entry) => {
                unfinished.over = true;
                self.let_replaced_go(entry).await;
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
        entry.upload = Some(Upload { id: id.clone(), completing: None });
        let mut unfinished = Unfinished { archive: self.clone(), entry, id, over: false };
        if let Err(error) = self.catalogue.write(&mut unfinished.entry).await {
            unfinished.give_up().await;
            return Err(error.into());
        }
        Ok(unfinished)
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
    /// Gives the entry as it was written in the end.
    async fn send(
        &mut self,
        bytes: BoxRead,
        sha256: &str,
        doing: &(impl Fn() -> String + Sync),
    ) -> Result<Entry, ColdStorageError> {
        let (mut parts, mut sum) = (Parts::of(bytes), TreeHash::default());
        while !parts.have_ended() {
            let from = parts.size();
            let part = parts.next().await.while_doing(doing)?;
            sum.update(&part);
            if !part.is_empty() {
                self.archive.vault.send(&self.id, from, part).await.while_doing(doing)?;
            }
        }
        parts.check(sha256)?;
        let sums = Sums { size: parts.size(), tree_hash: sum.finish() };
        self.entry.upload = Some(Upload { id: self.id.clone(), completing: Some(sums.clone()) });
        self.archive.catalogue.write(&mut self.entry).await?;
        Ok(self.complete(sums, sha256).await.while_doing(doing)?)
    }

    /// Nobody knows of the archive before the last write: should that fail, the upload still stands in the entry,
    /// and the archive is found and deleted by it.
    async fn complete(&self, sums: Sums, sha256: &str) -> Result<Entry, Fault> {
        let completed = self.archive.vault.complete(&self.id, &sums).await?;
        let glacier_id = completed.ok_or("somebody aborted the upload")?;
        let mut entry = self.entry.clone();
        entry.upload = None;
        let former = entry.stored.replace(Stored { glacier_id, sums, sha256: sha256.to_owned() });
        entry.replaced.extend(former.map(|former| former.glacier_id));
        self.archive.catalogue.write(&mut entry).await?;
        Ok(entry)
    }

    async fn give_up(&mut self) {
        self.archive.give_up(self.entry.clone()).await;
        self.over = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (archive, entry) = (self.archive.clone(), self.entry.clone());
            runtime.spawn(async move { archive.give_up(entry).await });
        }
    }
}
