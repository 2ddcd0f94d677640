use std::{io, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use gas_service::{
    id::{ArchiveId, RetrievalId},
    job::{Retrieval, RetrievalTier},
    message::{Message, QueueName},
    ports::{BoxRead, ColdStorage, ColdStorageError, WhileDoing as _},
};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use tokio::fs::File;
use uuid::Uuid;

use self::shelf::Shelf;
use crate::{
    database::{Database, nanoseconds, nanoseconds_after},
    files::{self, Written},
    process_folder::ProcessFolder,
    queue::SqliteQueue,
    settings::ColdStorageSettings,
};

pub(crate) mod shelf;

/// How long the copy of a retrieval that is done can be read.
const COPY_LIFE: Duration = Duration::from_hours(24);

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Archives as files that are not given out before a retrieval's time has passed.
pub(crate) struct FileColdStorage {
    pub(crate) database: Arc<Database>,
    pub(crate) queue: Arc<SqliteQueue>,
    pub(crate) shelf: Shelf,
    pub(crate) folder: Arc<ProcessFolder>,
    pub(crate) settings: ColdStorageSettings,
}

#[async_trait]
impl ColdStorage for FileColdStorage {
    async fn store(&self, archive: &ArchiveId, bytes: BoxRead, sha256: &str) -> Result<(), ColdStorageError> {
        let doing = || format!("storing archive `{archive}`");
        let written = files::write_aside(&self.folder, bytes, None).await.while_doing(doing)?;
        if written.sha256 != sha256 {
            return Err(ColdStorageError::Checksum { expected: sha256.to_owned(), found: written.sha256 });
        }
        let size = written.size;
        self.shelf.put(archive, written).await.while_doing(doing)?;
        let noted = self.add_archive(archive, sha256, size).await;
        if noted.is_err() {
            self.shelf.remove(archive).await.while_doing(doing)?;
        }
        Ok(noted.while_doing(doing)?)
    }

    async fn start_retrieval(
        &self,
        archive: &ArchiveId,
        tier: RetrievalTier,
        now: Timestamp,
    ) -> Result<Retrieval, ColdStorageError> {
        let started = self.add_retrieval(archive, tier, now).await;
        started.while_doing(|| format!("starting a retrieval of archive `{archive}`"))?
    }

    async fn open_retrieved(
        &self,
        retrieval: &RetrievalId,
        now: Timestamp,
    ) -> Result<BoxRead, ColdStorageError> {
        let doing = || format!("opening retrieval `{retrieval}`");
        let found: Option<(String, String)> = sqlx::query_as(
            "SELECT archive_id, sha256 FROM retrieval JOIN archive USING (archive_id)
             WHERE retrieval_id = ? AND ready_at <= ? AND ends_at > ?",
        )
        .bind(&retrieval.0)
        .bind(nanoseconds(now))
        .bind(nanoseconds(now))
        .fetch_optional(self.database.read())
        .await
        .while_doing(doing)?;
        let (archive, expected) = found.ok_or_else(|| ColdStorageError::NotReady(retrieval.clone()))?;
        let archive = ArchiveId(archive);
        let found = match self.shelf.checksum(&archive).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ColdStorageError::NoSuchArchive(archive));
            }
            read => read.while_doing(doing)?,
        };
        if found != expected {
            return Err(ColdStorageError::Checksum { expected, found });
        }
        Ok(Box::pin(self.shelf.open(&archive).await.while_doing(doing)?))
    }

    async fn delete(&self, archive: &ArchiveId) -> Result<(), ColdStorageError> {
        let deleted = self.remove(archive).await;
        Ok(deleted.while_doing(|| format!("deleting archive `{archive}`"))?)
    }
}

impl FileColdStorage {
    async fn add_archive(&self, archive: &ArchiveId, sha256: &str, size: u64) -> Result<(), Fault> {
        let statement = sqlx::query(
            "INSERT INTO archive (archive_id, sha256, size) VALUES (?, ?, ?)
             ON CONFLICT (archive_id) DO UPDATE SET sha256 = excluded.sha256, size = excluded.size",
        )
        .bind(&archive.0)
        .bind(sha256)
        .bind(i64::try_from(size)?);
        Ok(self.database.change(statement).await?)
    }

    /// The retrieval and the message that will say it is done come into being together.
    async fn add_retrieval(
        &self,
        archive: &ArchiveId,
        tier: RetrievalTier,
        now: Timestamp,
    ) -> Result<Result<Retrieval, ColdStorageError>, Fault> {
        let mut writing = self.database.write().await?;
        let known = "SELECT count(*) FROM archive WHERE archive_id = ?";
        let known: u32 = sqlx::query_scalar(known).bind(&archive.0).fetch_one(writing.on()).await?;
        if known == 0 {
            return Ok(Err(ColdStorageError::NoSuchArchive(archive.clone())));
        }
        if tier == RetrievalTier::Expedited && self.is_at_capacity(writing.on(), now).await? {
            return Ok(Err(ColdStorageError::NoExpeditedCapacity));
        }
        let expected = now + self.time_of(tier);
        let retrieval = Retrieval { retrieval_id: RetrievalId(Uuid::now_v7().to_string()), tier, expected };
        insert_retrieval(writing.on(), archive, &retrieval, now).await?;
        let message = Message::RetrievalDone {
            archive_id: archive.clone(),
            retrieval_id: retrieval.retrieval_id.clone(),
        };
        SqliteQueue::add(writing.on(), QueueName::JobThaw, &message, None, nanoseconds(expected)).await?;
        writing.commit().await?;
        self.queue.announce(QueueName::JobThaw);
        Ok(Ok(retrieval))
    }

    async fn is_at_capacity(&self, on: &mut SqliteConnection, now: Timestamp) -> Result<bool, sqlx::Error> {
        let under_way: u32 =
            sqlx::query_scalar("SELECT count(*) FROM retrieval WHERE tier = ? AND ready_at > ?")
                .bind(name(RetrievalTier::Expedited))
                .bind(nanoseconds(now))
                .fetch_one(on)
                .await?;
        Ok(under_way >= self.settings.expedited_at_once)
    }

    fn time_of(&self, tier: RetrievalTier) -> Duration {
        match tier {
            RetrievalTier::Expedited => self.settings.expedited_time,
            RetrievalTier::Standard => self.settings.standard_time,
        }
    }

    /// The file first, whether or not there is a row: storing may have been interrupted between the two.
    async fn remove(&self, archive: &ArchiveId) -> Result<(), Fault> {
        self.shelf.remove(archive).await?;
        let statement = sqlx::query("DELETE FROM archive WHERE archive_id = ?").bind(&archive.0);
        Ok(self.database.change(statement).await?)
    }
}

async fn insert_retrieval(
    on: &mut SqliteConnection,
    archive: &ArchiveId,
    retrieval: &Retrieval,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    // Those that can no longer be read are of no use to anyone.
    sqlx::query("DELETE FROM retrieval WHERE ends_at <= ?").bind(nanoseconds(now)).execute(&mut *on).await?;
    sqlx::query(
        "INSERT INTO retrieval (retrieval_id, archive_id, tier, ready_at, ends_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(&retrieval.retrieval_id.0)
    .bind(&archive.0)
    .bind(name(retrieval.tier))
    .bind(nanoseconds(retrieval.expected))
    .bind(nanoseconds_after(retrieval.expected, COPY_LIFE))
    .execute(on)
    .await?;
    Ok(())
}

fn name(tier: RetrievalTier) -> &'static str {
    match tier {
        RetrievalTier::Expedited => "expedited",
        RetrievalTier::Standard => "standard",
    }
}
