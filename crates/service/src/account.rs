//! Users, and the proofs by which they are known: one-time links, sessions, API tokens.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    id::{TokenId, UserId},
    notation::hexadecimal,
    plan::Plan,
};

/// A plausible e-mail address: one `@`, a dot in the domain, no spaces, controls or brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// A text that cannot be an e-mail address.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an e-mail address (expected something like `ada@example.org`)")]
pub struct InvalidEmail(String);

impl EmailAddress {
    /// The address, its domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    /// Accepts what mail servers of this century accept; lower-cases the whole, as one person is
    /// one account however the address was typed.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let refused = || InvalidEmail(text.chars().take(100).collect());
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or_else(refused)?;
        let local_is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let domain_is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let dotted = |part: &str| {
            !part.starts_with('.') && !part.ends_with('.') && !part.contains("..") && !part.is_empty()
        };
        let plausible = text.len() <= 254
            && local.len() <= 64
            && dotted(local)
            && dotted(domain)
            && local.chars().all(local_is_plain)
            && domain.chars().all(domain_is_plain)
            && (domain.contains('.') || domain == "localhost");
        if plausible { Ok(Self(text.to_ascii_lowercase())) } else { Err(refused()) }
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

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

/// A secret of 256 random bits, shown once; only its [`SecretHash`] is stored.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A new secret from the system's random source, as 64 hexadecimal digits.
    pub fn generate() -> Self {
        Self(hexadecimal(&rand::random::<[u8; 32]>()))
    }

    /// A secret that someone presents; any text, since only its hash is compared.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text to hand to its owner, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up.
    pub fn hash(&self) -> SecretHash {
        SecretHash(hexadecimal(&Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(********)")
    }
}

/// SHA-256 of a [`Secret`], in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(pub String);

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
#[derive(Clone, Debug)]
pub struct Session {
    /// Hash of the cookie.
    pub secret: SecretHash,
    /// Who is signed in.
    pub user_id: UserId,
    /// When it ends.
    pub expires: Timestamp,
    /// The provider that vouched for the user, by its name in the settings; none for a mailed link.
    pub provider: Option<String>,
}

/// What an API token may be used for; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To see jobs and to download.
    Read,
    /// To upload, to submit, cancel, run again and delete jobs.
    Submit,
    /// To change the profile, the plan and the tokens.
    Account,
}

impl Scope {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Submit, Self::Account];

    /// The name as stored, shown and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Account => "account",
        }
    }

    /// The scope of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// A key by which a program acts for a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiToken {
    /// Names the token in lists.
    pub token_id: TokenId,
    /// Hash of the secret.
    #[serde(skip_serializing)]
    pub secret: SecretHash,
    /// For whom it acts.
    pub user_id: UserId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working; none is never.
    pub expires: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ada@example.org")]
    #[case(" Ada.Lovelace+gas@Example.ORG ")]
    #[case("root@localhost")]
    fn plausible_addresses_are_accepted(#[case] text: &str) {
        assert!(text.parse::<EmailAddress>().is_ok());
    }

    #[rstest]
    #[case("")]
    #[case("ada")]
    #[case("ada@")]
    #[case("@example.org")]
    #[case("ada@example")]
    #[case("ada@exa mple.org")]
    #[case("ada@example.org\r\nBcc: all@example.org")]
    #[case("a..b@example.org")]
    #[case("<ada@example.org>")]
    fn others_are_refused(#[case] text: &str) {
        assert!(text.parse::<EmailAddress>().is_err());
    }

    #[test]
    fn secrets_differ_and_do_not_show() {
        let (one, two) = (Secret::generate(), Secret::generate());
        assert_ne!(one.hash(), two.hash());
        assert!(!format!("{one:?}").contains(one.reveal()));
        assert_eq!(Secret::presented(one.reveal()).hash(), one.hash());
    }
}
