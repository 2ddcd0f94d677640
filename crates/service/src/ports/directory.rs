use async_trait::async_trait;
use jiff::Timestamp;

use super::{BackendError, Cursor, Page};
use crate::{
    account::{EmailAddress, User},
    id::UserId,
};

/// What became of a wish to make somebody an administrator, or no longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminChange {
    /// It is so now, or was so before.
    Holds,
    /// There would be no administrator left.
    LastOne,
    /// There is no such user, or only until the account is deleted.
    NoSuchUser,
}

/// Users as those who look after the service find them.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Users whose addresses begin so, in the order of their addresses; all for an empty beginning.
    async fn users(
        &self,
        beginning: &str,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<User>, BackendError>;

    /// The user of that address, if there is one.
    async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, BackendError>;

    /// Makes a user an administrator, or no longer one; durable when it returns. Of any number of such wishes at once,
    /// one administrator is left. Nobody whose account is being deleted becomes one.
    async fn set_admin(&self, user: UserId, admin: bool, now: Timestamp)
    -> Result<AdminChange, BackendError>;
}
