//! Looking alleles up: for each collection a cursor that stays in the block where the last allele was sought.

use std::ops::Range;

use crate::contig::{Contig, is_mitochondrial_name};
use crate::known::name::append_name;
use crate::known::store::bits::Scan;
use crate::known::store::column::Column;
use crate::known::store::dictionary::Shared;
use crate::known::store::keys::Keys;
use crate::known::store::layout::{BlockRecord, NAMES, Store};
use crate::variant::Normalised;

/// Everything that all collections together say of one allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit<'a> {
    /// Names joined with `&`, as `Existing_variation` shows them.
    pub(crate) existing: &'a [u8],
    /// Values of the extra CSQ fields, joined with `|`.
    pub(crate) fields: &'a [u8],
    /// Which collections know it: bit `n` for the one of index `n`.
    pub(crate) sources: u64,
}

/// The alleles of one collection.
struct Cursor<'r> {
    store: Store<'r>,
    blocks: &'r [BlockRecord],
    /// Index of the first block among those of all collections.
    first_block: usize,
    shared: Vec<Shared<'r>>,
    /// The block at hand.
    block: usize,
    bytes: &'r [u8],
    keys: Keys,
    /// Where its columns begin, and whether they were read.
    columns_at: usize,
    columns_are_read: bool,
    columns: Vec<Column>,
    /// Index of the allele that was found.
    found: Option<usize>,
}

/// No block is at hand.
const NONE: usize = usize::MAX;

impl Cursor<'_> {
    /// The block in which an allele would be, or the first one of several.
    fn seek(&self, contig: u32, position: u64) -> usize {
        let place = |block: &BlockRecord| (block.contig, u64::from(block.start));
        let holds = |index: usize| {
            self.blocks
                .get(index)
                .is_some_and(|block| block.contig == contig && u64::from(block.start) < position)
                && self.blocks.get(index + 1).is_none_or(|next| place(next) >= (contig, position))
        };
        if self.block != NONE {
            // Sorted input stays in a block or goes to the next.
            if holds(self.block) {
                return self.block;
            }
            if holds(self.block + 1) {
                return self.block + 1;
            }
        }
        let after = self.blocks.partition_point(|block| place(block) < (contig, position));
        match after.checked_sub(1).filter(|before| self.blocks[*before].contig == contig) {
            Some(before) => before,
            None => after,
        }
    }

    /// Seeks an allele; its values can be read then.
    fn find(&mut self, contig: u32, allele: &Normalised) -> bool {
        let mut block = self.seek(contig, allele.position);
        loop {
            let record = self.blocks.get(block);
            let Some(record) =
                record.filter(|it| it.contig == contig && u64::from(it.start) <= allele.position)
            else {
                self.found = None;
                return false;
            };
            if self.block != block {
                self.load(block, *record);
            }
            self.found = self.keys.find(self.bytes, allele);
            if self.found.is_some() {
                return true;
            }
            // The alleles of one position may go on in the next block.
            block += 1;
        }
    }

    fn load(&mut self, block: usize, record: BlockRecord) {
        let begin = usize::try_from(record.offset).unwrap_or(usize::MAX);
        let next = self.store.blocks.get(self.first_block + block + 1);
        let end = next.map_or(begin, |next| usize::try_from(next.offset).unwrap_or(usize::MAX));
        // Numbers are read eight bytes at a time.
        let end = end.saturating_add(8).min(self.store.bytes.len());
        self.bytes = self.store.bytes.get(begin..end).unwrap_or_default();
        let mut scan = Scan::new(self.bytes, 0);
        self.keys.read(&mut scan, u64::from(record.start));
        self.columns_at = scan.position;
        self.columns_are_read = false;
        self.block = block;
    }

    /// Appends a value of the allele that was found.
    fn append(&mut self, column: usize, out: &mut Vec<u8>) {
        let Some(found) = self.found else { return };
        if !self.columns_are_read {
            let mut scan = Scan::new(self.bytes, self.columns_at);
            self.columns.iter_mut().for_each(|column| column.read(&mut scan, self.keys.count));
            self.columns_are_read = true;
        }
        if let (Some(column), Some(shared)) = (self.columns.get(column), self.shared.get(column)) {
            column.append(self.bytes, found, *shared, out);
        }
    }
}

/// A column that fills a field.
#[derive(Clone, Copy, Debug)]
struct Filler {
    collection: usize,
    column: usize,
}

/// All collections of a reference, for one thread.
pub(crate) struct Lookup<'r> {
    ids: &'r [String],
    cursors: Vec<Cursor<'r>>,
    /// For each field the columns that fill it.
    fields: Vec<Vec<Filler>>,
    /// A value at hand, and names.
    value: Vec<u8>,
    names: Vec<u8>,
}

/// Where in a text what is known of an allele stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) existing: Range<usize>,
    pub(crate) fields: Range<usize>,
    pub(crate) sources: u64,
}

impl<'r> Lookup<'r> {
    /// `ids` are those of the collections, in the order of their tables; `fields` the number of all fields.
    pub(crate) fn new(store: Store<'r>, ids: &'r [String], fields: usize) -> Self {
        let mut fillers = vec![Vec::new(); fields];
        let mut cursors = Vec::new();
        for (collection, table) in store.tables.iter().enumerate() {
            let columns = store.columns_of(table);
            for (column, record) in columns.iter().enumerate().filter(|(_, record)| record.field != NAMES) {
                if let Some(fillers) = fillers.get_mut(record.field as usize) {
                    fillers.push(Filler { collection, column });
                }
            }
            cursors.push(Cursor {
                store,
                blocks: store.blocks_of(table),
                first_block: usize::try_from(table.first_block).unwrap_or(usize::MAX / 2),
                shared: columns.iter().map(|column| store.shared(column)).collect(),
                block: NONE,
                bytes: &[],
                keys: Keys::default(),
                columns_at: 0,
                columns_are_read: false,
                columns: columns.iter().map(|_| Column::default()).collect(),
                found: None,
            });
        }
        Self { ids, cursors, fields: fillers, value: Vec::new(), names: Vec::new() }
    }

    /// Whether there is no collection.
    pub(crate) fn is_empty(&self) -> bool {
        self.cursors.is_empty()
    }

    /// Seeks an allele, and appends to `text` what is known of it. Alleles are compared as a whole, never by complement.
    pub(crate) fn find(
        &mut self,
        index: usize,
        contig: &Contig<'_>,
        allele: &Normalised,
        text: &mut Vec<u8>,
    ) -> Option<Found> {
        let number = u32::try_from(index).ok()?;
        let mut sources = 0;
        for (bit, cursor) in self.cursors.iter_mut().enumerate() {
            sources |= u64::from(cursor.find(number, allele)) << bit;
        }
        if sources == 0 {
            return None;
        }
        let begin = text.len();
        self.append_names(contig, allele, text);
        let middle = text.len();
        self.append_fields(text);
        Some(Found { existing: begin..middle, fields: middle..text.len(), sources })
    }

    fn append_names(&mut self, contig: &Contig<'_>, allele: &Normalised, text: &mut Vec<u8>) {
        self.names.clear();
        for (cursor, id) in self.cursors.iter_mut().zip(self.ids).filter(|(cursor, _)| cursor.found.is_some())
        {
            self.value.clear();
            cursor.append(0, &mut self.value);
            if self.value.is_empty() {
                self.value.extend_from_slice(id.as_bytes());
                self.value.push(b':');
                let prefix = if is_mitochondrial_name(contig.name) { b'm' } else { b'g' };
                append_name(prefix, allele, contig.sequence, &mut self.value);
            }
            if !self.names.is_empty() {
                self.names.push(b'&');
            }
            self.names.extend_from_slice(&self.value);
        }
        append_in_order(&self.names, text);
    }

    fn append_fields(&mut self, text: &mut Vec<u8>) {
        for (number, fillers) in self.fields.iter().enumerate() {
            if number > 0 {
                text.push(b'|');
            }
            if let [only] = fillers[..] {
                self.cursors[only.collection].append(only.column, text);
                continue;
            }
            let begin = text.len();
            for filler in fillers {
                self.value.clear();
                self.cursors[filler.collection].append(filler.column, &mut self.value);
                append_distinct(&self.value, begin, text);
            }
        }
    }
}

/// Appends a name or value behind those that begin at `begin`, unless it is among them.
fn append_distinct(value: &[u8], begin: usize, text: &mut Vec<u8>) {
    let is_known = text[begin..].split(|byte| *byte == b'&').any(|known| known == value);
    if value.is_empty() || is_known {
        return;
    }
    if text.len() > begin {
        text.push(b'&');
    }
    text.extend_from_slice(value);
}

/// Appends names in Ensembl VEP's order: those of dbSNP, HGMD and COSMIC by their first letters, then all others
/// (`OutputFactory.pm`, `add_colocated_variant_info`); those of one rank in the order of the collections.
fn append_in_order(names: &[u8], text: &mut Vec<u8>) {
    const OTHERS: u8 = 3;
    if !names.contains(&b'&') {
        return text.extend_from_slice(names);
    }
    let begin = text.len();
    for rank in 0..=OTHERS {
        for name in names.split(|byte| *byte == b'&').filter(|name| rank_of(name) == rank) {
            append_distinct(name, begin, text);
        }
    }
}

fn rank_of(name: &[u8]) -> u8 {
    match name.first_chunk::<2>().map(|[first, second]| [first | 0x20, second | 0x20]) {
        Some([b'r', b's']) => 0,
        Some([b'c', b'm' | b'i' | b'd']) => 1,
        Some([b'c', b'o']) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("rs1", "rs1")]
    #[case("COSV2&12345&rs1&CM9", "rs1&CM9&COSV2&12345")]
    #[case("rs2&rs1&rs2", "rs2&rs1")]
    #[case("", "")]
    fn names_stand_in_the_order_of_vep(#[case] names: &str, #[case] expected: &str) {
        let mut text = b"before".to_vec();
        append_in_order(names.as_bytes(), &mut text);
        assert_eq!(String::from_utf8(text).unwrap(), format!("before{expected}"));
    }
}
