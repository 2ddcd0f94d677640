//! A line of the result, cut into its columns, and its annotations given to its alleles.

use memchr::{memchr, memchr_iter, memmem};

use super::{
    allele,
    annotation::{FieldNames, Row},
};

/// The columns of a record that tables show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) contig: &'a [u8],
    pub(super) position: u64,
    pub(super) identifier: &'a [u8],
    pub(super) reference: &'a [u8],
    pub(super) alternatives: &'a [u8],
    pub(super) quality: &'a [u8],
    pub(super) filter: &'a [u8],
    pub(super) information: &'a [u8],
}

impl<'a> Record<'a> {
    /// Cuts a line; none if it is not a record.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let mut columns = line.split(|byte| *byte == b'\t');
        let mut next = || columns.next();
        let (contig, position) = (next()?, next()?);
        Some(Self {
            contig,
            position: std::str::from_utf8(position).ok()?.trim().parse().ok()?,
            identifier: next()?,
            reference: next()?,
            alternatives: next()?,
            quality: next().unwrap_or_default(),
            filter: next().unwrap_or_default(),
            information: next().unwrap_or_default(),
        })
    }

    /// The entries of ALT.
    pub(super) fn alleles(&self) -> Vec<&'a [u8]> {
        self.alternatives.split(|byte| *byte == b',').collect()
    }

    /// How many entries ALT has.
    pub(super) fn allele_count(&self) -> usize {
        memchr_iter(b',', self.alternatives).count() + 1
    }

    /// The last base of REF.
    pub(super) fn last(&self) -> u64 {
        self.position.saturating_add((self.reference.len() as u64).saturating_sub(1))
    }

    /// The annotations, each with the number (from 0) of its allele, where the file has any.
    pub(super) fn rows(&self, names: &FieldNames, alleles: &[&'a [u8]]) -> Vec<(usize, Row<'a>)> {
        let Some(value) = names.is_known().then(|| annotations(self.information)).flatten() else {
            return Vec::new();
        };
        let rows = value.split(|byte| *byte == b',').filter(|row| !row.is_empty()).map(Row);
        if alleles.len() == 1 {
            return rows.map(|row| (0, row)).collect();
        }
        let mut finder = Namer::new(self.reference, alleles);
        let mut allele =
            |row: Row<'a>| row.allele_index(names).unwrap_or_else(|| finder.allele_of(row.get(names.allele)));
        rows.map(|row| (allele(row), row)).collect()
    }
}

/// The value of CSQ.
fn annotations(information: &[u8]) -> Option<&[u8]> {
    let begin = match information {
        [b'C', b'S', b'Q', b'=', ..] => 4,
        _ => memmem::find(information, b";CSQ=")? + 5,
    };
    let value = information.get(begin..)?;
    Some(value.get(..memchr(b';', value).unwrap_or(value.len())).unwrap_or(value))
}

/// Finds the allele that an annotation means by its name.
struct Namer<'a> {
    names: Vec<&'a [u8]>,
    alleles: Vec<&'a [u8]>,
    strange: Vec<&'a [u8]>,
}

impl<'a> Namer<'a> {
    fn new(reference: &[u8], alleles: &[&'a [u8]]) -> Self {
        Self { names: allele::names(reference, alleles), alleles: alleles.to_vec(), strange: Vec::new() }
    }

    fn allele_of(&mut self, name: &'a [u8]) -> usize {
        let named = |names: &[&[u8]]| names.iter().position(|known| *known == name);
        named(&self.names).or_else(|| named(&self.alleles)).unwrap_or_else(|| self.by_order(name))
    }

    /// Names of symbolic alleles differ from ALT; they come in the order of those alleles. A name that cannot be
    /// explained belongs to none.
    fn by_order(&mut self, name: &'a [u8]) -> usize {
        let place = self.strange.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.strange.push(name);
            self.strange.len() - 1
        });
        let symbolic = |allele: &&[u8]| match *allele {
            b"<NON_REF>" | b"<*>" => false,
            [b'<', ..] | [b'.', _, ..] | [.., _, b'.'] => true,
            other => other.contains(&b'[') || other.contains(&b']'),
        };
        let mut unnamed = self.alleles.iter().enumerate().filter(|(_, allele)| symbolic(allele));
        unnamed.nth(place).map_or(usize::MAX, |(number, _)| number)
    }
}
