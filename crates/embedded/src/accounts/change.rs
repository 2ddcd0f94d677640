//! The changes, each durable when it returns.

use gas_service::{
    account::{EmailAddress, SecretHash, SignInLink},
    id::UserId,
    plan::Plan,
};
use jiff::Timestamp;

use super::{
    SqliteAccounts,
    rows::{LinkRow, UserRow},
};
use crate::database::{Statement, nanoseconds};

impl SqliteAccounts {
    pub(super) async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<UserRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM user WHERE user_email = ?")
            .bind(email.as_str())
            .fetch_optional(self.database.read())
            .await
    }

    /// Adds a user, unless another did so in the meantime.
    pub(super) async fn add_user(&self, email: &EmailAddress, now: Timestamp) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(
            "INSERT INTO user (user_id, user_email, name, institution, plan, created, updated)
             VALUES (?1, ?2, '', '', ?3, ?4, ?4) ON CONFLICT (user_email) DO NOTHING",
        )
        .bind(UserId::generate().to_string())
        .bind(email.as_str())
        .bind(Plan::FreeUser.as_str())
        .bind(nanoseconds(now));
        self.database.change(statement).await
    }

    pub(super) async fn write_profile(
        &self,
        user: UserId,
        name: &str,
        institution: &str,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let statement =
            sqlx::query("UPDATE user SET name = ?, institution = ?, updated = ? WHERE user_id = ?")
                .bind(name)
                .bind(institution)
                .bind(nanoseconds(now))
                .bind(user.to_string());
        self.database.change(statement).await
    }

    pub(super) async fn write_plan(
        &self,
        user: UserId,
        plan: Plan,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        self.database.change(plan_statement(user, plan, now)).await
    }

    pub(super) async fn insert_link(&self, link: &SignInLink) -> Result<(), sqlx::Error> {
        let statement =
            sqlx::query("INSERT INTO sign_in_link (secret, email, next, expires) VALUES (?, ?, ?, ?)")
                .bind(&link.secret.0)
                .bind(link.email.as_str())
                .bind(&link.next)
                .bind(nanoseconds(link.expires));
        self.database.change(statement).await
    }

    pub(super) async fn remove_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<LinkRow>, sqlx::Error> {
        let statement =
            sqlx::query_as("DELETE FROM sign_in_link WHERE secret = ? AND expires > ? RETURNING *")
                .bind(&secret.0)
                .bind(nanoseconds(now));
        self.database.take(statement).await
    }

    pub(super) async fn remove_expired(
        &self,
        now: Timestamp,
        idle_since: Option<Timestamp>,
    ) -> Result<(), sqlx::Error> {
        let now = nanoseconds(now);
        let mut writing = self.database.write().await?;
        sqlx::query("DELETE FROM sign_in_link WHERE expires <= ?").bind(now).execute(writing.on()).await?;
        sqlx::query("DELETE FROM session WHERE expires <= ?").bind(now).execute(writing.on()).await?;
        sqlx::query("DELETE FROM session WHERE coalesce(last_used, created) <= ?")
            .bind(idle_since.map(nanoseconds))
            .execute(writing.on())
            .await?;
        writing.commit().await
    }
}

/// Writes a plan, by itself or together with what it follows from.
pub(crate) fn plan_statement(user: UserId, plan: Plan, now: Timestamp) -> Statement<'static> {
    sqlx::query("UPDATE user SET plan = ?, updated = ? WHERE user_id = ?")
        .bind(plan.as_str())
        .bind(nanoseconds(now))
        .bind(user.to_string())
}
