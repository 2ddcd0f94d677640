//! Sentences that name values between backticks, as errors and explanations do.

/// A piece of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    /// Whether it stood between backticks.
    pub(crate) is_value: bool,
}

/// The pieces of a sentence; a backtick without a partner is text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let plain = |text| Piece { text, is_value: false };
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, value, after)) = next_value(rest) {
        pieces.extend([plain(before), Piece { text: value, is_value: true }]);
        rest = after;
    }
    pieces.push(plain(rest));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn next_value(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (value, after) = rest.split_once('`')?;
    Some((before, value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_text() {
        let found = pieces("POS is `x`, not `<b>`. A ` stays");
        let values: Vec<_> = found.iter().filter(|piece| piece.is_value).map(|piece| piece.text).collect();
        assert_eq!(values, ["x", "<b>"]);
        assert_eq!(found.last().map(|piece| piece.text), Some(". A ` stays"));
        assert!(pieces("").is_empty());
    }
}
