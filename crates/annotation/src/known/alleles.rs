//! The store of known alleles: one sorted table, looked up by normalised allele.

use std::io;

use bytemuck::{Pod, Zeroable};

use crate::reference::layout::Words;
use crate::reference::text_pool::TextPool;
use crate::variant::Normalised;

/// Everything that all sources together say of one allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit<'a> {
    /// Names joined with `&`, as `Existing_variation` shows them.
    pub(crate) existing: &'a [u8],
    /// Values of the extra CSQ fields, joined with `|`.
    pub(crate) fields: &'a [u8],
    /// Which sources know it: bit `n` for the source of index `n`.
    pub(crate) sources: u64,
}

/// What is known of an allele, before it is laid down in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) contig: usize,
    pub(crate) allele: Normalised,
    pub(crate) names: Vec<String>,
    pub(crate) fields: Vec<String>,
    pub(crate) sources: u64,
}

/// An allele as the table holds it; sorted by contig, position, length of the deleted and inserted bases.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Entry {
    contig: u32,
    position: u32,
    deleted: u32,
    inserted: Words,
    existing: Words,
    fields: Words,
    reserved: u32,
    sources: u64,
}

impl Entry {
    fn place(&self) -> (usize, u64, u64) {
        (self.contig as usize, u64::from(self.position), u64::from(self.deleted))
    }
}

/// Drafts laid out as they are stored.
#[derive(Debug, Default)]
pub(crate) struct AlleleArrays {
    pub(crate) entries: Vec<Entry>,
    pub(crate) text: String,
}

impl AlleleArrays {
    /// Lays out drafts of distinct alleles.
    pub(crate) fn of(mut drafts: Vec<Draft>) -> io::Result<Self> {
        drafts.sort_by(|one, other| (one.contig, &one.allele).cmp(&(other.contig, &other.allele)));
        let mut pool = TextPool::default();
        let number = |value: u64| u32::try_from(value).map_err(|_| io::Error::other("an allele beyond 4 Gb"));
        let mut entries = Vec::with_capacity(drafts.len());
        for draft in drafts {
            entries.push(Entry {
                contig: number(draft.contig as u64)?,
                position: number(draft.allele.position)?,
                deleted: number(draft.allele.deleted)?,
                inserted: pool.add(&String::from_utf8_lossy(&draft.allele.inserted))?,
                existing: pool.add(&draft.names.join("&"))?,
                fields: pool.add(&draft.fields.join("|"))?,
                reserved: 0,
                sources: draft.sources,
            });
        }
        Ok(Self { entries, text: pool.text().to_owned() })
    }
}

/// The known alleles of a reference: a view, cheap to copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlleleTable<'r> {
    pub(crate) entries: &'r [Entry],
    pub(crate) text: &'r [u8],
    /// The fields of an allele that nobody knows.
    pub(crate) no_fields: &'r [u8],
}

impl<'r> AlleleTable<'r> {
    fn bytes(&self, words: Words) -> &'r [u8] {
        let start = words.start as usize;
        self.text.get(start..start + words.length as usize).unwrap_or_default()
    }

    /// What to show for an allele that nobody knows.
    pub(crate) fn unknown(&self) -> Hit<'r> {
        Hit { existing: b"", fields: self.no_fields, sources: 0 }
    }

    /// Whether a source has any allele on a contig.
    pub(crate) fn has_alleles_of(&self, source: usize, contig: usize) -> bool {
        let start = self.entries.partition_point(|entry| (entry.contig as usize) < contig);
        let on_contig = self.entries[start..].iter().take_while(|entry| entry.contig as usize == contig);
        on_contig.into_iter().any(|entry| entry.sources >> source & 1 == 1)
    }

    /// Finds an allele of a contig; alleles are compared as a whole, never by complement.
    pub(crate) fn find(&self, contig: usize, allele: &Normalised) -> Option<Hit<'r>> {
        let wanted = (contig, allele.position, allele.deleted);
        let index = self
            .entries
            .binary_search_by(|entry| {
                entry.place().cmp(&wanted).then_with(|| self.bytes(entry.inserted).cmp(&allele.inserted))
            })
            .ok()?;
        let entry = self.entries.get(index)?;
        Some(Hit {
            existing: self.bytes(entry.existing),
            fields: self.bytes(entry.fields),
            sources: entry.sources,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allele(position: u64, deleted: u64, inserted: &str) -> Normalised {
        Normalised { position, deleted, inserted: inserted.as_bytes().to_vec() }
    }

    fn draft(contig: usize, allele: Normalised, name: &str) -> Draft {
        Draft {
            contig,
            allele,
            names: vec![name.into()],
            fields: vec!["0.5".into(), name.into()],
            sources: 1,
        }
    }

    #[test]
    fn an_allele_is_found_by_place_and_both_alleles_only() {
        let arrays = AlleleArrays::of(vec![
            draft(1, allele(73, 1, "G"), "a"),
            draft(0, allele(73, 1, "G"), "b"),
            draft(0, allele(73, 1, "C"), "c"),
            draft(0, allele(73, 0, "G"), "d"),
        ])
        .unwrap();
        let table = AlleleTable { entries: &arrays.entries, text: arrays.text.as_bytes(), no_fields: b"|" };
        assert_eq!(table.find(0, &allele(73, 1, "G")).map(|hit| hit.existing), Some(&b"b"[..]));
        assert_eq!(table.find(1, &allele(73, 1, "G")).map(|hit| hit.fields), Some(&b"0.5|a"[..]));
        assert_eq!(table.find(0, &allele(73, 0, "G")).map(|hit| hit.existing), Some(&b"d"[..]));
        // T is the complement of an A>... reading of the same place, and is nobody's.
        assert_eq!(table.find(0, &allele(73, 1, "T")), None);
        assert_eq!(table.find(0, &allele(74, 1, "G")), None);
        assert_eq!(table.find(2, &allele(73, 1, "G")), None);
        assert_eq!(table.unknown().fields, b"|");
        assert!(table.has_alleles_of(0, 0) && table.has_alleles_of(0, 1));
        assert!(!table.has_alleles_of(1, 0) && !table.has_alleles_of(0, 2));
    }
}
