//! Writing `known.bin`: the tables of all collections, one behind the other.

use std::io;
use std::path::Path;

use crate::known::store::dictionary::{Dictionary, FormRecord};
use crate::known::store::layout::{BlockRecord, ColumnRecord, TableRecord};
use crate::known::store::table::Table;
use crate::reference::layout::Words;
use crate::reference::part::{BuildId, PartWriter};

/// Behind the last block, so that numbers of eight bytes can be read anywhere.
const PADDING: [u8; 8] = [0; 8];

/// A store that is being written.
pub(crate) struct StoreWriter {
    part: PartWriter,
    /// Bytes of the blocks so far.
    bytes: u64,
    tables: Vec<TableRecord>,
    blocks: Vec<BlockRecord>,
    columns: Vec<ColumnRecord>,
    forms: Vec<FormRecord>,
    texts: Vec<Words>,
    pool: Vec<u8>,
}

impl StoreWriter {
    pub(crate) fn create(path: &Path, build: BuildId) -> io::Result<Self> {
        let mut part = PartWriter::create(path, build)?;
        part.begin_array()?;
        Ok(Self {
            part,
            bytes: 0,
            tables: Vec::new(),
            blocks: Vec::new(),
            columns: Vec::new(),
            forms: Vec::new(),
            texts: Vec::new(),
            pool: Vec::new(),
        })
    }

    /// Adds a table, whose columns are these fields. Returns how many bytes it takes, the directory included.
    pub(crate) fn add(&mut self, table: &Table, fields: &[u32]) -> io::Result<u64> {
        table.copy(|bytes| self.part.extend_array(bytes))?;
        let small = self.small_bytes();
        let number = |count: usize| u32::try_from(count).map_err(io::Error::other);
        self.tables.push(TableRecord {
            first_block: self.blocks.len() as u64,
            blocks: table.blocks.len() as u64,
            first_column: number(self.columns.len())?,
            columns: number(fields.len())?,
        });
        let before = self.bytes;
        self.blocks
            .extend(table.blocks.iter().map(|block| BlockRecord { offset: before + block.offset, ..*block }));
        for (field, dictionary) in fields.iter().zip(&table.dictionaries) {
            self.add_column(*field, dictionary)?;
        }
        self.bytes += table.bytes;
        Ok(table.bytes + (self.small_bytes() - small) as u64)
    }

    fn add_column(&mut self, field: u32, dictionary: &Dictionary) -> io::Result<()> {
        let number = |count: usize| u32::try_from(count).map_err(io::Error::other);
        self.columns.push(ColumnRecord {
            pool_start: self.pool.len() as u64,
            pool_length: dictionary.pool.len() as u64,
            first_form: number(self.forms.len())?,
            forms: number(dictionary.forms.len())?,
            first_text: number(self.texts.len())?,
            texts: number(dictionary.texts.len())?,
            field,
            reserved: 0,
        });
        self.forms.extend(&dictionary.forms);
        self.texts.extend(&dictionary.texts);
        self.pool.extend_from_slice(&dictionary.pool);
        Ok(())
    }

    /// Bytes of all that is not blocks.
    fn small_bytes(&self) -> usize {
        size_of_val(&self.tables[..])
            + size_of_val(&self.blocks[..])
            + size_of_val(&self.columns[..])
            + size_of_val(&self.forms[..])
            + size_of_val(&self.texts[..])
            + self.pool.len()
    }

    /// Writes the directory and makes the part durable.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.part.extend_array(&PADDING)?;
        // Where the last block ends.
        self.blocks.push(BlockRecord { offset: self.bytes, contig: u32::MAX, start: u32::MAX });
        self.part.array(&self.tables)?;
        self.part.array(&self.blocks)?;
        self.part.array(&self.columns)?;
        self.part.array(&self.forms)?;
        self.part.array(&self.texts)?;
        self.part.array(&self.pool)?;
        self.part.finish()
    }
}
