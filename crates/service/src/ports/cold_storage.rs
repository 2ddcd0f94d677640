use async_trait::async_trait;
use jiff::Timestamp;

use super::{BackendError, BoxRead};
use crate::{
    id::{ArchiveId, RetrievalId},
    job::{Retrieval, RetrievalTier},
};

/// Why cold storage did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum ColdStorageError {
    /// Too many Expedited retrievals are under way; Standard always works.
    #[error("cold storage has no capacity for Expedited retrievals now")]
    NoExpeditedCapacity,
    /// There is no such archive, or it was deleted.
    #[error("cold storage has no archive `{0}`")]
    NoSuchArchive(ArchiveId),
    /// The retrieval has not come to its end, or its copy has been taken away again.
    #[error("retrieval `{0}` is not ready")]
    NotReady(RetrievalId),
    /// The bytes that arrived, or lie there, are not those that were promised.
    #[error("the checksum of archive content is {found}, expected {expected}")]
    Checksum {
        /// What was promised.
        expected: String,
        /// What was found.
        found: String,
    },
    /// Something of the back end's own.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Cheap storage that gives back only on request and after a wait.
#[async_trait]
pub trait ColdStorage: Send + Sync {
    /// Stores the bytes under an id that the caller chose, and has written down, beforehand: so a copy whose
    /// storing was interrupted can always be deleted. Durable when it returns. Checks the bytes against
    /// `sha256` (hexadecimal). Whatever goes wrong, nothing is left behind; an archive of that id is replaced.
    async fn store(&self, archive: &ArchiveId, bytes: BoxRead, sha256: &str) -> Result<(), ColdStorageError>;

    /// Starts a retrieval. When it is done the back end sends [`Message::RetrievalDone`] to the thaw queue
    /// (at least once).
    ///
    /// [`Message::RetrievalDone`]: crate::message::Message::RetrievalDone
    async fn start_retrieval(
        &self,
        archive: &ArchiveId,
        tier: RetrievalTier,
        now: Timestamp,
    ) -> Result<Retrieval, ColdStorageError>;

    /// The bytes of a retrieval that is done.
    async fn open_retrieved(
        &self,
        retrieval: &RetrievalId,
        now: Timestamp,
    ) -> Result<BoxRead, ColdStorageError>;

    /// Deletes an archive and its retrievals; one that does not exist is as good as deleted.
    async fn delete(&self, archive: &ArchiveId) -> Result<(), ColdStorageError>;
}
