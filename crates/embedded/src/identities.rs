use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    account::SecretHash,
    id::UserId,
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
    ports::{BackendError, Identities, WhileDoing as _},
};
use jiff::Timestamp;

use self::rows::{AttemptRow, IdentityRow, PendingRow};
use crate::database::{Database, nanoseconds};

mod change;
mod rows;

/// Identities and attempts as tables.
pub(crate) struct SqliteIdentities {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl Identities for SqliteIdentities {
    async fn add_attempt(&self, attempt: &SignInAttempt) -> Result<(), BackendError> {
        self.insert_attempt(attempt).await.while_doing(|| "keeping an attempt to sign in")
    }

    async fn take_attempt(
        &self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInAttempt>, BackendError> {
        let doing = || "using up an attempt to sign in";
        let taken = self.remove_attempt(state, now).await.while_doing(doing)?;
        taken.map(AttemptRow::into_attempt).transpose().while_doing(doing)
    }

    async fn add_pending(&self, pending: &PendingIdentity) -> Result<(), BackendError> {
        self.insert_pending(pending).await.while_doing(|| "keeping an identity that waits")
    }

    async fn find_pending(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingIdentity>, BackendError> {
        let found: Option<PendingRow> =
            sqlx::query_as("SELECT * FROM pending_identity WHERE secret = ? AND expires > ?")
                .bind(&secret.0)
                .bind(nanoseconds(now))
                .fetch_optional(self.database.read())
                .await
                .while_doing(|| "reading an identity that waits")?;
        Ok(found.map(PendingRow::into_pending))
    }

    async fn take_pending(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingIdentity>, BackendError> {
        let taken = self.remove_pending(secret, now).await;
        Ok(taken.while_doing(|| "using up an identity that waits")?.map(PendingRow::into_pending))
    }

    async fn user_of_identity(&self, issuer: &str, subject: &str) -> Result<Option<UserId>, BackendError> {
        let doing = || format!("reading whose identity `{subject}` of `{issuer}` is");
        let found: Option<String> =
            sqlx::query_scalar("SELECT user_id FROM linked_identity WHERE issuer = ? AND subject = ?")
                .bind(issuer)
                .bind(subject)
                .fetch_optional(self.database.read())
                .await
                .while_doing(doing)?;
        found.map(|user| user.parse()).transpose().while_doing(doing)
    }

    async fn link(&self, linked: &LinkedIdentity) -> Result<UserId, BackendError> {
        let identity = &linked.identity;
        let doing = || format!("linking identity `{}` of `{}`", identity.subject, identity.issuer);
        let owner = self.insert_identity(linked).await.while_doing(doing)?;
        owner.parse().while_doing(doing)
    }

    async fn identities(&self, user: UserId) -> Result<Vec<LinkedIdentity>, BackendError> {
        let doing = || format!("listing the identities of user `{user}`");
        let rows: Vec<IdentityRow> = sqlx::query_as(
            "SELECT * FROM linked_identity WHERE user_id = ? ORDER BY linked, issuer, subject",
        )
        .bind(user.to_string())
        .fetch_all(self.database.read())
        .await
        .while_doing(doing)?;
        rows.into_iter().map(IdentityRow::into_linked).collect::<Result<_, _>>().while_doing(doing)
    }

    async fn unlink(
        &self,
        user: UserId,
        issuer: &str,
        subject: &str,
        beside: Option<&Identity>,
    ) -> Result<bool, BackendError> {
        let removed = self.remove_identity(user, issuer, subject, beside).await;
        removed.while_doing(|| format!("unlinking an identity of user `{user}`"))
    }

    async fn forget_identities(&self, user: UserId) -> Result<(), BackendError> {
        self.remove_identities(user)
            .await
            .while_doing(|| format!("forgetting the identities of user `{user}`"))
    }

    async fn forget_expired(&self, now: Timestamp) -> Result<(), BackendError> {
        self.remove_expired(now).await.while_doing(|| "forgetting attempts to sign in that have ended")
    }
}
