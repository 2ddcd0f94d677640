//! Sorting alleles that come in any order, in bounded memory.
//!
//! What comes is held back for a while, since alleles that are moved to the left may overtake those before them, and
//! goes into a table as long as it fits behind what is there. A sorted file gives one table in one pass. Where an allele
//! would have to stand before those that are written, a new table begins, and in the end all are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::path::{Path, PathBuf};

use crate::known::store::draft::Draft;
use crate::known::store::table::{Table, TableReader, TableWriter};
use crate::variant::Normalised;

/// Tables that are merged at once: each takes an open file and some memory.
const MOST_TABLES: usize = 64;

/// Takes alleles in any order, and makes one table of them.
pub(crate) struct Sorter {
    directory: PathBuf,
    columns: usize,
    /// Bytes of drafts that are held back.
    most_bytes: usize,
    held: Vec<Draft>,
    held_bytes: usize,
    open: Option<TableWriter>,
    /// The last allele that was written to the open table.
    last: Option<(u32, Normalised)>,
    tables: Vec<Table>,
}

impl Sorter {
    /// A sorter of drafts with so many columns, which makes its files in `directory`.
    pub(crate) fn new(directory: &Path, columns: usize, most_bytes: usize) -> Self {
        Self {
            directory: directory.to_owned(),
            columns,
            most_bytes,
            held: Vec::new(),
            held_bytes: 0,
            open: None,
            last: None,
            tables: Vec::new(),
        }
    }

    /// Takes a draft.
    pub(crate) fn push(&mut self, draft: Draft) -> io::Result<()> {
        self.held_bytes += draft.size();
        self.held.push(draft);
        if self.held_bytes >= self.most_bytes { self.write(self.held.len().div_ceil(2)) } else { Ok(()) }
    }

    /// Writes so many of the drafts that are held, the first ones.
    fn write(&mut self, count: usize) -> io::Result<()> {
        // Stable: the records of one allele stay in the order in which they came.
        self.held.sort_by(Draft::order);
        let goes_back = match (&self.last, self.held.first()) {
            (Some(last), Some(first)) => (first.contig, &first.allele) < (last.0, &last.1),
            _ => false,
        };
        if goes_back {
            self.close()?;
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => TableWriter::create(&self.directory, self.columns)?,
        };
        if let Some(last) = count.checked_sub(1).and_then(|last| self.held.get(last)) {
            self.last = Some((last.contig, last.allele.clone()));
        }
        for draft in self.held.drain(..count) {
            self.held_bytes -= draft.size();
            open.push(draft)?;
        }
        self.open = Some(open);
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        self.tables.extend(self.open.take().map(TableWriter::finish).transpose()?);
        self.last = None;
        if self.tables.len() == MOST_TABLES {
            let merged = merge(std::mem::take(&mut self.tables), &self.directory, self.columns)?;
            self.tables.push(merged);
        }
        Ok(())
    }

    /// All alleles, sorted, each once.
    pub(crate) fn finish(mut self) -> io::Result<Table> {
        self.write(self.held.len())?;
        self.close()?;
        let mut tables = self.tables;
        match tables.pop() {
            Some(only) if tables.is_empty() => Ok(only),
            last => merge(tables.into_iter().chain(last).collect(), &self.directory, self.columns),
        }
    }
}

/// Merges tables; of one allele what an earlier table says comes first.
fn merge(tables: Vec<Table>, directory: &Path, columns: usize) -> io::Result<Table> {
    let mut out = TableWriter::create(directory, columns)?;
    let mut readers = tables.into_iter().map(Table::read).collect::<io::Result<Vec<TableReader>>>()?;
    let mut heads = BinaryHeap::new();
    for (number, reader) in readers.iter_mut().enumerate() {
        out.note_joined(reader.joined());
        heads.extend(reader.next()?.map(|draft| Reverse(Head { draft, number })));
    }
    while let Some(Reverse(Head { draft, number })) = heads.pop() {
        heads.extend(readers[number].next()?.map(|draft| Reverse(Head { draft, number })));
        out.push(draft)?;
    }
    out.finish()
}

/// The next allele of a table.
#[derive(PartialEq, Eq)]
struct Head {
    draft: Draft,
    number: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.draft.order(&other.draft).then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(drafts: &[Draft], most_bytes: usize) -> (Vec<Draft>, u64) {
        let directory = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(directory.path(), 2, most_bytes);
        for draft in drafts {
            sorter.push(draft.clone()).unwrap();
        }
        let table = sorter.finish().unwrap();
        let alleles = table.alleles;
        let mut reader = table.read().unwrap();
        (std::iter::from_fn(|| reader.next().unwrap()).collect(), alleles)
    }

    /// The same in memory.
    fn expected(drafts: &[Draft]) -> Vec<Draft> {
        let mut all: Vec<Draft> = Vec::new();
        for draft in drafts {
            match all.iter_mut().find(|known| known.order(draft).is_eq()) {
                Some(known) => known.join(draft, &mut [false; 2]),
                None => all.push(draft.clone()),
            }
        }
        all.sort_by(Draft::order);
        all
    }

    fn drafts() -> impl Strategy<Value = Vec<Draft>> {
        let draft = (0_u32..3, 1_u64..40, 0_u64..2, "[ACGT]{1,2}", "rs[1-4]|", "[xy]?");
        let draft = draft.prop_map(|(contig, position, deleted, inserted, name, value)| {
            Draft::new(
                contig,
                Normalised { position, deleted, inserted: inserted.into_bytes() },
                &[name, value],
            )
        });
        prop::collection::vec(draft, 0..200)
    }

    proptest! {
        /// Whatever the order and the memory, each allele is there once, with all that its records say in their order.
        #[test]
        fn any_order_gives_one_sorted_table(drafts in drafts(), most_bytes in 1_usize..20_000) {
            let (found, alleles) = sorted(&drafts, most_bytes);
            prop_assert_eq!(alleles, found.len() as u64);
            prop_assert_eq!(found, expected(&drafts));
        }
    }

    #[test]
    fn more_tables_than_are_merged_at_once_are_merged_by_turns() {
        let allele = |position| Normalised { position, deleted: 1, inserted: b"A".to_vec() };
        let backwards: Vec<Draft> = (1..=300)
            .rev()
            .map(|position| Draft::new(0, allele(position), &[format!("rs{position}"), String::new()]))
            .collect();
        assert_eq!(sorted(&backwards, 1).0, expected(&backwards));
    }
}
