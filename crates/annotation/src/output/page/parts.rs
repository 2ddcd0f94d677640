//! Words and numbers of a page.

/// Text that may stand anywhere in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A ratio with two decimals, or a dash.
pub(super) fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "&ndash;".to_owned(), |ratio| format!("{ratio:.2}"))
}

/// Which part of a whole something is, as a number from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a plot shows no more than three digits")]
pub(super) fn fraction(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The same in words; none of nothing.
pub(super) fn percent(part: u64, whole: u64) -> Option<String> {
    if whole == 0 {
        return None;
    }
    let percent = fraction(part, whole) * 100.0;
    Some(match percent {
        _ if part == 0 => "0 %".to_owned(),
        _ if percent < 0.1 => "below 0.1 %".to_owned(),
        _ if part < whole && percent > 99.9 => "above 99.9 %".to_owned(),
        _ => format!("{percent:.1} %"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, 0, None)]
    #[case(0, 9, Some("0 %"))]
    #[case(1, 3, Some("33.3 %"))]
    #[case(1, 1_000_000, Some("below 0.1 %"))]
    #[case(999_999, 1_000_000, Some("above 99.9 %"))]
    #[case(7, 7, Some("100.0 %"))]
    fn percentages(#[case] part: u64, #[case] whole: u64, #[case] expected: Option<&str>) {
        assert_eq!(percent(part, whole).as_deref(), expected);
    }

    #[test]
    fn nothing_of_a_stranger_is_markup() {
        assert_eq!(
            escaped("<img src=\"x\" onerror=a&b>\u{1}"),
            "&lt;img src=&quot;x&quot; onerror=a&amp;b&gt; "
        );
    }
}
