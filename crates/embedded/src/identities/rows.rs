//! Rows of the tables of identities, and what they mean.

use gas_service::{
    account::SecretHash,
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
};
use sqlx::FromRow;

use crate::database::timestamp;

/// A row that this program cannot have written.
pub(super) type Malformed = Box<dyn std::error::Error + Send + Sync>;

#[derive(FromRow)]
pub(super) struct AttemptRow {
    state: String,
    browser: String,
    provider: String,
    nonce: String,
    pkce_verifier: String,
    next: String,
    connects: Option<String>,
    expires: i64,
}

impl AttemptRow {
    pub(super) fn into_attempt(self) -> Result<SignInAttempt, Malformed> {
        Ok(SignInAttempt {
            state: SecretHash(self.state),
            browser: SecretHash(self.browser),
            provider: self.provider,
            nonce: self.nonce,
            pkce_verifier: self.pkce_verifier,
            next: self.next,
            connects: self.connects.map(|user| user.parse()).transpose()?,
            expires: timestamp(self.expires),
        })
    }
}

#[derive(FromRow)]
pub(super) struct PendingRow {
    secret: String,
    browser: String,
    issuer: String,
    subject: String,
    provider: String,
    label: String,
    name: String,
    institution: String,
    next: String,
    expires: i64,
}

impl PendingRow {
    pub(super) fn into_pending(self) -> PendingIdentity {
        PendingIdentity {
            secret: SecretHash(self.secret),
            browser: SecretHash(self.browser),
            identity: Identity {
                issuer: self.issuer,
                subject: self.subject,
                provider: self.provider,
                label: self.label,
            },
            name: self.name,
            institution: self.institution,
            next: self.next,
            expires: timestamp(self.expires),
        }
    }
}

#[derive(FromRow)]
pub(super) struct IdentityRow {
    issuer: String,
    subject: String,
    provider: String,
    label: String,
    user_id: String,
    linked: i64,
}

impl IdentityRow {
    pub(super) fn into_linked(self) -> Result<LinkedIdentity, Malformed> {
        Ok(LinkedIdentity {
            identity: Identity {
                issuer: self.issuer,
                subject: self.subject,
                provider: self.provider,
                label: self.label,
            },
            user_id: self.user_id.parse()?,
            linked: timestamp(self.linked),
        })
    }
}
