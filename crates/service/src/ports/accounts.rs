use async_trait::async_trait;
use jiff::Timestamp;

use super::BackendError;
use crate::{
    account::{ApiToken, EmailAddress, SecretHash, Session, SignInLink, User},
    id::{TokenId, UserId},
    plan::Plan,
};

/// What became of a wish for another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressChange {
    /// The user has it now, or had it already.
    Made,
    /// Another user has it.
    Taken,
    /// There is no such user.
    NoSuchUser,
}

/// Users and the proofs by which they are known.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The user of that address, made as a free user on first sight. Two at once get the same user.
    async fn user_of_email(&self, email: &EmailAddress, now: Timestamp) -> Result<User, BackendError>;

    /// The user of that id.
    async fn user(&self, user: UserId) -> Result<Option<User>, BackendError>;

    /// Changes what people may change of themselves. Does nothing if there is no such user.
    async fn set_profile(
        &self,
        user: UserId,
        name: &str,
        institution: &str,
        now: Timestamp,
    ) -> Result<(), BackendError>;

    /// Changes the plan; durable when it returns. Does nothing if there is no such user.
    async fn set_plan(&self, user: UserId, plan: Plan, now: Timestamp) -> Result<(), BackendError>;

    /// Gives a user another address, which then belongs to no other; durable when it returns. The former is free from then
    /// on.
    async fn set_email(
        &self,
        user: UserId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<AddressChange, BackendError>;

    /// Keeps a sign-in link.
    async fn add_sign_in_link(&self, link: &SignInLink) -> Result<(), BackendError>;

    /// The link of that secret, unless it has expired, without using it up.
    async fn find_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError>;

    /// Uses a link up: of any number of callers at most one ever gets it, and none after its end.
    async fn take_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError>;

    /// Keeps a session.
    async fn add_session(&self, session: &Session) -> Result<(), BackendError>;

    /// The session of that secret, unless it has expired, and its user. An idle one comes, too.
    async fn user_of_session(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, BackendError>;

    /// Notes that a session is used now, unless a use after `unless_after` is noted already. Makes no session.
    async fn note_session_use(
        &self,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), BackendError>;

    /// Gives a session another secret, which knows whether its user is an administrator. The former opens nothing from then
    /// on. Of any number of callers one does so; gives whether this one did.
    async fn renew_session(
        &self,
        former: &SecretHash,
        secret: &SecretHash,
        admin: bool,
    ) -> Result<bool, BackendError>;

    /// Ends a session.
    async fn end_session(&self, secret: &SecretHash) -> Result<(), BackendError>;

    /// A user's sessions that have not expired, newest first. Those that an earlier version began may be missing.
    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, BackendError>;

    /// Ends all sessions of a user that began until `now`, listed or not; durable when it returns.
    async fn end_sessions(&self, user: UserId, now: Timestamp) -> Result<(), BackendError>;

    /// Keeps an API token, if its user has fewer than so many. Of any number added at once no more get through. False if there
    /// are as many, or if the user is gone or about to go.
    async fn add_token(&self, token: &ApiToken, at_most: u32) -> Result<bool, BackendError>;

    /// A user's tokens, newest first.
    async fn tokens(&self, user: UserId) -> Result<Vec<ApiToken>, BackendError>;

    /// Revokes a token of that user; another's is left alone.
    async fn revoke_token(&self, user: UserId, token: TokenId) -> Result<(), BackendError>;

    /// The token of that secret and the user for whom it acts. One that has expired comes, too, so that its owner can be
    /// told.
    async fn user_of_token(&self, secret: &SecretHash) -> Result<Option<(User, ApiToken)>, BackendError>;

    /// Notes that a token is used now, unless a use after `unless_after` is noted already. Makes no token.
    async fn note_token_use(
        &self,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), BackendError>;

    /// Forgets links and sessions that have expired, and sessions whose last sign of life came by `idle_since`. Where rows go
    /// by themselves when they expire, an idle one may stay until then.
    async fn forget_expired(&self, now: Timestamp, idle_since: Option<Timestamp>)
    -> Result<(), BackendError>;
}
