//! What INFO says of a structural variant.

/// The entries that say where a structural variant lies; read only for records that have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Info<'a> {
    /// `SVTYPE`, out of use since VCF 4.4.
    pub(crate) kind: Option<&'a str>,
    pub(crate) end: Option<i64>,
    lengths: Option<&'a str>,
    /// `CHR2` and `END2`: where the other end is, as some callers say it.
    pub(crate) mate_contig: Option<&'a str>,
    pub(crate) mate_position: Option<i64>,
    /// `RN`, `RUS`, `RUC`, `RB`: of tandem repeats, how many different units an allele has, and of each unit its bases,
    /// its copies and all its bases together.
    pub(crate) unit_counts: Option<&'a str>,
    pub(crate) unit_sequences: Option<&'a str>,
    pub(crate) unit_copies: Option<&'a str>,
    pub(crate) unit_bases: Option<&'a str>,
}

impl<'a> Info<'a> {
    pub(crate) fn read(column: &'a [u8]) -> Self {
        let mut info = Self::default();
        for entry in column.split(|byte| *byte == b';') {
            let Ok(entry) = std::str::from_utf8(entry) else { continue };
            let Some((key, value)) = entry.split_once('=') else { continue };
            match key {
                "SVTYPE" => info.kind = Some(value).filter(|value| !value.is_empty()),
                "END" => info.end = number(value),
                "SVLEN" => info.lengths = Some(value),
                "CHR2" => info.mate_contig = Some(value),
                "END2" => info.mate_position = number(value),
                "RN" => info.unit_counts = Some(value),
                "RUS" => info.unit_sequences = Some(value),
                "RUC" => info.unit_copies = Some(value),
                "RB" => info.unit_bases = Some(value),
                _ => {}
            }
        }
        info
    }

    /// `SVLEN` of one of so many alternatives, without its sign. VCF until 4.3 may give one for all of them.
    pub(crate) fn length_of(&self, alternative: usize, alternatives: usize) -> Option<i64> {
        let lengths = self.lengths?;
        let own = if lengths.split(',').count() == alternatives { alternative } else { 0 };
        lengths.split(',').nth(own).and_then(number).map(i64::abs)
    }

    /// `SVLEN` as VEP reads it: the first one, and no number is 0.
    pub(crate) fn first_length(&self) -> Option<i64> {
        let first = self.lengths?.split(',').next()?;
        Some(number(first).map_or(0, i64::abs))
    }

    /// The largest `SVLEN`.
    pub(crate) fn largest_length(&self) -> Option<i64> {
        self.lengths?.split(',').map(|length| number(length).unwrap_or(0)).max()
    }
}

/// A whole number that stays far from the ends of its type.
fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|number: &i64| number.abs() < 1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_among_others() {
        let info = Info::read(b"DB;SVTYPE=DEL;XEND=3;END=120;SVLEN=-20,.,7;CHR2=chr5;END2=77;NOTE=\xff");
        assert_eq!((info.kind, info.end), (Some("DEL"), Some(120)));
        assert_eq!((info.mate_contig, info.mate_position), (Some("chr5"), Some(77)));
        assert_eq!([0, 1, 2].map(|index| info.length_of(index, 3)), [Some(20), None, Some(7)]);
        assert_eq!(info.length_of(1, 2), Some(20));
        assert_eq!((info.first_length(), info.largest_length()), (Some(20), Some(7)));
    }

    #[test]
    fn what_is_no_number_is_nothing() {
        for text in ["", "END", "END=", "END=x", "END=99999999999999999999", "END=9223372036854775807"] {
            assert_eq!(Info::read(text.as_bytes()).end, None, "{text}");
        }
    }
}
