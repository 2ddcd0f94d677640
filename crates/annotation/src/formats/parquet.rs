//! Parquet: typed columns, a row for each row of CSQ, groups of rows by region.
//!
//! Workers cut rows into the columns' values, as text. Once there are enough rows for a group, each column is given its
//! type and packed, several side by side.

pub(crate) mod encode;
pub(crate) mod file;
pub(crate) mod rows;
pub(crate) mod schema;

/// Appends a value behind its length: one byte, or 255 and four more.
fn append_value(value: &[u8], cells: &mut Vec<u8>) {
    match u8::try_from(value.len()) {
        Ok(length) if length < u8::MAX => cells.push(length),
        _ => {
            cells.push(u8::MAX);
            cells.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
    cells.extend_from_slice(value);
}

/// Takes the next value's place within cells; none at their end.
fn next_value(cells: &[u8], at: &mut usize) -> Option<std::ops::Range<usize>> {
    let mut begin = *at + 1;
    let mut length = usize::from(*cells.get(*at)?);
    if length == usize::from(u8::MAX) {
        let long = cells.get(begin..begin + 4)?;
        length = usize::try_from(u32::from_le_bytes(long.try_into().ok()?)).ok()?;
        begin += 4;
    }
    *at = begin + length;
    (*at <= cells.len()).then_some(begin..*at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_any_length_are_found_again() {
        let values = [0, 1, 254, 255, 256, 70_000].map(|length| vec![b'x'; length]);
        let mut cells = Vec::new();
        for value in &values {
            append_value(value, &mut cells);
        }
        let mut at = 0;
        for value in &values {
            assert_eq!(&cells[next_value(&cells, &mut at).unwrap()], value);
        }
        assert_eq!(next_value(&cells, &mut at), None);
    }
}
