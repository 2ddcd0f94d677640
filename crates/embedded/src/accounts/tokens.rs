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

pub(super) const USE_OF_TOKEN: &str =
    "UPDATE api_token SET last_used = ? WHERE secret = ? AND (last_used IS NULL OR last_used <= ?)";
pub(super) const USE_OF_SESSION: &str =
    "UPDATE session SET last_used = ? WHERE secret = ? AND (last_used IS NULL OR last_used <= ?)";

impl SqliteAccounts {
    pub(super) async fn insert_token(&self, token: &ApiToken, at_most: u32) -> Result<bool, sqlx::Error> {
        let statement = sqlx::query(
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
        .bind(at_most);
        self.database.write().await?.end_with(statement).await
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

    /// Notes when a token or a session was last used. Loss of power may undo it: of a token it is told to people only, and a
    /// session then ends a little earlier.
    pub(super) async fn write_use(
        &self,
        statement: &'static str,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(statement).bind(nanoseconds(now));
        self.database.change_quick(statement.bind(&secret.0).bind(nanoseconds(unless_after))).await
    }
}
