use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    account::{ApiToken, EmailAddress, SecretHash, Session, SignInLink, User},
    id::{TokenId, UserId},
    plan::Plan,
    ports::{Accounts, AddressChange, BackendError, WhileDoing as _},
};
use jiff::Timestamp;

pub(crate) use self::{change::plan_statement, rows::UserRow};
use self::{
    rows::{LinkRow, TokenRow},
    tokens::{USE_OF_SESSION, USE_OF_TOKEN},
};
use crate::database::{Database, nanoseconds};

mod change;
mod deletions;
mod email;
mod rows;
mod sessions;
mod tokens;

/// Users, links, sessions and tokens as tables.
pub(crate) struct SqliteAccounts {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl Accounts for SqliteAccounts {
    async fn user_of_email(&self, email: &EmailAddress, now: Timestamp) -> Result<User, BackendError> {
        let doing = || format!("finding or making the user of `{email}`");
        if let Some(known) = self.find_by_email(email).await.while_doing(doing)? {
            return UserRow::into_user(known).while_doing(doing);
        }
        self.add_user(email, now).await.while_doing(doing)?;
        let made = self.find_by_email(email).await.while_doing(doing)?;
        made.ok_or(sqlx::Error::RowNotFound).while_doing(doing)?.into_user().while_doing(doing)
    }

    async fn user(&self, user: UserId) -> Result<Option<User>, BackendError> {
        let doing = || format!("reading user `{user}`");
        let found: Option<UserRow> = sqlx::query_as("SELECT * FROM user WHERE user_id = ?")
            .bind(user.to_string())
            .fetch_optional(self.database.read())
            .await
            .while_doing(doing)?;
        found.map(UserRow::into_user).transpose().while_doing(doing)
    }

    async fn set_profile(
        &self,
        user: UserId,
        name: &str,
        institution: &str,
        now: Timestamp,
    ) -> Result<(), BackendError> {
        let change = self.write_profile(user, name, institution, now);
        change.await.while_doing(|| format!("changing the profile of user `{user}`"))
    }

    async fn set_plan(&self, user: UserId, plan: Plan, now: Timestamp) -> Result<(), BackendError> {
        let change = self.write_plan(user, plan, now);
        change.await.while_doing(|| format!("changing the plan of user `{user}`"))
    }

    async fn set_email(
        &self,
        user: UserId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<AddressChange, BackendError> {
        let change = self.write_email(user, email, now);
        change.await.while_doing(|| format!("changing the address of user `{user}`"))
    }

    async fn add_sign_in_link(&self, link: &SignInLink) -> Result<(), BackendError> {
        self.insert_link(link).await.while_doing(|| "keeping a sign-in link")
    }

    async fn find_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError> {
        let doing = || "reading a sign-in link";
        let found: Option<LinkRow> =
            sqlx::query_as("SELECT * FROM sign_in_link WHERE secret = ? AND expires > ?")
                .bind(&secret.0)
                .bind(nanoseconds(now))
                .fetch_optional(self.database.read())
                .await
                .while_doing(doing)?;
        found.map(LinkRow::into_link).transpose().while_doing(doing)
    }

    async fn take_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError> {
        let doing = || "using up a sign-in link";
        let taken = self.remove_link(secret, now).await.while_doing(doing)?;
        taken.map(LinkRow::into_link).transpose().while_doing(doing)
    }

    async fn add_session(&self, session: &Session) -> Result<(), BackendError> {
        self.insert_session(session).await.while_doing(|| "keeping a session")
    }

    async fn user_of_session(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, BackendError> {
        self.find_session(secret, now).await.while_doing(|| "reading a session and its user")
    }

    async fn note_session_use(
        &self,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), BackendError> {
        self.write_use(USE_OF_SESSION, secret, now, unless_after)
            .await
            .while_doing(|| "noting the use of a session")
    }

    async fn renew_session(
        &self,
        former: &SecretHash,
        secret: &SecretHash,
        admin: bool,
    ) -> Result<bool, BackendError> {
        self.write_secret(former, secret, admin).await.while_doing(|| "giving a session another secret")
    }

    async fn end_session(&self, secret: &SecretHash) -> Result<(), BackendError> {
        self.remove_session(secret).await.while_doing(|| "ending a session")
    }

    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, BackendError> {
        self.list_sessions(user, now).await.while_doing(|| format!("listing the sessions of user `{user}`"))
    }

    async fn end_sessions(&self, user: UserId, now: Timestamp) -> Result<(), BackendError> {
        let end = self.remove_sessions(user, now);
        end.await.while_doing(|| format!("ending the sessions of user `{user}`"))
    }

    async fn add_token(&self, token: &ApiToken, at_most: u32) -> Result<bool, BackendError> {
        self.insert_token(token, at_most).await.while_doing(|| format!("keeping token `{}`", token.token_id))
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<ApiToken>, BackendError> {
        let doing = || format!("listing the tokens of user `{user}`");
        let rows: Vec<TokenRow> =
            sqlx::query_as("SELECT * FROM api_token WHERE user_id = ? ORDER BY created DESC, token_id DESC")
                .bind(user.to_string())
                .fetch_all(self.database.read())
                .await
                .while_doing(doing)?;
        rows.into_iter().map(TokenRow::into_token).collect::<Result<_, _>>().while_doing(doing)
    }

    async fn revoke_token(&self, user: UserId, token: TokenId) -> Result<(), BackendError> {
        self.remove_token(user, token).await.while_doing(|| format!("revoking token `{token}`"))
    }

    async fn user_of_token(&self, secret: &SecretHash) -> Result<Option<(User, ApiToken)>, BackendError> {
        self.find_token(secret).await.while_doing(|| "reading a token and its user")
    }

    async fn note_token_use(
        &self,
        secret: &SecretHash,
        now: Timestamp,
        unless_after: Timestamp,
    ) -> Result<(), BackendError> {
        self.write_use(USE_OF_TOKEN, secret, now, unless_after)
            .await
            .while_doing(|| "noting the use of a token")
    }

    async fn forget_expired(
        &self,
        now: Timestamp,
        idle_since: Option<Timestamp>,
    ) -> Result<(), BackendError> {
        let removal = self.remove_expired(now, idle_since);
        removal.await.while_doing(|| "forgetting links and sessions that have ended")
    }
}
