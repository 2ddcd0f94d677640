//! Sign-in links.

use gas_service::account::{SecretHash, SignInLink};
use jiff::Timestamp;

use super::{DynamoAccounts, rows};
use crate::tables::Fault;

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
}
