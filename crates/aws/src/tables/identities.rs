use async_trait::async_trait;
use gas_service::{
    account::SecretHash,
    id::UserId,
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
    ports::{BackendError, Identities, WhileDoing as _},
};
use jiff::Timestamp;

use super::{Fault, Table, attributes::Attributes, passing::Forgotten};

mod links;
mod rows;

/// Identities and attempts, in the table of accounts, told apart by what their keys begin with.
///
/// ```text
/// attempt/<hash>               an attempt to sign in
/// pending/<hash>               an identity that waits for an address
/// identity/<issuer> <subject>  whose an identity is
/// identities/<user>            the keys of a user's identities; written together with them, so no index lags behind
/// ```
pub(crate) struct DynamoIdentities {
    table: Table,
    forgotten: Forgotten,
}

impl DynamoIdentities {
    pub(crate) fn new(table: Table) -> Self {
        Self { table, forgotten: Forgotten::nothing() }
    }

    async fn owner(&self, issuer: &str, subject: &str) -> Result<Option<UserId>, Fault> {
        let Some(item) = self.table.get(rows::identity(issuer, subject)).await? else { return Ok(None) };
        Ok(Some(Attributes(&item).word(rows::USER_ID)?))
    }
}

#[async_trait]
impl Identities for DynamoIdentities {
    async fn add_attempt(&self, attempt: &SignInAttempt) -> Result<(), BackendError> {
        let put = self.table.put(rows::of_attempt(attempt));
        put.await.while_doing(|| "keeping an attempt to sign in".to_owned())
    }

    async fn take_attempt(
        &self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInAttempt>, BackendError> {
        let key = rows::attempt(state);
        let taken = self.forgotten.take(&self.table, &key, now, |item| rows::read_attempt(state, item));
        taken.await.while_doing(|| "using up an attempt to sign in".to_owned())
    }

    async fn add_pending(&self, pending: &PendingIdentity) -> Result<(), BackendError> {
        let doing = || "keeping an identity that waits".to_owned();
        let row = rows::of_pending(pending).while_doing(doing)?;
        self.table.put(row).await.while_doing(doing)
    }

    async fn find_pending(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingIdentity>, BackendError> {
        let key = rows::pending(secret);
        let found = self.forgotten.find(&self.table, &key, now, |item| rows::read_pending(secret, item));
        found.await.while_doing(|| "reading an identity that waits".to_owned())
    }

    async fn take_pending(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingIdentity>, BackendError> {
        let key = rows::pending(secret);
        let taken = self.forgotten.take(&self.table, &key, now, |item| rows::read_pending(secret, item));
        taken.await.while_doing(|| "using up an identity that waits".to_owned())
    }

    async fn user_of_identity(&self, issuer: &str, subject: &str) -> Result<Option<UserId>, BackendError> {
        let owner = self.owner(issuer, subject);
        owner.await.while_doing(|| format!("reading whose identity `{subject}` of `{issuer}` is"))
    }

    async fn link(&self, linked: &LinkedIdentity) -> Result<UserId, BackendError> {
        let identity = &linked.identity;
        let doing = || format!("linking identity `{}` of `{}`", identity.subject, identity.issuer);
        self.link_unless_linked(linked).await.while_doing(doing)
    }

    async fn identities(&self, user: UserId) -> Result<Vec<LinkedIdentity>, BackendError> {
        self.list(user).await.while_doing(|| format!("listing the identities of user `{user}`"))
    }

    async fn unlink(
        &self,
        user: UserId,
        issuer: &str,
        subject: &str,
        beside: Option<&Identity>,
    ) -> Result<bool, BackendError> {
        let removal = self.remove(user, rows::identity(issuer, subject), beside.map(rows::key_of));
        removal.await.while_doing(|| format!("unlinking an identity of user `{user}`"))
    }

    async fn forget_identities(&self, user: UserId) -> Result<(), BackendError> {
        self.remove_all(user).await.while_doing(|| format!("forgetting the identities of user `{user}`"))
    }

    async fn forget_expired(&self, now: Timestamp) -> Result<(), BackendError> {
        self.forgotten.reach(now);
        Ok(())
    }
}
