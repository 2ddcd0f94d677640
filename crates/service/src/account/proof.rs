//! The proofs by which people are known.

use jiff::Timestamp;

use super::{EmailAddress, SecretHash};
use crate::id::UserId;

/// A promise mailed to an address: whoever presents the secret before the end is that person.
#[derive(Clone, Debug)]
pub struct SignInLink {
    /// Hash of the secret in the link.
    pub secret: SecretHash,
    /// Whom it signs in.
    pub email: EmailAddress,
    /// Same-site path to go on to.
    pub next: String,
    /// When it stops working.
    pub expires: Timestamp,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie.
    pub secret: SecretHash,
    /// Who is signed in.
    pub user_id: UserId,
    /// When it began; none in sessions that an earlier version began.
    pub created: Option<Timestamp>,
    /// When it ends.
    pub expires: Timestamp,
    /// The provider that vouched for the user, by its name in the settings; none for a mailed link.
    pub provider: Option<String>,
}

/// A promise mailed to a new address of a user: whoever presents the secret, being that user, can read mail there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailChange {
    /// Hash of the secret in the link.
    pub secret: SecretHash,
    /// Who wants to have the address.
    pub user_id: UserId,
    /// The new address.
    pub email: EmailAddress,
    /// When the link stops working.
    pub expires: Timestamp,
}
