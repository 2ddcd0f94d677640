//! Accounts that are being deleted.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update as UpdateWrite};
use gas_service::{
    account::User,
    deletion::{Deletion, Tally},
    id::{HolderId, UserId},
    ports::{BackendError, Deletions, WhileDoing as _},
};
use jiff::Timestamp;

use super::{
    DynamoAccounts,
    rows::{self, CREATED, DELETIONS, HELD_BY, ID, LEAVING, SESSIONS, USER_ID},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, text},
    table::first_entries,
    transaction::write_together,
    update::{Changed, Update},
};

#[async_trait]
impl Deletions for DynamoAccounts {
    async fn begin(&self, deletion: &Deletion) -> Result<(), BackendError> {
        let doing = || format!("beginning the deletion of user `{}`", deletion.user_id);
        self.keep_deletion(deletion).await.while_doing(doing)
    }

    async fn find(&self, user: UserId) -> Result<Option<Deletion>, BackendError> {
        self.read_deletion(user).await.while_doing(|| format!("reading the deletion of user `{user}`"))
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Deletion>, BackendError> {
        self.find_due(now, limit).await.while_doing(|| "looking for deletions that are due".to_owned())
    }

    async fn hold(
        &self,
        user: UserId,
        holder: HolderId,
        now: Timestamp,
        attend_at: Timestamp,
    ) -> Result<bool, BackendError> {
        let held = self.write_holder(user, holder, now, attend_at);
        held.await.while_doing(|| format!("taking the deletion of user `{user}` in hand"))
    }

    async fn postpone(&self, user: UserId, attend_at: Timestamp) -> Result<(), BackendError> {
        let (due, at) = rows::due_at(attend_at);
        let update = Update::of([(due, Some(at)), (HELD_BY, None)]);
        let condition = format!("attribute_exists({ID})");
        let change = self.table.change(rows::deletion(user), &update, &condition);
        change.await.map(drop).while_doing(|| format!("postponing the deletion of user `{user}`"))
    }

    async fn note_tally(&self, user: UserId, tally: &Tally) -> Result<(), BackendError> {
        self.write_tally(user, tally).await.while_doing(|| format!("noting what there is of user `{user}`"))
    }

    async fn remove_user(&self, user: UserId) -> Result<(), BackendError> {
        self.delete_user(user).await.while_doing(|| format!("removing user `{user}`"))
    }

    async fn finish(&self, user: UserId) -> Result<(), BackendError> {
        let removal = self.table.remove(rows::deletion(user));
        removal.await.while_doing(|| format!("forgetting the deletion of user `{user}`"))
    }
}

impl DynamoAccounts {
    /// Together with a mark on the user. Refused is: begun before, or there is no such user.
    async fn keep_deletion(&self, deletion: &Deletion) -> Result<(), Fault> {
        let row = rows::of_deletion(deletion)?;
        let writes = || {
            let mark = UpdateWrite::builder()
                .table_name(&self.table.name)
                .set_key(Some(self.table.key(rows::user(deletion.user_id))))
                .update_expression("SET #leaving = :leaving")
                .condition_expression("attribute_exists(#id)")
                .expression_attribute_names("#leaving", LEAVING)
                .expression_attribute_names("#id", ID)
                .expression_attribute_values(":leaving", AttributeValue::Bool(true));
            let mark = TransactWriteItem::builder().update(mark.build()?).build();
            Ok(vec![self.table.put_new(row.clone())?, mark])
        };
        write_together(&self.table.client, writes).await.map(drop)
    }

    async fn read_deletion(&self, user: UserId) -> Result<Option<Deletion>, Fault> {
        let found = self.table.get(rows::deletion(user)).await?;
        Ok(found.map(|item| rows::read_deletion(&item)).transpose()?.map(|(deletion, _)| deletion))
    }

    /// The index may still have a former date, so each row is read.
    async fn find_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Deletion>, Fault> {
        let (_, until) = rows::due_at(now);
        let query = self
            .table
            .look_up("user_id-created", USER_ID, text(DELETIONS))
            .key_condition_expression("#hash = :hash AND created <= :now")
            .expression_attribute_values(":now", until);
        let entries = first_entries(query, limit).await?;
        let items = self.table.rows_of(&entries).await?;
        let read = items.iter().map(rows::read_deletion).collect::<Result<Vec<_>, _>>()?;
        Ok(read.into_iter().filter(|(_, due)| *due <= now).map(|(deletion, _)| deletion).collect())
    }

    async fn write_tally(&self, user: UserId, tally: &Tally) -> Result<(), Fault> {
        let (name, tally) = rows::tally(tally)?;
        let condition = format!("attribute_exists({ID}) AND attribute_not_exists({name})");
        let update = Update::of([(name, Some(tally))]);
        self.table.change(rows::deletion(user), &update, &condition).await.map(drop)
    }

    /// Sent again because its answer was lost it still holds: by then it is its own.
    async fn write_holder(
        &self,
        user: UserId,
        holder: HolderId,
        now: Timestamp,
        attend_at: Timestamp,
    ) -> Result<bool, Fault> {
        let (due, at) = rows::due_at(attend_at);
        let update = Update::of([(due, Some(at)), (HELD_BY, Some(text(holder)))])
            .with(":holder", text(holder))
            .with(":now", rows::due_at(now).1);
        let free = format!("attribute_not_exists({HELD_BY}) OR {HELD_BY} = :holder OR {CREATED} <= :now");
        let condition = format!("attribute_exists({ID}) AND ({free})");
        let changed = self.table.change(rows::deletion(user), &update, &condition).await?;
        Ok(matches!(changed, Changed::Written))
    }

    /// Tokens and sessions first, while the user is there to begin again from. Links end by themselves.
    async fn delete_user(&self, user: UserId) -> Result<(), Fault> {
        for token in self.list_tokens(user).await? {
            self.discard_token(&token.secret, token.token_id).await?;
        }
        self.remove_sessions(user).await?;
        // Should the address change in the meantime, its new row is found the next time.
        while let Some(present) = self.read_user(user).await? {
            let writes = || Ok(vec![self.gone(&present)?, self.let_go(&present)?]);
            write_together(&self.table.client, writes).await?;
        }
        Ok(())
    }

    /// However many, and also those that no longer count.
    async fn remove_sessions(&self, user: UserId) -> Result<(), Fault> {
        let query = self.table.look_up("user_id-created", USER_ID, text(user));
        let query = query
            .key_condition_expression("#hash = :hash AND begins_with(created, :sessions)")
            .expression_attribute_values(":sessions", text(SESSIONS));
        for entry in first_entries(query, u32::MAX).await? {
            self.table.remove(Attributes(&entry).text(ID)?).await?;
        }
        Ok(())
    }

    fn gone(&self, user: &User) -> Result<TransactWriteItem, Fault> {
        let delete = Delete::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(rows::user(user.user_id))))
            .condition_expression("user_email = :email")
            .expression_attribute_values(":email", text(&user.user_email));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }
}
