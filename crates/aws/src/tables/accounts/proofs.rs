//! Sign-in links and sessions.

use gas_service::{
    account::{SecretHash, SignInLink, User},
    id::UserId,
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, ENDS, LEAVING, PROVIDER, SESSIONS_AFTER, TAKEN_BY, USER_ID},
    sessions::counts,
};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, time},
    stamp::Stamp,
    update::{Changed, Update},
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
        let update = Update::of([(TAKEN_BY, Some(stamp.attribute()))]).with(":now", time(now));
        let condition = format!("attribute_not_exists({TAKEN_BY}) AND {ENDS} > :now");
        let taken = match self.table.change(rows::link(secret), &update, &condition).await? {
            Changed::Written => true,
            Changed::Refused(item) => item.is_some_and(|item| item.get(TAKEN_BY) == Some(&stamp.attribute())),
        };
        Ok(taken.then_some(link))
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
        let owner: UserId = Attributes(&item).word(USER_ID)?;
        let Some(user) = self.table.get(rows::user(owner)).await? else { return Ok(None) };
        let after = Attributes(&user).time_if(SESSIONS_AFTER)?;
        Ok(if counts(&item, after)? && !user.contains_key(LEAVING) {
            Some(rows::read_user(owner, &user)?)
        } else {
            None
        })
    }

    pub(super) async fn session_provider(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<String>, Fault> {
        let Some(item) = self.table.get(rows::session(secret)).await? else { return Ok(None) };
        if !self.lives(&item, now)? {
            return Ok(None);
        }
        Ok(Attributes(&item).text_if(PROVIDER).map(str::to_owned))
    }

    /// Whether a link or session has not ended. DynamoDB removes it only later.
    pub(super) fn lives(&self, item: &Item, now: Timestamp) -> Result<bool, Fault> {
        Ok(Attributes(item).time(ENDS)? > self.forgotten.present(now))
    }
}
