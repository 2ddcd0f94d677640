//! API tokens.

use gas_service::{
    account::{ApiToken, SecretHash, User},
    id::{TokenId, UserId},
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, ID, LAST_USED, LEAVING, SESSIONS, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{text, time},
    table::first_entries,
    update::Update,
};

/// More tokens of one user are not listed.
const LISTED_AT_MOST: u32 = 1000;

impl DynamoAccounts {
    /// What leads to the token comes first: there is no token that could not be revoked.
    pub(super) async fn keep_token(&self, token: &ApiToken) -> Result<(), Fault> {
        self.table.put(rows::of_token_id(token)).await?;
        self.table.put(rows::of_token(token)).await
    }

    /// The index says which there are, the table how they are now: one that was revoked is gone from the list at once,
    /// one that was just made may come a moment later.
    pub(super) async fn list_tokens(&self, user: UserId) -> Result<Vec<ApiToken>, Fault> {
        let query = self.table.look_up("user_id-created", USER_ID, text(user));
        let query = query
            .key_condition_expression("#hash = :hash AND created < :sessions")
            .expression_attribute_values(":sessions", text(SESSIONS))
            .scan_index_forward(false);
        let entries = first_entries(query, LISTED_AT_MOST).await?;
        let items = self.table.rows_of(&entries).await?;
        Ok(items.iter().map(rows::read_token).collect::<Result<_, _>>()?)
    }

    /// By key, not by the index: a token that was just made can be revoked at once.
    pub(super) async fn remove_token(&self, user: UserId, token: TokenId) -> Result<(), Fault> {
        let Some(item) = self.table.get(rows::token_id(token)).await? else { return Ok(()) };
        let Some(secret) = rows::read_token_id(user, &item)? else { return Ok(()) };
        self.table.remove(rows::token(&secret)).await?;
        self.table.remove(rows::token_id(token)).await
    }

    pub(super) async fn find_token(&self, secret: &SecretHash) -> Result<Option<(User, ApiToken)>, Fault> {
        let Some(item) = self.table.get(rows::token(secret)).await? else { return Ok(None) };
        let token = rows::read_token(&item)?;
        let user = self.table.get(rows::user(token.user_id)).await?;
        let Some(user) = user.filter(|user| !user.contains_key(LEAVING)) else { return Ok(None) };
        Ok(Some((rows::read_user(token.user_id, &user)?, token)))
    }

    /// Notes in the row of a token or a session when it was last used.
    pub(super) async fn write_use(
        &self,
        key: String,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), Fault> {
        let update = Update::of([(LAST_USED, Some(time(now)))]).with(":after", time(unless_after));
        let condition = format!(
            "attribute_exists({ID}) AND (attribute_not_exists({LAST_USED}) OR {LAST_USED} <= :after)"
        );
        self.table.change(key, &update, &condition).await.map(drop)
    }
}
