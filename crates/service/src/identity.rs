//! Identities that other providers vouch for, and the attempts to sign in by them.
//!
//! A provider knows a person by its issuer and a subject; the two together never mean anybody else. An e-mail address
//! is what brings a new identity to an account, and only once it is known to be the person's own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{account::SecretHash, id::UserId};

/// A person, as a provider knows them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's own name for itself, an address; compared as text.
    pub issuer: String,
    /// Whom it means; unique at that issuer, and never given to another.
    pub subject: String,
    /// What the provider was called in this service's settings when the identity was first seen.
    pub provider: String,
    /// How people recognise it, such as an address or a user name; proves nothing.
    pub label: String,
}

impl Identity {
    /// Whether both mean the same person, whatever they are called.
    pub fn is(&self, issuer: &str, subject: &str) -> bool {
        self.issuer == issuer && self.subject == subject
    }
}

/// An identity by which a user signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// Whom the provider means.
    pub identity: Identity,
    /// Whom that is here.
    pub user_id: UserId,
    /// Since when.
    pub linked: Timestamp,
}

/// A way to a provider and back that somebody has set out on. Works once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInAttempt {
    /// Hash of the `state` that comes back with the answer.
    pub state: SecretHash,
    /// Hash of the cookie of the browser that set out; no other may come back.
    pub browser: SecretHash,
    /// Which provider, by its name in the settings.
    pub provider: String,
    /// What the provider must put into its token.
    pub nonce: String,
    /// What shows the provider that whoever takes the token is who asked for it (RFC 7636).
    pub pkce_verifier: String,
    /// Same-site path to go on to.
    pub next: String,
    /// The signed-in user who connects a further provider; none signs in.
    pub connects: Option<UserId>,
    /// When it stops working.
    pub expires: Timestamp,
}

/// An identity that waits until an e-mail address is shown to belong to its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingIdentity {
    /// Hash of the secret by which it is found: that of the mailed link, or of the cookie as long as no address is known.
    pub secret: SecretHash,
    /// Hash of the cookie of the browser that came from the provider. Whoever follows the link in another browser shall
    /// not connect a stranger's identity to their own account.
    pub browser: SecretHash,
    /// Whom the provider means.
    pub identity: Identity,
    /// The name that the provider gave; may be empty.
    pub name: String,
    /// The institution that the provider gave; may be empty.
    pub institution: String,
    /// Same-site path to go on to.
    pub next: String,
    /// When it is forgotten.
    pub expires: Timestamp,
}
