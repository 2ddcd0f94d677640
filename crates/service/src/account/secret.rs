//! What only its owner knows.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::notation::hexadecimal;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_do_not_show() {
        let (one, two) = (Secret::generate(), Secret::generate());
        assert_ne!(one.hash(), two.hash());
        assert!(!format!("{one:?}").contains(one.reveal()));
        assert_eq!(Secret::presented(one.reveal()).hash(), one.hash());
    }
}
