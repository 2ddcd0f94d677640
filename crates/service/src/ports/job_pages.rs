use super::{BackendError, Cursor, JobStore};
use crate::{id::UserId, job::Job};

/// How many jobs are read at once.
const PAGE: u32 = 100;

/// All jobs of a user, newest first and without deleted ones, some at a time.
pub struct JobPages<'a> {
    store: &'a dyn JobStore,
    user: UserId,
    next: Option<Cursor>,
    ended: bool,
}

impl<'a> JobPages<'a> {
    /// From the newest on.
    pub fn of(store: &'a dyn JobStore, user: UserId) -> Self {
        Self { store, user, next: None, ended: false }
    }

    /// The next of them; none when there were no more.
    pub async fn next(&mut self) -> Result<Option<Vec<Job>>, BackendError> {
        if self.ended {
            return Ok(None);
        }
        let page = self.store.of_user(self.user, self.next.as_ref(), PAGE).await?;
        self.ended = page.next.is_none();
        self.next = page.next;
        Ok(Some(page.items))
    }
}
