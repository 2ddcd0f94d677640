//! What only its owner knows.

use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::notation::hexadecimal;

/// A secret of 256 random bits, shown once; only its [`SecretHash`] is stored. It does not show, and is overwritten in memory
/// when it is no longer needed.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// A new secret from the system's random source, as 64 hexadecimal digits.
    pub fn generate() -> Self {
        let bits = Zeroizing::new(rand::random::<[u8; 32]>());
        // The text is exactly as long as its memory, so none is left behind when it is taken over.
        Self(hexadecimal(&*bits).into())
    }

    /// A secret that someone presents; any text, since only its hash is compared.
    pub fn presented(text: &str) -> Self {
        Self(text.into())
    }

    /// The text to hand to its owner, once.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// The path of a link that brings it back, overwritten likewise.
    pub fn path_below(&self, folder: &str) -> Zeroizing<String> {
        Zeroizing::new([folder, "/", self.reveal()].concat())
    }

    /// What is stored and looked up.
    pub fn hash(&self) -> SecretHash {
        SecretHash(hexadecimal(&Sha256::digest(self.reveal().as_bytes())))
    }
}

/// SHA-256 of a [`Secret`], in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(pub String);

#[cfg(test)]
mod tests {
    use secrecy::zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn secrets_differ_and_do_not_show() {
        let (one, two) = (Secret::generate(), Secret::generate());
        assert_ne!(one.hash(), two.hash());
        assert!(!format!("{one:?}").contains(one.reveal()));
        assert_eq!(Secret::presented(one.reveal()).hash(), one.hash());
        assert_eq!(*one.path_below("/sign-in"), format!("/sign-in/{}", one.reveal()));
    }

    /// Whether memory really is overwritten cannot be seen without reading memory that is no longer ours; the types say so.
    #[test]
    fn secrets_are_overwritten_when_they_are_dropped() {
        fn is_overwritten<T: ZeroizeOnDrop>(_: &T) {}
        let secret = Secret::generate();
        is_overwritten(&secret.0);
        is_overwritten(&secret.path_below(""));
        assert_eq!(hexadecimal(&[0; 32]).capacity(), 64, "no copy stays behind when the text moves");
    }
}
