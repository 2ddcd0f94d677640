use async_trait::async_trait;
use gas_service::{
    account::{ApiToken, EmailAddress, SecretHash, Session, SignInLink, User},
    id::{TokenId, UserId},
    plan::Plan,
    ports::{Accounts, AddressChange, BackendError, WhileDoing as _},
};
use jiff::Timestamp;

use super::{Table, attributes::text, passing::Forgotten};

mod deletions;
mod directory;
mod email;
mod proofs;
mod rows;
mod sessions;
mod tokens;
mod users;

/// Users, links, sessions and tokens in one table, told apart by what their keys begin with.
///
/// ```text
/// user/<id>         a user
/// email/<address>   whose address it is; written together with the user, so an address has one
/// link/<hash>       a sign-in link
/// deletion/<user>   an account that is being deleted
/// new-email/<hash>  a link to an address that a user wants to have
/// session/<hash>    a session
/// token/<hash>      an API token
/// admins            how many administrators there are
/// token-id/<id>     which hash a token has, so that it can be revoked
/// ```
pub(crate) struct DynamoAccounts {
    table: Table,
    forgotten: Forgotten,
}

impl DynamoAccounts {
    pub(crate) fn new(table: Table) -> Self {
        Self { table, forgotten: Forgotten::nothing() }
    }
}

#[async_trait]
impl Accounts for DynamoAccounts {
    async fn user_of_email(&self, email: &EmailAddress, now: Timestamp) -> Result<User, BackendError> {
        self.find_or_make(email, now).await.while_doing(|| format!("finding or making the user of `{email}`"))
    }

    async fn user(&self, user: UserId) -> Result<Option<User>, BackendError> {
        self.read_user(user).await.while_doing(|| format!("reading user `{user}`"))
    }

    async fn set_profile(
        &self,
        user: UserId,
        name: &str,
        institution: &str,
        now: Timestamp,
    ) -> Result<(), BackendError> {
        let wishes = [("name", Some(text(name))), ("institution", Some(text(institution)))];
        let change = self.change_user(user, wishes.to_vec(), now);
        change.await.while_doing(|| format!("changing the profile of user `{user}`"))
    }

    async fn set_plan(&self, user: UserId, plan: Plan, now: Timestamp) -> Result<(), BackendError> {
        let change = self.change_user(user, vec![("plan", Some(text(plan.as_str())))], now);
        change.await.while_doing(|| format!("changing the plan of user `{user}`"))
    }

    async fn set_email(
        &self,
        user: UserId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<AddressChange, BackendError> {
        let change = self.change_email(user, email, now);
        change.await.while_doing(|| format!("changing the address of user `{user}`"))
    }

    async fn add_sign_in_link(&self, link: &SignInLink) -> Result<(), BackendError> {
        self.table.put(rows::of_link(link)).await.while_doing(|| "keeping a sign-in link".to_owned())
    }

    async fn find_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError> {
        self.read_link(secret, now).await.while_doing(|| "reading a sign-in link".to_owned())
    }

    async fn take_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError> {
        self.use_link_up(secret, now).await.while_doing(|| "using a sign-in link up".to_owned())
    }

    async fn add_session(&self, session: &Session) -> Result<(), BackendError> {
        self.table.put(rows::of_session(session)).await.while_doing(|| "keeping a session".to_owned())
    }

    async fn user_of_session(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, BackendError> {
        self.find_session(secret, now).await.while_doing(|| "reading a session and its user".to_owned())
    }

    async fn note_session_use(
        &self,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), BackendError> {
        let note = self.write_use(rows::session(secret), now, unless_after);
        note.await.while_doing(|| "noting the use of a session".to_owned())
    }

    async fn renew_session(
        &self,
        former: &SecretHash,
        secret: &SecretHash,
        admin: bool,
    ) -> Result<bool, BackendError> {
        let renewal = self.replace_session(former, secret, admin);
        renewal.await.while_doing(|| "giving a session another secret".to_owned())
    }

    async fn end_session(&self, secret: &SecretHash) -> Result<(), BackendError> {
        self.table.remove(rows::session(secret)).await.while_doing(|| "ending a session".to_owned())
    }

    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, BackendError> {
        self.list_sessions(user, now).await.while_doing(|| format!("listing the sessions of user `{user}`"))
    }

    async fn end_sessions(&self, user: UserId, now: Timestamp) -> Result<(), BackendError> {
        self.end_all_sessions(user, now).await.while_doing(|| format!("ending the sessions of user `{user}`"))
    }

    async fn add_token(&self, token: &ApiToken, at_most: u32) -> Result<bool, BackendError> {
        self.keep_token(token, at_most).await.while_doing(|| format!("keeping token `{}`", token.token_id))
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<ApiToken>, BackendError> {
        self.list_tokens(user).await.while_doing(|| format!("listing the tokens of user `{user}`"))
    }

    async fn revoke_token(&self, user: UserId, token: TokenId) -> Result<(), BackendError> {
        self.remove_token(user, token).await.while_doing(|| format!("revoking token `{token}`"))
    }

    async fn user_of_token(&self, secret: &SecretHash) -> Result<Option<(User, ApiToken)>, BackendError> {
        self.find_token(secret).await.while_doing(|| "reading a token and its user".to_owned())
    }

    async fn note_token_use(
        &self,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), BackendError> {
        let note = self.write_use(rows::token(secret), now, unless_after);
        note.await.while_doing(|| "noting the use of a token".to_owned())
    }

    /// Removing is DynamoDB's affair, by the attribute `expires`.
    async fn forget_expired(&self, now: Timestamp, _: Option<Timestamp>) -> Result<(), BackendError> {
        self.forgotten.reach(now);
        Ok(())
    }
}
