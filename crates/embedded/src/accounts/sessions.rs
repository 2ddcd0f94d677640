//! Sessions.

use gas_service::{
    account::{SecretHash, Session, User},
    id::UserId,
};
use jiff::Timestamp;

use super::{
    SqliteAccounts,
    rows::{Malformed, SessionRow},
};
use crate::database::nanoseconds;

impl SqliteAccounts {
    pub(super) async fn insert_session(&self, session: &Session) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(
            "INSERT INTO session (secret, user_id, created, authenticated, expires, provider, last_used, admin)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&session.secret.0)
        .bind(session.user_id.to_string())
        .bind(session.created.map(nanoseconds))
        .bind(session.authenticated.map(nanoseconds))
        .bind(nanoseconds(session.expires))
        .bind(&session.provider)
        .bind(session.last_used.map(nanoseconds))
        .bind(session.admin);
        self.database.change(statement).await
    }

    pub(super) async fn find_session(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, Malformed> {
        let found: Option<SessionRow> =
            sqlx::query_as("SELECT * FROM session WHERE secret = ? AND expires > ?")
                .bind(&secret.0)
                .bind(nanoseconds(now))
                .fetch_optional(self.database.read())
                .await?;
        let Some(session) = found.map(SessionRow::into_session).transpose()? else { return Ok(None) };
        let user = self.find_staying(session.user_id).await?;
        Ok(user.map(|user| (user, session)))
    }

    /// Gives whether the former secret was that of a session.
    pub(super) async fn write_secret(
        &self,
        former: &SecretHash,
        secret: &SecretHash,
        admin: bool,
    ) -> Result<bool, sqlx::Error> {
        let statement = sqlx::query("UPDATE session SET secret = ?, admin = ? WHERE secret = ?")
            .bind(&secret.0)
            .bind(admin)
            .bind(&former.0);
        self.database.write().await?.end_with(statement).await
    }

    pub(super) async fn list_sessions(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<Session>, Malformed> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "SELECT * FROM session WHERE user_id = ? AND expires > ? ORDER BY created DESC, secret",
        )
        .bind(user.to_string())
        .bind(nanoseconds(now))
        .fetch_all(self.database.read())
        .await?;
        rows.into_iter().map(SessionRow::into_session).collect()
    }

    pub(super) async fn remove_session(&self, secret: &SecretHash) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM session WHERE secret = ?").bind(&secret.0);
        self.database.change(statement).await
    }

    pub(super) async fn remove_sessions(&self, user: UserId, until: Timestamp) -> Result<(), sqlx::Error> {
        let statement =
            sqlx::query("DELETE FROM session WHERE user_id = ? AND (created IS NULL OR created <= ?)")
                .bind(user.to_string())
                .bind(nanoseconds(until));
        self.database.change(statement).await
    }
}
