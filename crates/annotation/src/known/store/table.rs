//! Writing the sorted alleles of a collection as blocks, and reading them back one after another.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::known::store::bits::Scan;
use crate::known::store::column::{self, Column};
use crate::known::store::dictionary::Dictionary;
use crate::known::store::draft::Draft;
use crate::known::store::keys::{self, BLOCK, Keys};
use crate::known::store::layout::BlockRecord;

/// Bytes that are read or written at once.
const BUFFER_BYTES: usize = 256 << 10;

/// A table that is being written to a file without a name, which goes when it is closed.
pub(crate) struct TableWriter {
    file: BufWriter<File>,
    table: Table,
    pending: Vec<Draft>,
    bytes: Vec<u8>,
}

/// Sorted blocks in a file, and what is kept in memory of them: 16 bytes for each block, and what they share.
pub(crate) struct Table {
    file: File,
    /// Bytes of all blocks.
    pub(crate) bytes: u64,
    /// Alleles, each once.
    pub(crate) alleles: u64,
    pub(crate) blocks: Vec<BlockRecord>,
    /// One for each column.
    pub(crate) dictionaries: Vec<Dictionary>,
    /// The columns in which an allele has values of several records.
    pub(crate) joined: Vec<bool>,
}

impl TableWriter {
    /// Begins a table of so many columns.
    pub(crate) fn create(directory: &Path, columns: usize) -> io::Result<Self> {
        let file = tempfile::tempfile_in(directory)?;
        let table = Table {
            file: file.try_clone()?,
            bytes: 0,
            alleles: 0,
            blocks: Vec::new(),
            dictionaries: (0..columns).map(|_| Dictionary::default()).collect(),
            joined: vec![false; columns],
        };
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(Self { file, table, pending: Vec::new(), bytes: Vec::new() })
    }

    /// Adds an allele that does not come before the last one; one that is the same is joined with it.
    pub(crate) fn push(&mut self, draft: Draft) -> io::Result<()> {
        if let Some(last) = self.pending.last_mut() {
            if last.order(&draft).is_eq() {
                last.join(&draft, &mut self.table.joined);
                return Ok(());
            }
            if self.pending.len() == BLOCK || self.pending[0].contig != draft.contig {
                self.write_block()?;
            }
        }
        self.pending.push(draft);
        Ok(())
    }

    fn write_block(&mut self) -> io::Result<()> {
        let Some(first) = self.pending.first() else { return Ok(()) };
        let position = first.allele.position;
        let start = u32::try_from(position).map_err(|_| io::Error::other("an allele beyond 4 Gb"))?;
        self.table.blocks.push(BlockRecord { offset: self.table.bytes, contig: first.contig, start });
        self.bytes.clear();
        keys::write(position, self.pending.iter().map(|draft| &draft.allele), &mut self.bytes);
        let mut columns: Vec<Vec<&[u8]>> = vec![Vec::with_capacity(BLOCK); self.table.dictionaries.len()];
        for draft in &self.pending {
            columns.iter_mut().zip(draft.values()).for_each(|(column, value)| column.push(value));
        }
        for (values, dictionary) in columns.iter().zip(&mut self.table.dictionaries) {
            column::write(values, dictionary, &mut self.bytes);
        }
        self.file.write_all(&self.bytes)?;
        self.table.bytes += self.bytes.len() as u64;
        self.table.alleles += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// Takes over which columns have values of several records, from a table whose alleles will come.
    pub(crate) fn note_joined(&mut self, joined: &[bool]) {
        self.table.joined.iter_mut().zip(joined).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Ends the table.
    pub(crate) fn finish(mut self) -> io::Result<Table> {
        self.write_block()?;
        self.file.flush()?;
        Ok(self.table)
    }
}

impl Table {
    /// Appends the bytes of all blocks to `out`, piece by piece.
    pub(crate) fn copy(&self, mut out: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        let mut rest = file.take(self.bytes);
        let mut piece = vec![0; BUFFER_BYTES];
        loop {
            let read = rest.read(&mut piece)?;
            if read == 0 {
                return Ok(());
            }
            out(&piece[..read])?;
        }
    }

    /// Reads the alleles in their order.
    pub(crate) fn read(self) -> io::Result<TableReader> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        let columns = self.dictionaries.iter().map(|_| Column::default()).collect();
        let file = BufReader::with_capacity(BUFFER_BYTES, file);
        Ok(TableReader {
            file,
            table: self,
            block: 0,
            index: 0,
            bytes: Vec::new(),
            keys: Keys::default(),
            columns,
        })
    }
}

/// Reads a table from its beginning.
pub(crate) struct TableReader {
    file: BufReader<File>,
    table: Table,
    /// The block after the one at hand.
    block: usize,
    /// The next allele of the block at hand.
    index: usize,
    bytes: Vec<u8>,
    keys: Keys,
    columns: Vec<Column>,
}

impl TableReader {
    /// The columns in which an allele has values of several records.
    pub(crate) fn joined(&self) -> &[bool] {
        &self.table.joined
    }

    /// The next allele; nothing at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Draft>> {
        if self.index == self.keys.count && !self.read_block()? {
            return Ok(None);
        }
        let allele = self.keys.allele(&self.bytes, self.index);
        let columns = self.columns.iter().zip(&self.table.dictionaries);
        let values: Vec<Vec<u8>> = columns
            .map(|(column, dictionary)| {
                let mut value = Vec::new();
                column.append(&self.bytes, self.index, dictionary.shared(), &mut value);
                value
            })
            .collect();
        self.index += 1;
        let contig = self.table.blocks[self.block - 1].contig;
        Ok(Some(Draft::new(contig, allele, &values)))
    }

    fn read_block(&mut self) -> io::Result<bool> {
        let Some(record) = self.table.blocks.get(self.block) else { return Ok(false) };
        let end = self.table.blocks.get(self.block + 1).map_or(self.table.bytes, |next| next.offset);
        self.bytes.resize(usize::try_from(end - record.offset).map_err(io::Error::other)?, 0);
        self.file.read_exact(&mut self.bytes)?;
        let mut scan = Scan::new(&self.bytes, 0);
        self.keys.read(&mut scan, u64::from(record.start));
        for column in &mut self.columns {
            column.read(&mut scan, self.keys.count);
        }
        self.block += 1;
        self.index = 0;
        Ok(true)
    }
}
