//! Whose an identity is.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, TransactWriteItem, Update};
use gas_service::{id::UserId, identity::LinkedIdentity};

use super::{DynamoIdentities, rows};
use crate::tables::{
    Fault,
    attributes::{Attributes, text},
    transaction::{Outcome, write_together},
};

impl DynamoIdentities {
    /// Should the answer be lost, whoever has the identity by then is the right answer.
    pub(super) async fn link_unless_linked(&self, linked: &LinkedIdentity) -> Result<UserId, Fault> {
        let (row, user) = (rows::of_linked(linked)?, linked.user_id);
        let key = rows::key_of(&linked.identity);
        let writes = || Ok(vec![self.table.put_new(row.clone())?, self.change_list("ADD", user, &key)?]);
        match write_together(&self.table.client, writes).await? {
            Outcome::Written => Ok(user),
            Outcome::Refused(refusals) => {
                let taken =
                    refusals.row(0).ok_or("a list of identities was refused, which has no condition")?;
                Ok(Attributes(taken).word(rows::USER_ID)?)
            }
        }
    }

    pub(super) async fn list(&self, user: UserId) -> Result<Vec<LinkedIdentity>, Fault> {
        let items = self.table.get_all(&self.keys_of(user).await?).await?;
        let read = items.iter().map(rows::read_linked);
        let mut identities: Vec<_> = read.collect::<Result<_, _>>()?;
        identities.sort_by_cached_key(|of| (of.linked, rows::key_of(&of.identity)));
        Ok(identities)
    }

    /// Removes an identity if it is that user's, and so is the one `beside` it. Gives whether it is the user's no more;
    /// twice is as good as once.
    pub(super) async fn remove(
        &self,
        user: UserId,
        key: String,
        beside: Option<String>,
    ) -> Result<bool, Fault> {
        let writes = || {
            let removal = [self.remove_own(user, &key), self.change_list("DELETE", user, &key)];
            removal.into_iter().chain(beside.iter().map(|stays| self.keep_own(user, stays))).collect()
        };
        Ok(match write_together(&self.table.client, writes).await? {
            Outcome::Written => true,
            // Not there any more, or another's.
            Outcome::Refused(refusals) => refusals.failed(0),
        })
    }

    pub(super) async fn remove_all(&self, user: UserId) -> Result<(), Fault> {
        for key in self.keys_of(user).await? {
            self.remove(user, key, None).await?;
        }
        self.table.remove(rows::list(user)).await
    }

    async fn keys_of(&self, user: UserId) -> Result<Vec<String>, Fault> {
        let Some(item) = self.table.get(rows::list(user)).await? else { return Ok(Vec::new()) };
        let keys = item.get(rows::KEYS).and_then(|keys| keys.as_ss().ok());
        Ok(keys.cloned().unwrap_or_default())
    }

    /// Adds a key to a user's list, or removes it from there. A set without members goes by itself.
    fn change_list(&self, verb: &str, user: UserId, key: &str) -> Result<TransactWriteItem, Fault> {
        let update = Update::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(rows::list(user))))
            .update_expression(format!("{verb} #keys :keys"))
            .expression_attribute_names("#keys", rows::KEYS)
            .expression_attribute_values(":keys", AttributeValue::Ss(vec![key.to_owned()]));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// Holds if the identity is that user's.
    fn keep_own(&self, user: UserId, key: &str) -> Result<TransactWriteItem, Fault> {
        let check = ConditionCheck::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(key)))
            .condition_expression("#user = :user")
            .expression_attribute_names("#user", rows::USER_ID)
            .expression_attribute_values(":user", text(user));
        Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
    }

    fn remove_own(&self, user: UserId, key: &str) -> Result<TransactWriteItem, Fault> {
        let delete = Delete::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(key)))
            .condition_expression("#user = :user")
            .expression_attribute_names("#user", rows::USER_ID)
            .expression_attribute_values(":user", text(user));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }
}
