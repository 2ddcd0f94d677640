//! Sessions, one by one and all of a user's together.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use gas_service::{
    account::{SecretHash, Session, User},
    id::UserId,
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, ID, LEAVING, SESSIONS, SESSIONS_AFTER, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, text, time},
    table::first_entries,
    transaction::{Outcome, write_together},
};

/// More sessions of one user are not listed.
const LISTED_AT_MOST: u32 = 200;

impl DynamoAccounts {
    pub(super) async fn find_session(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, Fault> {
        let found = self.forgotten.row(&self.table, &rows::session(secret), now).await?;
        let Some(item) = found else { return Ok(None) };
        let session = rows::read_session(&item)?;
        let Some(user) = self.table.get(rows::user(session.user_id)).await? else { return Ok(None) };
        let after = Attributes(&user).time_if(SESSIONS_AFTER)?;
        Ok(if counts(&item, after)? && !user.contains_key(LEAVING) {
            Some((rows::read_user(session.user_id, &user)?, session))
        } else {
            None
        })
    }

    /// The secret is the key, so the row is replaced by another, on the condition that it still is there.
    pub(super) async fn replace_session(
        &self,
        former: &SecretHash,
        secret: &SecretHash,
        admin: bool,
    ) -> Result<bool, Fault> {
        let Some(item) = self.table.get(rows::session(former)).await? else { return Ok(false) };
        let renewed = Session { secret: secret.clone(), admin, ..rows::read_session(&item)? };
        let writes = || {
            let delete = Delete::builder()
                .table_name(&self.table.name)
                .set_key(Some(self.table.key(rows::session(former))))
                .condition_expression("attribute_exists(#id)")
                .expression_attribute_names("#id", ID);
            let delete = TransactWriteItem::builder().delete(delete.build()?).build();
            Ok(vec![self.table.put_new(rows::of_session(&renewed))?, delete])
        };
        Ok(match write_together(&self.table.client, writes).await? {
            Outcome::Written => true,
            // Nobody else knows the new secret: if it is there, the answer to this very call was lost.
            Outcome::Refused(refusals) => refusals.row(0).is_some(),
        })
    }

    pub(super) async fn list_sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, Fault> {
        let query = self.table.look_up("user_id-created", USER_ID, text(user));
        let query = query
            .key_condition_expression("#hash = :hash AND begins_with(created, :sessions)")
            .expression_attribute_values(":sessions", text(SESSIONS))
            .scan_index_forward(false);
        let entries = first_entries(query, LISTED_AT_MOST).await?;
        let items = self.table.rows_of(&entries).await?;
        let after = self.sessions_after(user).await?;
        let mut sessions = Vec::new();
        for item in items {
            if self.forgotten.spares(&item, now)? && counts(&item, after)? {
                sessions.push(rows::read_session(&item)?);
            }
        }
        Ok(sessions)
    }

    /// A mark on the user, for the index may not know of the newest session yet.
    pub(super) async fn end_all_sessions(&self, user: UserId, now: Timestamp) -> Result<(), Fault> {
        self.change_user(user, vec![(SESSIONS_AFTER, Some(time(now)))], now).await
    }

    async fn sessions_after(&self, user: UserId) -> Result<Option<Timestamp>, Fault> {
        let Some(item) = self.table.get(rows::user(user)).await? else { return Ok(None) };
        Ok(Attributes(&item).time_if(SESSIONS_AFTER)?)
    }
}

/// Whether a session began after its user ended all.
pub(super) fn counts(session: &Item, after: Option<Timestamp>) -> Result<bool, Fault> {
    let Some(after) = after else { return Ok(true) };
    Ok(rows::session_began(Attributes(session))?.is_some_and(|began| began > after))
}
