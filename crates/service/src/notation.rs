//! Numbers and bytes as people and other programs write them.

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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
