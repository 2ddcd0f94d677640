//! Rows as they are given out.

use std::sync::Arc;

use super::{Annotation, FieldNames, Variant, allele::AlleleKind, annotation::Row, record::Record};

/// Longest text of a cell, in characters.
const MAX_TEXT: usize = 256;
/// Most annotations of a row.
const MAX_ANNOTATIONS: usize = 200;
/// Memory for the annotations of a page, in bytes, about; rows beyond it have their most severe one only.
const ROOM: usize = 8 << 20;

/// Makes the rows of one page.
pub(super) struct Describer {
    names: Arc<FieldNames>,
    all_annotations: bool,
    room: usize,
}

impl Describer {
    pub(super) fn new(names: &Arc<FieldNames>, all_annotations: bool) -> Self {
        Self { names: Arc::clone(names), all_annotations, room: ROOM }
    }

    /// One allele (counted from 0) and its annotations, which are sorted already.
    pub(super) fn describe(
        &mut self,
        record: &Record<'_>,
        number: usize,
        allele: &[u8],
        rows: &[Row<'_>],
    ) -> Variant {
        let most = if self.all_annotations && self.room > 0 { MAX_ANNOTATIONS } else { 1 };
        let annotations: Vec<_> =
            rows.iter().take(most).map(|row| Annotation::of(*row, &self.names)).collect();
        let weight: usize = annotations.iter().map(Annotation::weight).sum();
        self.room = self.room.saturating_sub(weight);
        let given = |column: &[u8]| (!column.is_empty() && column != b".").then(|| shown(column));
        Variant {
            contig: shown(record.contig),
            position: record.position,
            identifier: given(record.identifier),
            reference_allele: shown(record.reference),
            reference_length: record.reference.len(),
            alternative_allele: shown(allele),
            alternative_length: allele.len(),
            allele_number: number + 1,
            kind: AlleleKind::of(record.reference, allele),
            quality: number_of(record.quality),
            filter: given(record.filter),
            annotations,
            annotation_count: rows.len(),
        }
    }
}

fn number_of(column: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(column).ok()?.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// Text for people: percent-encoded characters decoded (VCF 4.3, 1.2), controls and overlong ends left out.
pub(super) fn shown(text: &[u8]) -> String {
    // A character has at most four bytes, and an encoded one twelve.
    let begin = text.get(..MAX_TEXT * 12).unwrap_or(text);
    let decoded = decode(begin);
    let text = String::from_utf8_lossy(&decoded);
    let mut letters = text.chars().filter(|letter| !letter.is_control());
    let mut shown: String = letters.by_ref().take(MAX_TEXT).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let byte = match after {
            [high, low, ..] if *first == b'%' => {
                digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low)
            }
            _ => None,
        };
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    decoded
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"p.Leu2%3D", "p.Leu2=")]
    #[case(b"100%", "100%")]
    #[case(b"5%3", "5%3")]
    #[case(b"%C3%A9%0A%zz", "é%zz")]
    #[case(b"\xff", "\u{fffd}")]
    fn percent_encoding_is_undone(#[case] text: &[u8], #[case] expected: &str) {
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn long_texts_are_cut() {
        let text = shown("A".repeat(100_000).as_bytes());
        assert_eq!(text.chars().count(), MAX_TEXT + 1);
        assert!(text.ends_with('…'));
        assert_eq!(shown(&[b'A'; MAX_TEXT]).chars().count(), MAX_TEXT);
    }
}
