//! API tokens.

use aws_sdk_dynamodb::types::{
    Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update as UpdateWrite,
    builders::UpdateBuilder,
};
use gas_service::{
    account::{ApiToken, SecretHash, User},
    id::{TokenId, UserId},
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, ID, LAST_USED, LEAVING, SESSIONS, TOKEN_COUNT, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{number, text, time},
    table::first_entries,
    transaction::{Outcome, write_together},
    update::Update,
};

/// More tokens of one user are not listed.
const LISTED_AT_MOST: u32 = 1000;
/// How often a change is tried: tokens are counted once in a user's life.
const TRIES: usize = 3;

impl DynamoAccounts {
    /// The token, what leads to it, and the count are written together, on the condition that it fits.
    pub(super) async fn keep_token(&self, token: &ApiToken, at_most: u32) -> Result<bool, Fault> {
        let writes = || {
            let fits = format!(
                "attribute_exists({ID}) AND attribute_not_exists({LEAVING}) AND {TOKEN_COUNT} < :most"
            );
            let count = self
                .count_token(token.user_id, 1)
                .condition_expression(fits)
                .expression_attribute_values(":most", number(at_most));
            let count = TransactWriteItem::builder().update(count.build()?).build();
            let rows = [rows::of_token(token), rows::of_token_id(token)];
            let [token, id] = rows.map(|row| self.table.put_new(row));
            Ok(vec![count, token?, id?])
        };
        for _ in 0..TRIES {
            let refusals = match write_together(&self.table.client, writes).await? {
                Outcome::Written => return Ok(true),
                Outcome::Refused(refusals) => refusals,
            };
            // Ours already: the answer was so late that the transaction's token was forgotten.
            if refusals.failed(1) {
                return Ok(true);
            }
            if refusals.row(0).is_none_or(|user| user.contains_key(LEAVING) || user.contains_key(TOKEN_COUNT))
            {
                return Ok(false);
            }
            self.count_tokens(token.user_id).await?;
        }
        Err("the user's tokens are not counted although they just were".into())
    }

    /// Adds to the count of a user's tokens, as part of a transaction.
    fn count_token(&self, user: UserId, more: i32) -> UpdateBuilder {
        UpdateWrite::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(rows::user(user))))
            .update_expression(format!("ADD {TOKEN_COUNT} :more"))
            .expression_attribute_values(":more", number(more))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Counts the tokens that a user has of a former version. Whoever was quicker has noted the same: none is made or revoked
    /// before there is a count.
    async fn count_tokens(&self, user: UserId) -> Result<(), Fault> {
        let tokens = self.list_tokens(user).await?.len();
        let update = Update::of([(TOKEN_COUNT, Some(number(tokens)))]);
        let condition = format!("attribute_exists({ID}) AND attribute_not_exists({TOKEN_COUNT})");
        self.table.change(rows::user(user), &update, &condition).await.map(drop)
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
        for _ in 0..TRIES {
            let writes = || self.revocation(user, &secret, token);
            let refusals = match write_together(&self.table.client, writes).await? {
                Outcome::Written => return Ok(()),
                Outcome::Refused(refusals) => refusals,
            };
            // Revoked by another, or of a user who is gone.
            if !refusals.failed(0) || refusals.row(0).is_none() {
                return self.discard_token(&secret, token).await;
            }
            self.count_tokens(user).await?;
        }
        Err("the user's tokens are not counted although they just were".into())
    }

    fn revocation(
        &self,
        user: UserId,
        secret: &SecretHash,
        token: TokenId,
    ) -> Result<Vec<TransactWriteItem>, Fault> {
        let count =
            self.count_token(user, -1).condition_expression(format!("attribute_exists({TOKEN_COUNT})"));
        let gone =
            |key: String| Delete::builder().table_name(&self.table.name).set_key(Some(self.table.key(key)));
        let known = gone(rows::token(secret)).condition_expression(format!("attribute_exists({ID})"));
        Ok(vec![
            TransactWriteItem::builder().update(count.build()?).build(),
            TransactWriteItem::builder().delete(known.build()?).build(),
            TransactWriteItem::builder().delete(gone(rows::token_id(token)).build()?).build(),
        ])
    }

    /// Removes a token of whoever is gone, or about to go: there is nothing to count. The token itself comes last, as that is
    /// what is found again.
    pub(super) async fn discard_token(&self, secret: &SecretHash, token: TokenId) -> Result<(), Fault> {
        self.table.remove(rows::token_id(token)).await?;
        self.table.remove(rows::token(secret)).await
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
