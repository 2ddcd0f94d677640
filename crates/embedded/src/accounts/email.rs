//! Addresses, and the links by which users get another.

use async_trait::async_trait;
use gas_service::{
    account::{EmailAddress, EmailChange, SecretHash},
    id::UserId,
    ports::{AddressChange, BackendError, EmailChanges, WhileDoing as _},
};
use jiff::Timestamp;

use super::{SqliteAccounts, rows::EmailChangeRow};
use crate::database::nanoseconds;

#[async_trait]
impl EmailChanges for SqliteAccounts {
    async fn add(&self, change: &EmailChange) -> Result<(), BackendError> {
        self.insert_email_change(change).await.while_doing(|| "keeping a link to a new address")
    }

    async fn find(&self, secret: &SecretHash, now: Timestamp) -> Result<Option<EmailChange>, BackendError> {
        let doing = || "reading a link to a new address";
        let found: Option<EmailChangeRow> =
            sqlx::query_as("SELECT * FROM email_change WHERE secret = ? AND expires > ?")
                .bind(&secret.0)
                .bind(nanoseconds(now))
                .fetch_optional(self.database.read())
                .await
                .while_doing(doing)?;
        found.map(EmailChangeRow::into_change).transpose().while_doing(doing)
    }

    async fn remove(&self, secret: &SecretHash) -> Result<(), BackendError> {
        self.remove_email_change(secret).await.while_doing(|| "removing a link to a new address")
    }

    async fn forget_expired(&self, now: Timestamp) -> Result<(), BackendError> {
        let removal = self.remove_expired_email_changes(now);
        removal.await.while_doing(|| "forgetting links to new addresses that have ended")
    }
}

impl SqliteAccounts {
    /// In one transaction: of two users who want an address one gets it.
    pub(super) async fn write_email(
        &self,
        user: UserId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<AddressChange, sqlx::Error> {
        let mut writing = self.database.write().await?;
        let owner: Option<String> = sqlx::query_scalar("SELECT user_id FROM user WHERE user_email = ?")
            .bind(email.as_str())
            .fetch_optional(writing.on())
            .await?;
        if let Some(owner) = owner {
            let same = owner == user.to_string();
            return Ok(if same { AddressChange::Made } else { AddressChange::Taken });
        }
        let changed = sqlx::query("UPDATE user SET user_email = ?, updated = ? WHERE user_id = ?")
            .bind(email.as_str())
            .bind(nanoseconds(now))
            .bind(user.to_string())
            .execute(writing.on())
            .await?;
        writing.commit().await?;
        let there = changed.rows_affected() > 0;
        Ok(if there { AddressChange::Made } else { AddressChange::NoSuchUser })
    }

    async fn insert_email_change(&self, change: &EmailChange) -> Result<(), sqlx::Error> {
        let statement =
            sqlx::query("INSERT INTO email_change (secret, user_id, email, expires) VALUES (?, ?, ?, ?)")
                .bind(&change.secret.0)
                .bind(change.user_id.to_string())
                .bind(change.email.as_str())
                .bind(nanoseconds(change.expires));
        self.database.change(statement).await
    }

    async fn remove_email_change(&self, secret: &SecretHash) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM email_change WHERE secret = ?").bind(&secret.0);
        self.database.change(statement).await
    }

    async fn remove_expired_email_changes(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM email_change WHERE expires <= ?").bind(nanoseconds(now));
        self.database.change(statement).await
    }
}
