//! Addresses, and the links by which users get another.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update as UpdateWrite};
use gas_service::{
    account::{EmailAddress, EmailChange, SecretHash, User},
    id::UserId,
    ports::{AddressChange, BackendError, EmailChanges, WhileDoing as _},
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, text, time},
    transaction::{Outcome, write_together},
};

/// How often it is tried when the user changes the address twice at the same time.
const TRIES: usize = 5;

#[async_trait]
impl EmailChanges for DynamoAccounts {
    async fn add(&self, change: &EmailChange) -> Result<(), BackendError> {
        let put = self.table.put(rows::of_email_change(change));
        put.await.while_doing(|| "keeping a link to a new address".to_owned())
    }

    async fn find(&self, secret: &SecretHash, now: Timestamp) -> Result<Option<EmailChange>, BackendError> {
        let found = self.read_email_change(secret, now);
        found.await.while_doing(|| "reading a link to a new address".to_owned())
    }

    async fn remove(&self, secret: &SecretHash) -> Result<(), BackendError> {
        let removal = self.table.remove(rows::email_change(secret));
        removal.await.while_doing(|| "removing a link to a new address".to_owned())
    }

    /// Removing is DynamoDB's affair, by the attribute `expires`.
    async fn forget_expired(&self, _now: Timestamp) -> Result<(), BackendError> {
        Ok(())
    }
}

impl DynamoAccounts {
    async fn read_email_change(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<EmailChange>, Fault> {
        let key = rows::email_change(secret);
        self.forgotten.find(&self.table, &key, now, |item| rows::read_email_change(secret, item)).await
    }

    /// The new address is taken, written into the user's row, and the former let go, together.
    pub(super) async fn change_email(
        &self,
        user: UserId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<AddressChange, Fault> {
        for _ in 0..TRIES {
            let Some(before) = self.read_user(user).await? else { return Ok(AddressChange::NoSuchUser) };
            if before.user_email == *email {
                return Ok(AddressChange::Made);
            }
            let after = User { user_email: email.clone(), ..before.clone() };
            let writes = || {
                let taken = self.table.put_new(rows::of_email(&after))?;
                Ok(vec![taken, self.write_address(&before, email, now)?, self.let_go(&before)?])
            };
            match write_together(&self.table.client, writes).await? {
                Outcome::Written => return Ok(AddressChange::Made),
                Outcome::Refused(refusals) => {
                    let owner =
                        refusals.row(0).map(|row| Attributes(row).word::<UserId>(USER_ID)).transpose()?;
                    // Without an owner, the user's own row was another by then; with ourselves, it was this change.
                    if owner.is_some_and(|owner| owner != user) {
                        return Ok(AddressChange::Taken);
                    }
                }
            }
        }
        Err("the address was changed by others again and again".into())
    }

    fn write_address(
        &self,
        before: &User,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Fault> {
        let update = UpdateWrite::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(rows::user(before.user_id))))
            .update_expression("SET user_email = :new, updated = :now")
            .condition_expression("user_email = :former")
            .expression_attribute_values(":new", text(email))
            .expression_attribute_values(":former", text(&before.user_email))
            .expression_attribute_values(":now", time(now));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    pub(super) fn let_go(&self, before: &User) -> Result<TransactWriteItem, Fault> {
        let delete = Delete::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(rows::email(&before.user_email))))
            .condition_expression("#user = :user")
            .expression_attribute_names("#user", USER_ID)
            .expression_attribute_values(":user", text(before.user_id));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }
}
