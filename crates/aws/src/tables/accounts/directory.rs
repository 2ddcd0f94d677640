//! Users as those who look after the service find them.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use gas_service::{
    account::{EmailAddress, User},
    id::UserId,
    ports::{AdminChange, BackendError, Cursor, Directory, Page, WhileDoing as _},
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, ADMIN, ID, LEAVING, LISTED, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, number, text, time},
    table::first_entries,
    transaction::{Outcome, write_together},
};

/// The row that counts the administrators, and its attribute: they are never fewer than one once there was one.
const ADMINS: &str = "admins";

#[async_trait]
impl Directory for DynamoAccounts {
    async fn users(
        &self,
        beginning: &str,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<User>, BackendError> {
        self.list(beginning, cursor, limit).await.while_doing(|| "listing users".to_owned())
    }

    async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, BackendError> {
        self.find(email).await.while_doing(|| format!("looking for the user of `{email}`"))
    }

    async fn set_admin(
        &self,
        user: UserId,
        admin: bool,
        now: Timestamp,
    ) -> Result<AdminChange, BackendError> {
        let change = self.write_admin(user, admin, now).await;
        change.while_doing(|| format!("changing whether user `{user}` is an administrator"))
    }
}

impl DynamoAccounts {
    async fn find(&self, email: &EmailAddress) -> Result<Option<User>, Fault> {
        let Some(row) = self.table.get(rows::email(email)).await? else { return Ok(None) };
        self.read_user(Attributes(&row).word(USER_ID)?).await
    }

    /// The index knows the addresses in their order, their rows whose they are, and the users' rows the rest.
    async fn list(&self, beginning: &str, cursor: Option<&Cursor>, limit: u32) -> Result<Page<User>, Fault> {
        let last = cursor.map(|cursor| cursor.0.as_str()).unwrap_or_default();
        // Behind that address and before the next: no address has a space.
        let first = if last >= beginning { format!("{last} ") } else { beginning.to_owned() };
        if !first.starts_with(beginning) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let query = self
            .table
            .look_up("listed-id", LISTED, text(rows::ADDRESS))
            .key_condition_expression("#hash = :hash AND #id BETWEEN :first AND :last")
            .expression_attribute_names("#id", ID)
            .expression_attribute_values(":first", text(rows::email_key(&first)))
            .expression_attribute_values(
                ":last",
                text(rows::email_key(&format!("{beginning}{}", char::MAX))),
            );
        // One more than asked for tells whether there is a next page.
        let mut entries = first_entries(query, limit.saturating_add(1)).await?;
        let limit = usize::try_from(limit)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| more).and_then(|last| Attributes(last).text_if(ID));
        let next = last.and_then(rows::email_of_key).map(|email| Cursor(email.to_owned()));
        let addresses = self.table.rows_of(&entries).await?;
        let owners =
            addresses.iter().map(|row| Attributes(row).word(USER_ID)).collect::<Result<Vec<UserId>, _>>()?;
        let users = self.table.get_all(&owners.into_iter().map(rows::user).collect::<Vec<_>>()).await?;
        let items = users.iter().map(rows::read_listed_user).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// The user and the count are written together, on the condition that one is left.
    async fn write_admin(&self, user: UserId, admin: bool, now: Timestamp) -> Result<AdminChange, Fault> {
        let writes = || {
            let mark = Update::builder()
                .table_name(&self.table.name)
                .set_key(Some(self.table.key(rows::user(user))))
                .expression_attribute_names("#admin", ADMIN)
                .expression_attribute_names("#updated", "updated")
                .expression_attribute_values(":now", time(now));
            let count = Update::builder()
                .table_name(&self.table.name)
                .set_key(Some(self.table.key(ADMINS)))
                .update_expression("ADD #count :change")
                .expression_attribute_names("#count", ADMINS);
            let (mark, count) = if admin {
                (
                    mark.update_expression("SET #admin = :admin, #updated = :now")
                        .expression_attribute_values(
                            ":admin",
                            aws_sdk_dynamodb::types::AttributeValue::Bool(true),
                        )
                        .expression_attribute_names("#id", ID)
                        .expression_attribute_names("#leaving", LEAVING)
                        .condition_expression(
                            "attribute_exists(#id) AND attribute_not_exists(#admin) \
                             AND attribute_not_exists(#leaving)",
                        ),
                    count.expression_attribute_values(":change", number(1)),
                )
            } else {
                (
                    mark.update_expression("SET #updated = :now REMOVE #admin")
                        .condition_expression("attribute_exists(#admin)"),
                    count
                        .expression_attribute_values(":change", number(-1))
                        .expression_attribute_values(":one", number(1))
                        .condition_expression("#count > :one"),
                )
            };
            let of = |update: Update| TransactWriteItem::builder().update(update).build();
            Ok(vec![of(mark.build()?), of(count.build()?)])
        };
        if matches!(write_together(&self.table.client, writes).await?, Outcome::Written) {
            return Ok(AdminChange::Holds);
        }
        Ok(match self.read_user(user).await? {
            None => AdminChange::NoSuchUser,
            Some(user) if user.admin == admin => AdminChange::Holds,
            Some(_) if admin => AdminChange::NoSuchUser,
            Some(_) => AdminChange::LastOne,
        })
    }
}
