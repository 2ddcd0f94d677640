//! Values of CSQ fields as other formats write them.

use crate::formats::Cells;

/// Appends a value as a cell of a table: lists with commas, `-` for nothing, and, unless it is to be plain, nothing that a
/// spreadsheet takes for a formula.
pub(crate) fn append_cell(value: &[u8], whose: Cells, out: &mut Vec<u8>) {
    let Some(first) = value.first() else { return out.push(b'-') };
    if whose == Cells::Defused && matches!(first, b'=' | b'+' | b'-' | b'@') && is_formula(value) {
        out.push(b'\'');
    }
    append_plain(value, b',', out);
}

/// Appends a value as it was before it became a field of CSQ: `separator` between the parts of a list, and `;` for `%3B`.
pub(crate) fn append_plain(value: &[u8], separator: u8, out: &mut Vec<u8>) {
    const SEMICOLON: &[u8] = b"%3B";
    let begin = out.len();
    if memchr::memchr(b'%', value).is_some() && memchr::memmem::find(value, SEMICOLON).is_some() {
        let mut rest = value;
        while let Some(at) = memchr::memmem::find(rest, SEMICOLON) {
            out.extend_from_slice(&rest[..at]);
            out.push(b';');
            rest = &rest[at + SEMICOLON.len()..];
        }
        out.extend_from_slice(rest);
    } else {
        out.extend_from_slice(value);
    }
    for byte in &mut out[begin..] {
        if *byte == b'&' {
            *byte = separator;
        }
    }
}

/// Whether a spreadsheet would compute a cell that begins with `=`, `+`, `-` or `@`: all but a lone `-` and numbers.
fn is_formula(value: &[u8]) -> bool {
    value != b"-" && !is_finite(value)
}

/// Whether a value is a number as JSON writes them, and one that a float can hold: readers refuse others.
pub(crate) fn is_json_number(value: &[u8]) -> bool {
    let mut rest = value.strip_prefix(b"-").unwrap_or(value);
    let whole = take_digits(&mut rest);
    if whole == 0 || (whole > 1 && rest_began_with_zero(value)) {
        return false;
    }
    if let Some(after) = rest.strip_prefix(b".") {
        rest = after;
        if take_digits(&mut rest) == 0 {
            return false;
        }
    }
    if let [b'e' | b'E', after @ ..] = rest {
        rest = after.strip_prefix(b"+").or_else(|| after.strip_prefix(b"-")).unwrap_or(after);
        if take_digits(&mut rest) == 0 {
            return false;
        }
    }
    rest.is_empty() && (value.len() < SURELY_FINITE_BELOW || is_finite(value))
}

/// A digit, `e` and three digits are the shortest that may lead beyond a 64-bit float.
const SURELY_FINITE_BELOW: usize = 5;

fn is_finite(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite))
}

fn rest_began_with_zero(value: &[u8]) -> bool {
    matches!(value, [b'0', ..] | [b'-', b'0', ..])
}

fn take_digits(rest: &mut &[u8]) -> usize {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    *rest = &rest[count..];
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "-")]
    #[case("-", "-")]
    #[case("missense_variant&splice_region_variant", "missense_variant,splice_region_variant")]
    #[case("ENSP00000354687.2:p.Thr6%3D", "ENSP00000354687.2:p.Thr6%3D")]
    #[case("a%3Bb&_c", "a;b,_c")]
    #[case::number("-1", "-1")]
    #[case::small_number("-2.5e-8", "-2.5e-8")]
    #[case::formula("=1+1", "'=1+1")]
    #[case::formula_by_sign("-1+1", "'-1+1")]
    #[case::formula_by_plus("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0")]
    #[case::function("@SUM(A1)", "'@SUM(A1)")]
    #[case::no_finite_number("-inf", "'-inf")]
    #[case::change_in_the_untranslated("c.-12A>G", "c.-12A>G")]
    fn table_cells(#[case] value: &str, #[case] expected: &str) {
        let cell = |whose| {
            let mut cell = Vec::new();
            append_cell(value.as_bytes(), whose, &mut cell);
            String::from_utf8(cell).unwrap()
        };
        assert_eq!(cell(Cells::Defused), expected);
        assert_eq!(cell(Cells::Plain), expected.strip_prefix('\'').unwrap_or(expected));
    }

    #[rstest]
    #[case("0", true)]
    #[case("-1", true)]
    #[case("0.001212", true)]
    #[case("1e-05", true)]
    #[case("007", false)]
    #[case("-01", false)]
    #[case("1.", false)]
    #[case(".5", false)]
    #[case("+1", false)]
    #[case("1e", false)]
    #[case("", false)]
    #[case("-", false)]
    #[case("12-14", false)]
    #[case("NaN", false)]
    #[case::beyond_floats("1E310", false)]
    #[case::cut_off("1E310e", false)]
    #[case::near_the_end_of_floats("1e308", true)]
    #[case::below_floats("1e-400", true)]
    fn numbers(#[case] value: &str, #[case] expected: bool) {
        assert_eq!(is_json_number(value.as_bytes()), expected);
    }

    proptest! {
        #[test]
        fn numbers_are_those_that_a_json_reader_takes(value in "[-+0-9.eE]{0,8}") {
            let read = serde_json::from_str::<serde_json::Number>(&value);
            prop_assert_eq!(is_json_number(value.as_bytes()), read.is_ok());
        }
    }
}
