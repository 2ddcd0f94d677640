//! SHA-256 as S3 writes it (base64) and as the service does (hexadecimal).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gas_service::notation::hexadecimal;

/// SHA-256 of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checksum([u8; 32]);

impl Checksum {
    pub(super) fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// What S3 says of an object. The checksum of an object in parts is one of its parts' checksums and ends in their
    /// number: it tells nothing of the bytes, and is none here.
    pub(super) fn of_base64(text: &str) -> Option<Self> {
        Some(Self(STANDARD.decode(text).ok()?.try_into().ok()?))
    }

    /// What the service says of a file.
    pub(super) fn of_hexadecimal(text: &str) -> Option<Self> {
        let mut digest = [0; 32];
        if text.len() != 2 * digest.len() || !text.is_ascii() {
            return None;
        }
        for (at, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(digest))
    }

    pub(super) fn base64(self) -> String {
        STANDARD.encode(self.0)
    }

    pub(super) fn hexadecimal(self) -> String {
        hexadecimal(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Of nothing.
    const EMPTY: (&str, &str) = (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    );

    #[test]
    fn both_ways_of_writing_are_of_one_checksum() {
        let checksum = Checksum::of_hexadecimal(EMPTY.0).unwrap();
        assert_eq!(Checksum::of_base64(EMPTY.1), Some(checksum));
        assert_eq!((checksum.hexadecimal().as_str(), checksum.base64().as_str()), EMPTY);
    }

    #[rstest]
    #[case::of_parts("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-3")]
    #[case::short("47DEQpj8")]
    #[case::empty("")]
    fn what_is_none_of_the_bytes_is_none(#[case] text: &str) {
        assert_eq!(Checksum::of_base64(text), None);
    }

    #[rstest]
    #[case("e3b0")]
    #[case("+3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8zz")]
    #[case("é3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    fn what_is_not_hexadecimal_is_none(#[case] text: &str) {
        assert_eq!(Checksum::of_hexadecimal(text), None);
    }
}
