//! The changes, each durable when it returns.

use gas_service::{
    account::SecretHash,
    id::UserId,
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
};
use jiff::Timestamp;

use super::{
    SqliteIdentities,
    rows::{AttemptRow, PendingRow},
};
use crate::database::nanoseconds;

impl SqliteIdentities {
    pub(super) async fn insert_attempt(&self, attempt: &SignInAttempt) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(
            "INSERT INTO sign_in_attempt (state, browser, provider, nonce, pkce_verifier, next, connects, expires)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&attempt.state.0)
        .bind(&attempt.browser.0)
        .bind(&attempt.provider)
        .bind(&attempt.nonce)
        .bind(&attempt.pkce_verifier)
        .bind(&attempt.next)
        .bind(attempt.connects.map(|user| user.to_string()))
        .bind(nanoseconds(attempt.expires));
        self.database.change(statement).await
    }

    pub(super) async fn remove_attempt(
        &self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<AttemptRow>, sqlx::Error> {
        let statement =
            sqlx::query_as("DELETE FROM sign_in_attempt WHERE state = ? AND expires > ? RETURNING *")
                .bind(&state.0)
                .bind(nanoseconds(now));
        self.database.take(statement).await
    }

    pub(super) async fn insert_pending(&self, pending: &PendingIdentity) -> Result<(), sqlx::Error> {
        let identity = &pending.identity;
        let statement = sqlx::query(
            "INSERT INTO pending_identity
                 (secret, browser, issuer, subject, provider, label, name, institution, next, expires)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&pending.secret.0)
        .bind(&pending.browser.0)
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(&identity.provider)
        .bind(&identity.label)
        .bind(&pending.name)
        .bind(&pending.institution)
        .bind(&pending.next)
        .bind(nanoseconds(pending.expires));
        self.database.change(statement).await
    }

    pub(super) async fn remove_pending(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingRow>, sqlx::Error> {
        let statement =
            sqlx::query_as("DELETE FROM pending_identity WHERE secret = ? AND expires > ? RETURNING *")
                .bind(&secret.0)
                .bind(nanoseconds(now));
        self.database.take(statement).await
    }

    /// Adds an identity unless it is there, and gives whose it is then.
    pub(super) async fn insert_identity(&self, linked: &LinkedIdentity) -> Result<String, sqlx::Error> {
        let identity = &linked.identity;
        let mut writing = self.database.write().await?;
        sqlx::query(
            "INSERT INTO linked_identity (issuer, subject, provider, label, user_id, linked)
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (issuer, subject) DO NOTHING",
        )
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(&identity.provider)
        .bind(&identity.label)
        .bind(linked.user_id.to_string())
        .bind(nanoseconds(linked.linked))
        .execute(writing.on())
        .await?;
        let owner =
            sqlx::query_scalar("SELECT user_id FROM linked_identity WHERE issuer = ? AND subject = ?")
                .bind(&identity.issuer)
                .bind(&identity.subject)
                .fetch_one(writing.on())
                .await?;
        writing.commit().await?;
        Ok(owner)
    }

    pub(super) async fn remove_identity(
        &self,
        user: UserId,
        issuer: &str,
        subject: &str,
        beside: Option<&Identity>,
    ) -> Result<bool, sqlx::Error> {
        let mut writing = self.database.write().await?;
        sqlx::query(
            "DELETE FROM linked_identity WHERE issuer = ?1 AND subject = ?2 AND user_id = ?3
                 AND (?4 IS NULL OR EXISTS (SELECT 1 FROM linked_identity AS stays
                     WHERE stays.issuer = ?4 AND stays.subject = ?5 AND stays.user_id = ?3))",
        )
        .bind(issuer)
        .bind(subject)
        .bind(user.to_string())
        .bind(beside.map(|stays| stays.issuer.as_str()))
        .bind(beside.map(|stays| stays.subject.as_str()))
        .execute(writing.on())
        .await?;
        let is_gone = sqlx::query_scalar(
            "SELECT NOT EXISTS (SELECT 1 FROM linked_identity WHERE issuer = ? AND subject = ? AND user_id = ?)",
        )
        .bind(issuer)
        .bind(subject)
        .bind(user.to_string())
        .fetch_one(writing.on())
        .await?;
        writing.commit().await?;
        Ok(is_gone)
    }

    pub(super) async fn remove_identities(&self, user: UserId) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM linked_identity WHERE user_id = ?").bind(user.to_string());
        self.database.change(statement).await
    }

    pub(super) async fn remove_expired(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        let now = nanoseconds(now);
        let mut writing = self.database.write().await?;
        for table in ["sign_in_attempt", "pending_identity"] {
            let statement = format!("DELETE FROM {table} WHERE expires <= ?");
            sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now).execute(writing.on()).await?;
        }
        writing.commit().await
    }
}
