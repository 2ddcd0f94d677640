//! The text of CSQ values.
//!
//! Source: Ensembl VEP `OutputFactory/VCF.pm`, `output_hash_to_vcf_info_chunk`, and `Utils.pm`, `format_coords`.

use rustc_hash::FxHashMap;

use crate::consequence::place::Stretch;
use crate::consequence::term::Terms;

/// Appends a whole number.
pub(crate) fn append_number(text: &mut Vec<u8>, number: impl itoa::Integer) {
    text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends words of the reference so that they cannot be taken for the marks between fields and rows.
pub(crate) fn append_escaped(text: &mut Vec<u8>, words: &str, space: &[u8]) {
    if words == "-" {
        return;
    }
    if words.bytes().all(|byte| !matches!(byte, b',' | b';' | b'|') && !byte.is_ascii_whitespace()) {
        text.extend_from_slice(words.as_bytes());
        return;
    }
    for byte in words.bytes() {
        match byte {
            b',' | b'|' => text.push(b'&'),
            b';' => text.extend_from_slice(b"%3B"),
            _ if byte.is_ascii_whitespace() => text.extend_from_slice(space),
            _ => text.push(byte),
        }
    }
}

/// Appends terms, most severe first, with `&` between them, and the field `IMPACT`.
pub(crate) fn append_terms(text: &mut Vec<u8>, terms: Terms) {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            text.push(b'&');
        }
        text.extend_from_slice(term.name().as_bytes());
    }
    text.push(b'|');
    if let Some(impact) = terms.impact() {
        text.extend_from_slice(impact.name().as_bytes());
    }
}

/// The texts of sets of terms, as [`append_terms`] writes them: few sets come again and again.
#[derive(Debug, Default)]
pub(crate) struct TermTexts(FxHashMap<Terms, Vec<u8>>);

impl TermTexts {
    /// The text of a set.
    pub(crate) fn get(&mut self, terms: Terms) -> &[u8] {
        self.0.entry(terms).or_insert_with(|| {
            let mut text = Vec::new();
            append_terms(&mut text, terms);
            text
        })
    }
}

/// Appends `12`, `12-14`, or `?-14` where an end is not known; the smaller number first.
pub(crate) fn append_stretch(text: &mut Vec<u8>, stretch: Stretch) {
    match (stretch.first, stretch.last) {
        (None, None) => {}
        (Some(first), Some(last)) if first == last => append_number(text, first),
        (Some(first), Some(last)) => {
            append_number(text, first.min(last));
            text.push(b'-');
            append_number(text, first.max(last));
        }
        (first, last) => {
            append_or_unknown(text, first);
            text.push(b'-');
            append_or_unknown(text, last);
        }
    }
}

fn append_or_unknown(text: &mut Vec<u8>, number: Option<i64>) {
    match number {
        Some(number) => append_number(text, number),
        None => text.push(b'?'),
    }
}

/// Appends `2/11` or `2-3/11`: which exons or introns of how many.
pub(crate) fn append_ordinals(text: &mut Vec<u8>, numbers: Option<(usize, usize)>, count: usize) {
    let Some((first, last)) = numbers else { return };
    append_number(text, first);
    if first != last {
        text.push(b'-');
        append_number(text, last);
    }
    text.push(b'/');
    append_number(text, count);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Some(3), Some(3), "3")]
    #[case(Some(3), Some(5), "3-5")]
    #[case::insertion(Some(4), Some(3), "3-4")]
    #[case(None, Some(5), "?-5")]
    #[case(Some(3), None, "3-?")]
    #[case(None, None, "")]
    fn stretches(#[case] first: Option<i64>, #[case] last: Option<i64>, #[case] expected: &str) {
        let mut text = Vec::new();
        append_stretch(&mut text, Stretch { first, last, touches: true });
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[rstest]
    #[case("MT-ND1", "MT-ND1")]
    #[case("-", "")]
    #[case("a;b,c|d e", "a%3Bb&c&d_e")]
    fn escapes(#[case] words: &str, #[case] expected: &str) {
        let mut text = Vec::new();
        append_escaped(&mut text, words, b"_");
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
