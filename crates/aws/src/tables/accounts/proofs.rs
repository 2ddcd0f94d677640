//! Sign-in links and sessions.

use gas_service::{
    account::{SecretHash, SignInLink, User},
    id::UserId,
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, LEAVING, PROVIDER, SESSIONS_AFTER, USER_ID},
    sessions::counts,
};
use crate::tables::{Fault, attributes::Attributes};

impl DynamoAccounts {
    pub(super) async fn read_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, Fault> {
        let key = rows::link(secret);
        self.forgotten.find(&self.table, &key, now, |item| rows::read_link(secret, item)).await
    }

    /// The person is signed in even if the first answer was lost.
    pub(super) async fn use_link_up(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, Fault> {
        let key = rows::link(secret);
        self.forgotten.take(&self.table, &key, now, |item| rows::read_link(secret, item)).await
    }

    pub(super) async fn session_user(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<User>, Fault> {
        let found = self.forgotten.row(&self.table, &rows::session(secret), now).await?;
        let Some(item) = found else { return Ok(None) };
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
        let found = self.forgotten.row(&self.table, &rows::session(secret), now).await?;
        let Some(item) = found else { return Ok(None) };
        Ok(Attributes(&item).text_if(PROVIDER).map(str::to_owned))
    }
}
