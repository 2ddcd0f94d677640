//! Users, and the proofs by which they are known: one-time links, sessions, API tokens.

mod email;
mod proof;
mod secret;
mod token;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    email::{EmailAddress, InvalidEmail},
    proof::{EmailChange, Session, SignInLink},
    secret::{Secret, SecretHash},
    token::{ApiToken, Scope, TokenLife},
};
use crate::{id::UserId, plan::Plan};

/// A person who uses the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The identity, never reused.
    pub user_id: UserId,
    /// Where mail goes; unique among users.
    pub user_email: EmailAddress,
    /// As the person wants to be called; empty until given.
    pub name: String,
    /// Where the person works; may be empty.
    pub institution: String,
    /// The subscription, read anew for each decision.
    pub plan: Plan,
    /// Whether the person looks after the service, and may see and do what that takes.
    #[serde(default)]
    pub admin: bool,
    /// When the account was made.
    pub created: Timestamp,
    /// When the profile or plan last changed.
    pub updated: Timestamp,
}

impl User {
    /// What the person is to the service, in one word: `admin`, or the name of the plan.
    pub fn role(&self) -> &'static str {
        if self.admin { "admin" } else { self.plan.as_str() }
    }
}
