//! Sign-in links and sessions.

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::ReturnValuesOnConditionCheckFailure};
use gas_service::account::{SecretHash, SignInLink, User};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, ENDS, TAKEN_BY, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, text, time},
    stamp::Stamp,
};

impl DynamoAccounts {
    pub(super) async fn read_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, Fault> {
        let Some(item) = self.table.get(rows::link(secret)).await? else { return Ok(None) };
        if item.contains_key(TAKEN_BY) || !self.lives(&item, now)? {
            return Ok(None);
        }
        Ok(Some(rows::read_link(secret, &item)?))
    }

    /// Marks the link as taken rather than deleting it: a call that is repeated because its answer was lost then finds
    /// that it was this very call that took it, and the person is signed in all the same.
    pub(super) async fn use_link_up(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, Fault> {
        let Some(link) = self.read_link(secret, now).await? else { return Ok(None) };
        let stamp = Stamp::new();
        let call = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(rows::link(secret))))
            .update_expression(format!("SET {TAKEN_BY} = :stamp"))
            .condition_expression(format!("attribute_not_exists({TAKEN_BY}) AND {ENDS} > :now"))
            .expression_attribute_values(":stamp", stamp.attribute())
            .expression_attribute_values(":now", time(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = call.send().await else { return Ok(Some(link)) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                let taken_by = failed.item().and_then(|item| Attributes(item).text_if(TAKEN_BY));
                Ok(Some(link).filter(|_| taken_by.map(text) == Some(stamp.attribute())))
            }
            _ => Err(error.into()),
        }
    }

    pub(super) async fn session_user(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<User>, Fault> {
        let Some(item) = self.table.get(rows::session(secret)).await? else { return Ok(None) };
        if !self.lives(&item, now)? {
            return Ok(None);
        }
        self.read_user(Attributes(&item).word(USER_ID)?).await
    }

    /// Whether a link or session has not ended. DynamoDB removes it only later.
    fn lives(&self, item: &Item, now: Timestamp) -> Result<bool, Fault> {
        Ok(Attributes(item).time(ENDS)? > self.present(now))
    }
}
