//! Rows of the tables of accounts, and what they mean.

use gas_service::{
    account::{ApiToken, EmailChange, Scope, SecretHash, Session, SignInLink, User},
    plan::Plan,
};
use sqlx::FromRow;

use crate::database::timestamp;

/// A row that this program cannot have written.
pub(crate) type Malformed = Box<dyn std::error::Error + Send + Sync>;

#[derive(FromRow)]
pub(crate) struct UserRow {
    user_id: String,
    user_email: String,
    name: String,
    institution: String,
    plan: String,
    admin: bool,
    created: i64,
    updated: i64,
}

impl UserRow {
    pub(crate) fn into_user(self) -> Result<User, Malformed> {
        Ok(User {
            user_id: self.user_id.parse()?,
            user_email: self.user_email.parse()?,
            name: self.name,
            institution: self.institution,
            plan: Plan::from_name(&self.plan).ok_or_else(|| format!("there is no plan `{}`", self.plan))?,
            admin: self.admin,
            created: timestamp(self.created),
            updated: timestamp(self.updated),
        })
    }
}

#[derive(FromRow)]
pub(super) struct LinkRow {
    secret: String,
    email: String,
    next: String,
    expires: i64,
}

impl LinkRow {
    pub(super) fn into_link(self) -> Result<SignInLink, Malformed> {
        Ok(SignInLink {
            secret: SecretHash(self.secret),
            email: self.email.parse()?,
            next: self.next,
            expires: timestamp(self.expires),
        })
    }
}

#[derive(FromRow)]
pub(super) struct SessionRow {
    secret: String,
    user_id: String,
    created: Option<i64>,
    authenticated: Option<i64>,
    expires: i64,
    provider: Option<String>,
    last_used: Option<i64>,
    admin: bool,
}

impl SessionRow {
    pub(super) fn into_session(self) -> Result<Session, Malformed> {
        Ok(Session {
            secret: SecretHash(self.secret),
            user_id: self.user_id.parse()?,
            created: self.created.map(timestamp),
            authenticated: self.authenticated.map(timestamp),
            expires: timestamp(self.expires),
            provider: self.provider,
            last_used: self.last_used.map(timestamp),
            admin: self.admin,
        })
    }
}

#[derive(FromRow)]
pub(super) struct EmailChangeRow {
    secret: String,
    user_id: String,
    email: String,
    expires: i64,
}

impl EmailChangeRow {
    pub(super) fn into_change(self) -> Result<EmailChange, Malformed> {
        Ok(EmailChange {
            secret: SecretHash(self.secret),
            user_id: self.user_id.parse()?,
            email: self.email.parse()?,
            expires: timestamp(self.expires),
        })
    }
}

#[derive(FromRow)]
pub(super) struct TokenRow {
    token_id: String,
    secret: String,
    user_id: String,
    name: String,
    scope: String,
    created: i64,
    expires: Option<i64>,
    last_used: Option<i64>,
}

impl TokenRow {
    pub(super) fn into_token(self) -> Result<ApiToken, Malformed> {
        Ok(ApiToken {
            token_id: self.token_id.parse()?,
            secret: SecretHash(self.secret),
            user_id: self.user_id.parse()?,
            name: self.name,
            scope: Scope::from_name(&self.scope)
                .ok_or_else(|| format!("there is no scope `{}`", self.scope))?,
            created: timestamp(self.created),
            expires: self.expires.map(timestamp),
            last_used: self.last_used.map(timestamp),
        })
    }
}
