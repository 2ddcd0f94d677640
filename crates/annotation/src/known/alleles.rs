//! The store of known alleles: one sorted table, looked up by normalised allele.

use crate::variant::Normalised;

/// Everything that all sources together say of one allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit<'a> {
    /// Names joined with `&`, as Existing_variation shows them.
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

/// An immutable table of alleles. Text lies in one block; entries are sorted by place and allele.
#[derive(Debug, Default)]
pub(crate) struct AlleleTable {
    text: Vec<u8>,
    entries: Vec<Entry>,
    no_fields: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    contig: usize,
    position: u64,
    deleted: u64,
    inserted: Span,
    existing: Span,
    fields: Span,
    sources: u64,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
}

impl AlleleTable {
    /// Lays out drafts of distinct alleles, each with `field_count` fields.
    pub(crate) fn new(mut drafts: Vec<Draft>, field_count: usize) -> Self {
        drafts.sort_by(|one, other| (one.contig, &one.allele).cmp(&(other.contig, &other.allele)));
        let mut table = Self { no_fields: vec![b'|'; field_count.saturating_sub(1)], ..Self::default() };
        for draft in drafts {
            let inserted = table.store(&draft.allele.inserted);
            let existing = table.store(draft.names.join("&").as_bytes());
            let fields = table.store(draft.fields.join("|").as_bytes());
            table.entries.push(Entry {
                contig: draft.contig,
                position: draft.allele.position,
                deleted: draft.allele.deleted,
                inserted,
                existing,
                fields,
                sources: draft.sources,
            });
        }
        table
    }

    fn store(&mut self, bytes: &[u8]) -> Span {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        Span { start, end: self.text.len() }
    }

    fn bytes(&self, span: Span) -> &[u8] {
        &self.text[span.start..span.end]
    }

    /// Number of alleles.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What to show for an allele that nobody knows.
    pub(crate) fn unknown(&self) -> Hit<'_> {
        Hit { existing: b"", fields: &self.no_fields, sources: 0 }
    }

    /// Finds an allele of a contig; alleles are compared as a whole, never by complement.
    pub(crate) fn find(&self, contig: usize, allele: &Normalised) -> Option<Hit<'_>> {
        let key = |entry: &Entry| (entry.contig, entry.position, entry.deleted);
        let wanted = (contig, allele.position, allele.deleted);
        let index = self
            .entries
            .binary_search_by(|entry| {
                key(entry).cmp(&wanted).then_with(|| self.bytes(entry.inserted).cmp(&allele.inserted))
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
        Draft { contig, allele, names: vec![name.into()], fields: vec!["0.5".into(), name.into()], sources: 1 }
    }

    #[test]
    fn an_allele_is_found_by_place_and_both_alleles_only() {
        let table = AlleleTable::new(
            vec![
                draft(1, allele(73, 1, "G"), "a"),
                draft(0, allele(73, 1, "G"), "b"),
                draft(0, allele(73, 1, "C"), "c"),
                draft(0, allele(73, 0, "G"), "d"),
            ],
            2,
        );
        assert_eq!(table.find(0, &allele(73, 1, "G")).map(|hit| hit.existing), Some(&b"b"[..]));
        assert_eq!(table.find(1, &allele(73, 1, "G")).map(|hit| hit.fields), Some(&b"0.5|a"[..]));
        assert_eq!(table.find(0, &allele(73, 0, "G")).map(|hit| hit.existing), Some(&b"d"[..]));
        // T is the complement of an A>... reading of the same place, and is nobody's.
        assert_eq!(table.find(0, &allele(73, 1, "T")), None);
        assert_eq!(table.find(0, &allele(74, 1, "G")), None);
        assert_eq!(table.find(2, &allele(73, 1, "G")), None);
        assert_eq!(table.unknown().fields, b"|");
        assert_eq!(table.len(), 4);
    }
}
