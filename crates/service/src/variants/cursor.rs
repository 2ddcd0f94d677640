use sha2::{Digest, Sha256};

use super::{VariantFilter, VariantSort, VariantsError, text::Place};
use crate::notation::hexadecimal;

/// Where a page of variants ended; opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantCursor(pub String);

/// What a cursor says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Where the record begins to which the next row belongs.
    pub(super) place: Place,
    /// How many alleles of it have been passed.
    pub(super) allele: usize,
    /// How many rows were given before.
    pub(super) rows_before: u64,
    /// How many rows match in all, if that was counted.
    pub(super) total: Option<u64>,
}

impl Position {
    /// The cursor of this position in the answers to one query.
    pub(super) fn cursor(&self, filter: &VariantFilter, sort: VariantSort) -> VariantCursor {
        let Place { offset, within } = self.place;
        let total = self.total.map_or_else(String::new, |total| format!("{total:x}"));
        let of = fingerprint(filter, sort);
        VariantCursor(format!("{of}.{offset:x}.{within:x}.{:x}.{:x}.{total}", self.allele, self.rows_before))
    }

    /// What the cursor of a query says; the beginning without one.
    pub(super) fn of(
        cursor: Option<&VariantCursor>,
        filter: &VariantFilter,
        sort: VariantSort,
    ) -> Result<Option<Self>, VariantsError> {
        let Some(cursor) = cursor else { return Ok(None) };
        let parts: Vec<&str> = cursor.0.split('.').collect();
        let [of, offset, within, allele, rows_before, total] = parts[..] else {
            return Err(VariantsError::Cursor);
        };
        if of != fingerprint(filter, sort) {
            return Err(VariantsError::Cursor);
        }
        let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_| VariantsError::Cursor);
        let small = |text: &str| usize::try_from(number(text)?).map_err(|_| VariantsError::Cursor);
        let within = u16::try_from(number(within)?).map_err(|_| VariantsError::Cursor)?;
        Ok(Some(Self {
            place: Place { offset: number(offset)?, within },
            allele: small(allele)?,
            rows_before: number(rows_before)?,
            total: if total.is_empty() { None } else { Some(number(total)?) },
        }))
    }
}

/// The first 32 bits of a checksum of filter and order: a cursor only makes sense with its own.
fn fingerprint(filter: &VariantFilter, sort: VariantSort) -> String {
    let mut text = hexadecimal(&Sha256::digest(format!("{filter:?} {sort:?}")));
    text.truncate(8);
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_position_in_its_own_query_only() {
        let filter = VariantFilter { gene: Some("MT-ND1".to_owned()), ..VariantFilter::default() };
        let position = Position {
            place: Place { offset: 1 << 40, within: 7 },
            allele: 2,
            rows_before: 100,
            total: Some(1170),
        };
        let cursor = position.cursor(&filter, VariantSort::Position);
        let read = |filter, sort| Position::of(Some(&cursor), filter, sort);
        assert_eq!(read(&filter, VariantSort::Position).unwrap(), Some(position));
        assert!(read(&filter, VariantSort::Impact).is_err());
        assert!(read(&VariantFilter::default(), VariantSort::Position).is_err());
    }

    #[rstest]
    #[case("")]
    #[case("x")]
    #[case("1.2.3.4.5.6")]
    #[case("-1")]
    fn others_are_refused(#[case] text: &str) {
        let cursor = VariantCursor(text.to_owned());
        let filter = VariantFilter::default();
        assert!(Position::of(Some(&cursor), &filter, VariantSort::Position).is_err());
        let of = fingerprint(&filter, VariantSort::Position);
        let cursor = VariantCursor(format!("{of}.{text}"));
        assert!(Position::of(Some(&cursor), &filter, VariantSort::Position).is_err());
    }
}
