use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    id::{UploadId, UserId},
    job::StoredFile,
    ports::{BackendError, UploadStore, WhileDoing as _},
    upload::Upload,
};
use jiff::Timestamp;

use crate::database::{Database, nanoseconds, readable};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Records of uploads as a table.
pub(crate) struct SqliteUploadStore {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl UploadStore for SqliteUploadStore {
    async fn add(&self, upload: &Upload, at_most: u32) -> Result<bool, BackendError> {
        let added = self.insert(upload, at_most).await;
        added.while_doing(|| format!("keeping the record of upload `{}`", upload.upload_id))
    }

    async fn close(&self, upload: UploadId) -> Result<(), BackendError> {
        self.set_closed(upload).await.while_doing(|| format!("noting that upload `{upload}` became a job"))
    }

    async fn find(&self, user: UserId, upload: UploadId) -> Result<Option<Upload>, BackendError> {
        let doing = || format!("reading the record of upload `{upload}`");
        let found: Option<String> =
            sqlx::query_scalar("SELECT upload FROM upload WHERE upload_id = ? AND user_id = ?")
                .bind(upload.to_string())
                .bind(user.to_string())
                .fetch_optional(self.database.read())
                .await
                .while_doing(doing)?;
        found.map(|json| serde_json::from_str(&json)).transpose().while_doing(doing)
    }

    async fn note_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<bool, BackendError> {
        self.set_stored(upload, stored).await.while_doing(|| format!("noting that upload `{upload}` arrived"))
    }

    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, BackendError> {
        let doing = || "looking for uploads that came to nothing";
        let found: Vec<String> =
            sqlx::query_scalar("SELECT upload FROM upload WHERE expires <= ? ORDER BY expires LIMIT ?")
                .bind(nanoseconds(now))
                .bind(limit)
                .fetch_all(self.database.read())
                .await
                .while_doing(doing)?;
        Ok(readable(&found, "upload_id"))
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<Upload>, BackendError> {
        let doing = || format!("listing the uploads of user `{user}`");
        let found: Vec<String> = sqlx::query_scalar("SELECT upload FROM upload WHERE user_id = ?")
            .bind(user.to_string())
            .fetch_all(self.database.read())
            .await
            .while_doing(doing)?;
        found.iter().map(|json| serde_json::from_str(json)).collect::<Result<_, _>>().while_doing(doing)
    }

    async fn remove(&self, upload: UploadId) -> Result<(), BackendError> {
        self.delete(upload).await.while_doing(|| format!("removing the record of upload `{upload}`"))
    }

    /// Nothing is counted but the records themselves.
    async fn forget_user(&self, _user: UserId) -> Result<(), BackendError> {
        Ok(())
    }
}

impl SqliteUploadStore {
    async fn insert(&self, upload: &Upload, at_most: u32) -> Result<bool, Fault> {
        let json = serde_json::to_string(upload)?;
        let mut writing = self.database.write().await?;
        let open: i64 = sqlx::query_scalar("SELECT count(*) FROM upload WHERE user_id = ? AND closed = 0")
            .bind(upload.user_id.to_string())
            .fetch_one(writing.on())
            .await?;
        if open >= i64::from(at_most) {
            return Ok(false);
        }
        sqlx::query("INSERT INTO upload (upload_id, user_id, expires, upload) VALUES (?, ?, ?, ?)")
            .bind(upload.upload_id.to_string())
            .bind(upload.user_id.to_string())
            .bind(nanoseconds(upload.expires))
            .bind(json)
            .execute(writing.on())
            .await?;
        writing.commit().await?;
        Ok(true)
    }

    async fn set_closed(&self, upload: UploadId) -> Result<(), sqlx::Error> {
        // If the power fails it counts until it ends.
        let statement =
            sqlx::query("UPDATE upload SET closed = 1 WHERE upload_id = ?").bind(upload.to_string());
        self.database.change_quick(statement).await
    }

    async fn set_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<bool, Fault> {
        let stored = serde_json::to_string(stored)?;
        let statement = sqlx::query(
            "UPDATE upload SET upload = json_set(upload, '$.stored', json(?)) WHERE upload_id = ?",
        )
        .bind(stored)
        .bind(upload.to_string());
        Ok(self.database.write().await?.end_with(statement).await?)
    }

    async fn delete(&self, upload: UploadId) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM upload WHERE upload_id = ?").bind(upload.to_string());
        self.database.change(statement).await
    }
}

#[cfg(test)]
mod tests {
    use gas_service::id::JobId;

    use super::*;

    #[tokio::test]
    async fn a_record_that_cannot_be_read_hides_no_other_that_has_expired() {
        let folder = tempfile::tempdir().unwrap();
        let database = Arc::new(Database::open(&folder.path().join("gas.db")).await.unwrap());
        let uploads = SqliteUploadStore { database: Arc::clone(&database) };
        let user_id = UserId::generate();
        let ids = [UploadId::generate(), UploadId::generate()];
        for upload_id in ids {
            let (job_id, expires) = (JobId::generate(), Timestamp::UNIX_EPOCH);
            let (file_name, max_bytes, stored) = ("a.vcf".parse().unwrap(), None, None);
            let upload = Upload { upload_id, user_id, job_id, file_name, max_bytes, stored, expires };
            assert!(uploads.add(&upload, 10).await.unwrap());
        }
        let spoil = "UPDATE upload SET upload = json_remove(upload, '$.user_id') WHERE upload_id = ?";
        database.change(sqlx::query(spoil).bind(ids[0].to_string())).await.unwrap();
        let expired = uploads.expired(Timestamp::now(), 10).await.unwrap();
        assert_eq!(expired.iter().map(|upload| upload.upload_id).collect::<Vec<_>>(), [ids[1]]);
    }
}
