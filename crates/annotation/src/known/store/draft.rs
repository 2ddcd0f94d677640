//! An allele with all that one collection says of it, on its way into the store.

use std::cmp::Ordering;

use crate::variant::Normalised;

/// Between the values of a draft; no value has one.
const SEPARATOR: u8 = b'\t';

/// An allele and its values: names first, then one for each field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) contig: u32,
    pub(crate) allele: Normalised,
    values: Vec<u8>,
}

impl Draft {
    /// An allele with values, as they may stand in CSQ; an empty one is missing.
    pub(crate) fn new(contig: u32, allele: Normalised, values: &[impl AsRef<[u8]>]) -> Self {
        let mut text = Vec::with_capacity(values.iter().map(|value| value.as_ref().len() + 1).sum());
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                text.push(SEPARATOR);
            }
            text.extend_from_slice(value.as_ref());
        }
        Self { contig, allele, values: text }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.split(|byte| *byte == SEPARATOR)
    }

    /// By place, then by what goes and comes.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        (self.contig, &self.allele).cmp(&(other.contig, &other.allele))
    }

    /// Adds what another draft of the same allele says. `joined` notes the columns that now have several values.
    pub(crate) fn join(&mut self, other: &Self, joined: &mut [bool]) {
        let mut values: Vec<Vec<u8>> = self.values().map(<[u8]>::to_vec).collect();
        for ((value, more), joined) in values.iter_mut().zip(other.values()).zip(joined) {
            for part in more.split(|byte| *byte == b'&') {
                *joined |= join(value, part);
            }
        }
        self.values = values.join(&SEPARATOR);
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.values.len() + self.allele.inserted.len()
    }
}

/// Adds a value to those that are there, unless it is among them; tells whether there are several now.
pub(crate) fn join(values: &mut Vec<u8>, value: &[u8]) -> bool {
    if value.is_empty() || values.split(|byte| *byte == b'&').any(|known| known == value) {
        return false;
    }
    let several = !values.is_empty();
    if several {
        values.push(b'&');
    }
    values.extend_from_slice(value);
    several
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_one_allele_are_joined_and_nothing_is_said_twice() {
        let allele = Normalised { position: 7, deleted: 1, inserted: b"G".to_vec() };
        let draft = |values: &[&str]| Draft::new(0, allele.clone(), values);
        let mut joined = [false; 3];
        let mut one = draft(&["rs1", "0.5", ""]);
        one.join(&draft(&["rs2&rs1", "0.5", "x"]), &mut joined);
        assert_eq!(one, draft(&["rs1&rs2", "0.5", "x"]));
        assert_eq!(joined, [true, false, false]);
    }
}
