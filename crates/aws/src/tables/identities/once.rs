//! What is used once and ends by itself.

use gas_service::identity::PendingIdentity;
use jiff::Timestamp;

use super::{DynamoIdentities, rows};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, Unreadable, time},
    stamp::Stamp,
    update::{Changed, Update},
};

impl DynamoIdentities {
    pub(super) async fn keep_pending(&self, pending: &PendingIdentity) -> Result<(), Fault> {
        self.table.put(rows::of_pending(pending)?).await
    }

    /// The row of a key, unless it was taken or has ended.
    pub(super) async fn find<T>(
        &self,
        key: String,
        now: Timestamp,
        read: impl Fn(&Item) -> Result<T, Unreadable> + Send + Sync,
    ) -> Result<Option<T>, Fault> {
        let Some(item) = self.table.get(&key).await? else { return Ok(None) };
        let gone = item.contains_key(rows::TAKEN_BY)
            || Attributes(&item).time(rows::ENDS)? <= self.forgotten.present(now);
        if gone { Ok(None) } else { Ok(Some(read(&item)?)) }
    }

    /// Marks it as taken rather than deleting it: a call that is repeated because its answer was lost then finds that it
    /// was this very call that took it.
    pub(super) async fn take<T>(
        &self,
        key: String,
        now: Timestamp,
        read: impl Fn(&Item) -> Result<T, Unreadable> + Send + Sync,
    ) -> Result<Option<T>, Fault> {
        let Some(found) = self.find(key.clone(), now, read).await? else { return Ok(None) };
        let stamp = Stamp::new();
        let update = Update::of([(rows::TAKEN_BY, Some(stamp.attribute()))]).with(":now", time(now));
        let condition = format!("attribute_not_exists({}) AND {} > :now", rows::TAKEN_BY, rows::ENDS);
        let taken = match self.table.change(key, &update, &condition).await? {
            Changed::Written => true,
            Changed::Refused(item) => {
                item.is_some_and(|item| item.get(rows::TAKEN_BY) == Some(&stamp.attribute()))
            }
        };
        Ok(taken.then_some(found))
    }
}
