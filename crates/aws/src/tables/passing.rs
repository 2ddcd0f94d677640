//! Rows that end by themselves, some of which are used once.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::{
    Fault, Table,
    attributes::{Attributes, Item, Unreadable, time, whole_seconds},
    stamp::Stamp,
    update::{Changed, Update},
};

/// By which DynamoDB removes a row some time after it has ended; whole seconds, as it wants them.
pub(super) const EXPIRES: &str = "expires";
/// When something ends, exactly.
pub(super) const ENDS: &str = "ends";
/// By which call something was used up.
const TAKEN_BY: &str = "taken_by";

/// The row as one that ends then.
pub(super) fn ending(mut row: Item, at: Timestamp) -> Item {
    row.insert(ENDS.to_owned(), time(at));
    row.insert(EXPIRES.to_owned(), whole_seconds(at));
    row
}

/// Up to which time whatever had ended is forgotten.
///
/// Removing is DynamoDB's affair, by the attribute `expires`: it costs nothing, and finding the items would need an
/// index that every sign-in pays for. But it comes some time after the end, days later at times; so each end is looked
/// at when it matters, and what is forgotten is not given out from then on, whatever time a caller says it is.
pub(super) struct Forgotten(Mutex<Timestamp>);

impl Forgotten {
    /// Nothing is.
    pub(super) fn nothing() -> Self {
        Self(Mutex::new(Timestamp::MIN))
    }

    /// The time by which something must not have ended.
    fn present(&self, now: Timestamp) -> Timestamp {
        now.max(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what had ended by then.
    pub(super) fn reach(&self, now: Timestamp) {
        let mut forgotten = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *forgotten = now.max(*forgotten);
    }

    /// Whether a row has not ended. DynamoDB removes it only later.
    pub(super) fn spares(&self, row: &Item, now: Timestamp) -> Result<bool, Fault> {
        Ok(Attributes(row).time(ENDS)? > self.present(now))
    }

    /// The row of a key, unless it has ended or was used up.
    pub(super) async fn row(&self, table: &Table, key: &str, now: Timestamp) -> Result<Option<Item>, Fault> {
        let Some(row) = table.get(key).await? else { return Ok(None) };
        let there = !row.contains_key(TAKEN_BY) && self.spares(&row, now)?;
        Ok(there.then_some(row))
    }

    /// What the row of a key says, unless it has ended or was used up.
    pub(super) async fn find<T>(
        &self,
        table: &Table,
        key: &str,
        now: Timestamp,
        read: impl Fn(&Item) -> Result<T, Unreadable> + Send + Sync,
    ) -> Result<Option<T>, Fault> {
        Ok(self.row(table, key, now).await?.map(|row| read(&row)).transpose()?)
    }

    /// Uses a row up: of any number of callers one gets what it says. Marks it as taken rather than deleting it: a call
    /// that is repeated because its answer was lost then finds that it was this very call that took it.
    pub(super) async fn take<T>(
        &self,
        table: &Table,
        key: &str,
        now: Timestamp,
        read: impl Fn(&Item) -> Result<T, Unreadable> + Send + Sync,
    ) -> Result<Option<T>, Fault> {
        let Some(found) = self.find(table, key, now, read).await? else { return Ok(None) };
        let stamp = Stamp::new();
        let update = Update::of([(TAKEN_BY, Some(stamp.attribute()))]).with(":now", time(now));
        let condition = format!("attribute_not_exists({TAKEN_BY}) AND {ENDS} > :now");
        let taken = match table.change(key, &update, &condition).await? {
            Changed::Written => true,
            Changed::Refused(row) => row.is_some_and(|row| row.get(TAKEN_BY) == Some(&stamp.attribute())),
        };
        Ok(taken.then_some(found))
    }
}
