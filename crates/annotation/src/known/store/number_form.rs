//! Texts as a number and the form in which it is written, so that the very text comes back: `rs7412` as 7412 behind
//! `rs`, `6.57e-06` as 657 with two decimals before `e-06`.

/// How the texts of a column that hold a number are written around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Form<'a> {
    pub(crate) before: &'a [u8],
    pub(crate) after: &'a [u8],
    /// Digits behind the point; none when there is no point.
    pub(crate) decimals: Option<u8>,
}

/// More digits would not fit into the bits of a packed number.
const MOST_DIGITS: usize = 16;

/// The number of a text and its form; nothing when it holds none that is written as numbers usually are.
pub(crate) fn read(text: &[u8]) -> Option<(Form<'_>, u64)> {
    let mut longest: Option<(usize, usize)> = None;
    let mut at = 0;
    while at < text.len() {
        let end = end_of_number(text, at);
        if end > at {
            if longest.is_none_or(|(start, end_of_longest)| end - at > end_of_longest - start)
                && is_usual(&text[at..end])
            {
                longest = Some((at, end));
            }
            at = end;
        } else {
            at += 1;
        }
    }
    let (start, end) = longest?;
    let digits = &text[start..end];
    let point = digits.iter().position(|byte| *byte == b'.');
    let decimals = match point {
        Some(point) => Some(u8::try_from(digits.len() - point - 1).ok()?),
        None => None,
    };
    let number = digits
        .iter()
        .filter(|byte| **byte != b'.')
        .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Some((Form { before: &text[..start], after: &text[end..], decimals }, number))
}

/// Where the digits that begin at `start` end, one point among them included.
fn end_of_number(text: &[u8], start: usize) -> usize {
    let digits = |from: usize| from + text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(start);
    if whole > start && text.get(whole) == Some(&b'.') {
        let end = digits(whole + 1);
        if end > whole + 1 {
            return end;
        }
    }
    whole
}

/// Whether no digit is there in vain before the point, and none would be lost.
fn is_usual(digits: &[u8]) -> bool {
    let starts_well = !matches!(digits, [b'0', next, ..] if next.is_ascii_digit());
    starts_well && digits.len() <= MOST_DIGITS
}

impl Form<'_> {
    /// Appends a number in this form.
    pub(crate) fn write(&self, number: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.before);
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(number).as_bytes();
        match self.decimals {
            None => out.extend_from_slice(digits),
            Some(decimals) => {
                let decimals = usize::from(decimals);
                if let Some(whole) = digits.len().checked_sub(decimals).filter(|whole| *whole > 0) {
                    out.extend_from_slice(&digits[..whole]);
                    out.push(b'.');
                    out.extend_from_slice(&digits[whole..]);
                } else {
                    out.extend_from_slice(b"0.");
                    out.resize(out.len() + decimals - digits.len(), b'0');
                    out.extend_from_slice(digits);
                }
            }
        }
        out.extend_from_slice(self.after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("rs7412", Some(("rs", 7412, None, "")))]
    #[case("0", Some(("", 0, None, "")))]
    #[case("-12", Some(("-", 12, None, "")))]
    #[case("0.000199681", Some(("", 199_681, Some(9), "")))]
    #[case("12.50", Some(("", 1250, Some(2), "")))]
    #[case("6.56849e-06", Some(("", 656_849, Some(5), "e-06")))]
    #[case("5e-05", Some(("", 5, None, "e-05")))]
    #[case("1-1234567-A-G", Some(("1-", 1_234_567, None, "-A-G")))]
    #[case("0.0", Some(("", 0, Some(1), "")))]
    #[case("1.2.3", Some(("", 12, Some(1), ".3")))]
    #[case("007", None)]
    #[case("00.5", None)]
    #[case(".", None)]
    #[case(".5", Some((".", 5, None, "")))]
    #[case("", None)]
    #[case("Pathogenic", None)]
    #[case("12345678901234567890", None)]
    fn forms(#[case] text: &str, #[case] expected: Option<(&str, u64, Option<u8>, &str)>) {
        let found = read(text.as_bytes());
        let expected = expected.map(|(before, number, decimals, after)| {
            (Form { before: before.as_bytes(), after: after.as_bytes(), decimals }, number)
        });
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn the_very_text_comes_back(text in "[0-9.e\\-rsACG&]{0,20}") {
            if let Some((form, number)) = read(text.as_bytes()) {
                let mut written = Vec::new();
                form.write(number, &mut written);
                prop_assert_eq!(String::from_utf8(written).unwrap(), text);
                prop_assert!(number < 1 << 54);
            }
        }
    }
}
