//! Rows of the tables of accounts, and what they mean.

use gas_service::{
    account::{ApiToken, SecretHash, SignInLink, User},
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
pub(super) struct TokenRow {
    token_id: String,
    secret: String,
    user_id: String,
    name: String,
    created: i64,
    expires: Option<i64>,
}

impl TokenRow {
    pub(super) fn into_token(self) -> Result<ApiToken, Malformed> {
        Ok(ApiToken {
            token_id: self.token_id.parse()?,
            secret: SecretHash(self.secret),
            user_id: self.user_id.parse()?,
            name: self.name,
            created: timestamp(self.created),
            expires: self.expires.map(timestamp),
        })
    }
}
