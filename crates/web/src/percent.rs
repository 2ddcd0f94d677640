//! Percent-encoding, for queries and for file names in headers.

/// Encodes all but RFC 3986's unreserved characters, which are all allowed in the `attr-char` of RFC 5987
/// too.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_with_a_meaning_of_its_own_remains() {
        assert_eq!(encode("/a b?c=d&e\"\r\n"), "%2Fa%20b%3Fc%3Dd%26e%22%0D%0A");
        assert_eq!(encode("🧬-1.vcf"), "%F0%9F%A7%AC-1.vcf");
    }
}
