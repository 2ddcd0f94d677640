//! API tokens.

use gas_service::{
    account::{ApiToken, SecretHash, User},
    id::{TokenId, UserId},
};
use jiff::Timestamp;

use super::{
    SqliteAccounts,
    rows::{Malformed, TokenRow, UserRow},
};
use crate::database::nanoseconds;

impl SqliteAccounts {
    pub(super) async fn insert_token(&self, token: &ApiToken, at_most: u32) -> Result<bool, sqlx::Error> {
        let mut writing = self.database.write().await?;
        let inserted = sqlx::query(
            "INSERT INTO api_token (token_id, secret, user_id, name, scope, created, expires, last_used)
             SELECT ?1, ?2, user_id, ?4, ?5, ?6, ?7, ?8 FROM user WHERE user_id = ?3
             AND ?3 NOT IN (SELECT user_id FROM deletion)
             AND (SELECT count(*) FROM api_token WHERE user_id = ?3) < ?9",
        )
        .bind(token.token_id.to_string())
        .bind(&token.secret.0)
        .bind(token.user_id.to_string())
        .bind(&token.name)
        .bind(token.scope.as_str())
        .bind(nanoseconds(token.created))
        .bind(token.expires.map(nanoseconds))
        .bind(token.last_used.map(nanoseconds))
        .bind(at_most)
        .execute(writing.on())
        .await?;
        writing.commit().await?;
        Ok(inserted.rows_affected() > 0)
    }

    pub(super) async fn remove_token(&self, user: UserId, token: TokenId) -> Result<(), sqlx::Error> {
        let statement = sqlx::query("DELETE FROM api_token WHERE token_id = ? AND user_id = ?")
            .bind(token.to_string())
            .bind(user.to_string());
        self.database.change(statement).await
    }

    pub(super) async fn find_token(
        &self,
        secret: &SecretHash,
    ) -> Result<Option<(User, ApiToken)>, Malformed> {
        let token: Option<TokenRow> = sqlx::query_as("SELECT * FROM api_token WHERE secret = ?")
            .bind(&secret.0)
            .fetch_optional(self.database.read())
            .await?;
        let Some(token) = token.map(TokenRow::into_token).transpose()? else { return Ok(None) };
        let user = self.find_staying(token.user_id).await?;
        Ok(user.map(|user| (user, token)))
    }

    /// The user of that id, unless the account is being deleted.
    pub(super) async fn find_staying(&self, user: UserId) -> Result<Option<User>, Malformed> {
        let found: Option<UserRow> = sqlx::query_as(
            "SELECT * FROM user WHERE user_id = ?1 AND ?1 NOT IN (SELECT user_id FROM deletion)",
        )
        .bind(user.to_string())
        .fetch_optional(self.database.read())
        .await?;
        found.map(UserRow::into_user).transpose()
    }

    /// Loss of power may undo it: it is told to people only.
    pub(super) async fn write_token_use(
        &self,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(
            "UPDATE api_token SET last_used = ? WHERE secret = ? AND (last_used IS NULL OR last_used <= ?)",
        )
        .bind(nanoseconds(now))
        .bind(&secret.0)
        .bind(nanoseconds(unless_after));
        self.database.change_quick(statement).await
    }
}
