//! Users.

use gas_service::{
    account::{EmailAddress, User},
    id::UserId,
    plan::Plan,
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, ID, LISTED, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, text, time},
    transaction::{Outcome, write_together},
    update::{Update, Wish},
};

impl DynamoAccounts {
    pub(super) async fn read_user(&self, user: UserId) -> Result<Option<User>, Fault> {
        let found = self.table.get(rows::user(user)).await?;
        Ok(found.map(|item| rows::read_user(user, &item)).transpose()?)
    }

    pub(super) async fn find_or_make(&self, email: &EmailAddress, now: Timestamp) -> Result<User, Fault> {
        let owner = match self.table.get(rows::email(email)).await? {
            Some(item) => {
                self.list_address(email, &item).await?;
                Attributes(&item).word(USER_ID)?
            }
            None => self.make(email, now).await?,
        };
        let found = self.read_user(owner).await?;
        found.ok_or_else(|| format!("user `{owner}` is not there").into())
    }

    /// Addresses that a former version wrote are in no list; they come into it when their owner signs in.
    async fn list_address(&self, email: &EmailAddress, row: &Item) -> Result<(), Fault> {
        if row.contains_key(LISTED) {
            return Ok(());
        }
        let update = Update::of([(LISTED, Some(text(rows::ADDRESS)))]);
        self.table.change(rows::email(email), &update, &format!("attribute_exists({ID})")).await?;
        Ok(())
    }

    /// Makes the user of an address, unless another does at the same time; gives the one there is now. Should the
    /// answer be lost, whoever has the address by then is ours or the other's, and right either way.
    async fn make(&self, email: &EmailAddress, now: Timestamp) -> Result<UserId, Fault> {
        let user = User {
            user_id: UserId::generate(),
            user_email: email.clone(),
            name: String::new(),
            institution: String::new(),
            plan: Plan::FreeUser,
            admin: false,
            created: now,
            updated: now,
        };
        let rows = [rows::of_email(&user), rows::of_user(&user)];
        let writes = || rows.iter().map(|row| self.table.put_new(row.clone())).collect();
        match write_together(&self.table.client, writes).await? {
            Outcome::Written => Ok(user.user_id),
            Outcome::Refused(refusals) => {
                let taken = refusals.row(0).ok_or("an identity was given twice")?;
                Ok(Attributes(taken).word(USER_ID)?)
            }
        }
    }

    /// Changes some of a user's attributes; of a user who is not there, nothing. Twice is as good as once.
    pub(super) async fn change_user(
        &self,
        user: UserId,
        mut wishes: Vec<Wish>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        wishes.push(("updated", Some(time(now))));
        let condition = format!("attribute_exists({ID})");
        self.table.change(rows::user(user), &Update::of(wishes), &condition).await?;
        Ok(())
    }
}
