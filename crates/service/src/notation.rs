//! Numbers, bytes and names as people and other programs write them.

use std::fmt::Write as _;

/// A number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in hexadecimal, lower case, as checksums are written.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Text for a part of an address: all but the unreserved characters of RFC 3986 (§2.3) is percent-encoded.
pub fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// What whoever gets a file is to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Save it.
    Attachment,
    /// Show it.
    Inline,
}

impl Disposition {
    /// The field `Content-Disposition` of RFC 6266: with a name for old programs, and the true one as RFC 8187 encodes
    /// it, whose `attr-char` takes all unreserved characters as they are. No name can break out of it.
    pub fn of_file(self, name: &str) -> String {
        let way = match self {
            Self::Attachment => "attachment",
            Self::Inline => "inline",
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || " .-_~+()".contains(letter);
        let fallback: String = name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
        format!("{way}; filename=\"{fallback}\"; filename*=UTF-8''{}", percent_encoded(name))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/a b?c=d&e\"\r\n", "%2Fa%20b%3Fc%3Dd%26e%22%0D%0A")]
    #[case("🧬-1.vcf", "%F0%9F%A7%AC-1.vcf")]
    fn nothing_with_a_meaning_of_its_own_remains(#[case] text: &str, #[case] encoded: &str) {
        assert_eq!(percent_encoded(text), encoded);
    }

    #[rstest]
    #[case(
        Disposition::Attachment,
        "a\"; x=\"🧬.vcf",
        "attachment; filename=\"a__ x___.vcf\"; filename*=UTF-8''a%22%3B%20x%3D%22%F0%9F%A7%AC.vcf"
    )]
    #[case(Disposition::Inline, "a\r\n.log", "inline; filename=\"a__.log\"; filename*=UTF-8''a%0D%0A.log")]
    fn names_cannot_break_out_of_the_header(
        #[case] disposition: Disposition,
        #[case] name: &str,
        #[case] header: &str,
    ) {
        assert_eq!(disposition.of_file(name), header);
    }

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1140, "1,140")]
    #[case(1_234_567, "1,234,567")]
    fn thousands_stand_apart(#[case] number: u64, #[case] text: &str) {
        assert_eq!(grouped(number), text);
    }

    #[rstest]
    #[case(&[], "")]
    #[case(&[0x00, 0x0f, 0xa0, 0xff], "000fa0ff")]
    fn bytes_have_two_digits_each(#[case] bytes: &[u8], #[case] text: &str) {
        assert_eq!(hexadecimal(bytes), text);
    }
}
