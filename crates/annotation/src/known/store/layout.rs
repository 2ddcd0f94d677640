//! The records of `known.bin`.

use bytemuck::{Pod, Zeroable};

use crate::known::store::dictionary::{FormRecord, Shared};
use crate::reference::layout::Words;
use crate::reference::part::{Part, PartFault};

/// The alleles of one collection.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct TableRecord {
    pub(crate) first_block: u64,
    pub(crate) blocks: u64,
    pub(crate) first_column: u32,
    pub(crate) columns: u32,
}

/// A block of alleles; sorted by contig and first position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct BlockRecord {
    /// Where its bytes begin; they end where those of the next block begin.
    pub(crate) offset: u64,
    pub(crate) contig: u32,
    /// Position of its first allele.
    pub(crate) start: u32,
}

/// A column of a table: names first, then fields.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ColumnRecord {
    /// Where its texts are in the pool.
    pub(crate) pool_start: u64,
    pub(crate) pool_length: u64,
    pub(crate) first_form: u32,
    pub(crate) forms: u32,
    pub(crate) first_text: u32,
    pub(crate) texts: u32,
    /// The index of its field among those of all collections; [`NAMES`] for names.
    pub(crate) field: u32,
    pub(crate) reserved: u32,
}

/// What stands for a field in the column of names.
pub(crate) const NAMES: u32 = u32::MAX;

/// All arrays of `known.bin`, in their order: a view.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Store<'r> {
    pub(crate) bytes: &'r [u8],
    pub(crate) tables: &'r [TableRecord],
    pub(crate) blocks: &'r [BlockRecord],
    pub(crate) columns: &'r [ColumnRecord],
    pub(crate) forms: &'r [FormRecord],
    pub(crate) texts: &'r [Words],
    pub(crate) pool: &'r [u8],
}

impl<'r> Store<'r> {
    /// Finds the arrays of a mapped part.
    pub(crate) fn of(part: &'r Part) -> Result<Self, PartFault> {
        Ok(Self {
            bytes: part.array(0)?,
            tables: part.array(1)?,
            blocks: part.array(2)?,
            columns: part.array(3)?,
            forms: part.array(4)?,
            texts: part.array(5)?,
            pool: part.array(6)?,
        })
    }

    /// The blocks of a table, and one more if there is any behind them.
    pub(crate) fn blocks_of(&self, table: &TableRecord) -> &'r [BlockRecord] {
        slice(self.blocks, table.first_block, table.blocks)
    }

    pub(crate) fn columns_of(&self, table: &TableRecord) -> &'r [ColumnRecord] {
        slice(self.columns, u64::from(table.first_column), u64::from(table.columns))
    }

    pub(crate) fn shared(&self, column: &ColumnRecord) -> Shared<'r> {
        Shared {
            forms: slice(self.forms, u64::from(column.first_form), u64::from(column.forms)),
            texts: slice(self.texts, u64::from(column.first_text), u64::from(column.texts)),
            pool: slice(self.pool, column.pool_start, column.pool_length),
        }
    }

    /// Whether a collection has any allele on a contig.
    pub(crate) fn has_alleles_of(&self, source: usize, contig: usize) -> bool {
        let Some(table) = self.tables.get(source) else { return false };
        let blocks = self.blocks_of(table);
        let at = blocks.partition_point(|block| (block.contig as usize) < contig);
        blocks.get(at).is_some_and(|block| block.contig as usize == contig)
    }
}

fn slice<T>(items: &[T], first: u64, count: u64) -> &[T] {
    let bounds = usize::try_from(first).ok().zip(usize::try_from(count).ok());
    bounds.and_then(|(first, count)| items.get(first..first.checked_add(count)?)).unwrap_or_default()
}
