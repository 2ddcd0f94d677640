//! Accounts that are being deleted.

use async_trait::async_trait;
use gas_service::{
    deletion::{Deletion, Tally},
    id::{HolderId, UserId},
    ports::{BackendError, Deletions, WhileDoing as _},
};
use jiff::Timestamp;

use super::{SqliteAccounts, rows::Malformed};
use crate::database::nanoseconds;

#[async_trait]
impl Deletions for SqliteAccounts {
    async fn begin(&self, deletion: &Deletion) -> Result<(), BackendError> {
        let doing = || format!("beginning the deletion of user `{}`", deletion.user_id);
        self.insert_deletion(deletion).await.while_doing(doing)
    }

    async fn find(&self, user: UserId) -> Result<Option<Deletion>, BackendError> {
        let doing = || format!("reading the deletion of user `{user}`");
        let found: Option<String> = sqlx::query_scalar("SELECT deletion FROM deletion WHERE user_id = ?")
            .bind(user.to_string())
            .fetch_optional(self.database.read())
            .await
            .while_doing(doing)?;
        found.map(|json| serde_json::from_str(&json)).transpose().while_doing(doing)
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Deletion>, BackendError> {
        let doing = || "looking for deletions that are due";
        let found: Vec<String> = sqlx::query_scalar(
            "SELECT deletion FROM deletion WHERE attend_at <= ? ORDER BY attend_at LIMIT ?",
        )
        .bind(nanoseconds(now))
        .bind(limit)
        .fetch_all(self.database.read())
        .await
        .while_doing(doing)?;
        found.iter().map(|json| serde_json::from_str(json)).collect::<Result<_, _>>().while_doing(doing)
    }

    async fn hold(
        &self,
        user: UserId,
        holder: HolderId,
        now: Timestamp,
        attend_at: Timestamp,
    ) -> Result<bool, BackendError> {
        let held = self.write_holder(user, holder, now, attend_at);
        held.await.while_doing(|| format!("taking the deletion of user `{user}` in hand"))
    }

    async fn postpone(&self, user: UserId, attend_at: Timestamp) -> Result<(), BackendError> {
        let change = self.move_deletion(user, attend_at);
        change.await.while_doing(|| format!("postponing the deletion of user `{user}`"))
    }

    async fn note_tally(&self, user: UserId, tally: &Tally) -> Result<(), BackendError> {
        let change = self.write_tally(user, tally);
        change.await.while_doing(|| format!("noting what there is of user `{user}`"))
    }

    async fn remove_user(&self, user: UserId) -> Result<(), BackendError> {
        self.delete_user(user).await.while_doing(|| format!("removing user `{user}`"))
    }

    async fn finish(&self, user: UserId) -> Result<(), BackendError> {
        let change = self.delete_deletion(user);
        change.await.while_doing(|| format!("forgetting the deletion of user `{user}`"))
    }
}

impl SqliteAccounts {
    async fn insert_deletion(&self, deletion: &Deletion) -> Result<(), Malformed> {
        let json = serde_json::to_string(deletion)?;
        let statement = sqlx::query(
            "INSERT INTO deletion (user_id, attend_at, deletion)
             SELECT user_id, ?2, ?3 FROM user WHERE user_id = ?1 ON CONFLICT DO NOTHING",
        )
        .bind(deletion.user_id.to_string())
        .bind(nanoseconds(deletion.attend_at))
        .bind(json);
        Ok(self.database.change(statement).await?)
    }

    async fn write_holder(
        &self,
        user: UserId,
        holder: HolderId,
        now: Timestamp,
        attend_at: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let statement = sqlx::query(
            "UPDATE deletion SET attend_at = ?1, deletion = json_set(deletion, '$.holder', ?2)
             WHERE user_id = ?3 AND (coalesce(deletion ->> '$.holder', ?2) = ?2 OR attend_at <= ?4)",
        )
        .bind(nanoseconds(attend_at))
        .bind(holder.to_string())
        .bind(user.to_string())
        .bind(nanoseconds(now));
        self.database.write().await?.end_with(statement).await
    }

    async fn move_deletion(&self, user: UserId, attend_at: Timestamp) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(
            "UPDATE deletion SET attend_at = ?, deletion = json_remove(deletion, '$.holder') WHERE user_id = ?",
        )
        .bind(nanoseconds(attend_at))
        .bind(user.to_string());
        self.database.change(statement).await
    }

    async fn write_tally(&self, user: UserId, tally: &Tally) -> Result<(), Malformed> {
        let tally = serde_json::to_string(tally)?;
        let statement = sqlx::query(
            "UPDATE deletion SET deletion = json_set(deletion, '$.tally', json(?))
             WHERE user_id = ? AND deletion ->> '$.tally' IS NULL",
        )
        .bind(tally)
        .bind(user.to_string());
        Ok(self.database.change(statement).await?)
    }

    /// Tokens, sessions and links to new addresses go with the user; links to sign in know an address only.
    async fn delete_user(&self, user: UserId) -> Result<(), sqlx::Error> {
        let mut writing = self.database.write().await?;
        sqlx::query("DELETE FROM sign_in_link WHERE email = (SELECT user_email FROM user WHERE user_id = ?)")
            .bind(user.to_string())
            .execute(writing.on())
            .await?;
        sqlx::query("DELETE FROM user WHERE user_id = ?")
            .bind(user.to_string())
            .execute(writing.on())
            .await?;
        writing.commit().await
    }

    async fn delete_deletion(&self, user: UserId) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM deletion WHERE user_id = ?").bind(user.to_string());
        self.database.change(statement).await?;
        self.database.empty_log().await
    }
}
