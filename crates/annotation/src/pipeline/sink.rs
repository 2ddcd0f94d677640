//! The last step: worked-on batches, in the order of the input, to the output.

use std::io::Write;

use crate::error::Misfit;
use crate::formats::parquet::file::ParquetFile;
use crate::index::build::IndexBuilder;
use crate::phased::{PhasedCounts, Phaser};
use crate::pipeline::flow::{unwritten, write};
use crate::pipeline::packer::{Packed, Packer, Packing};

/// Where batches go.
pub(crate) struct Sink<'a, W: Write + Send> {
    target: Target<W>,
    joint: Option<Joint<'a>>,
}

/// How bytes get into the output.
pub(crate) enum Target<W: Write + Send> {
    /// As they come; an index grows beside them.
    Stream(W, Option<IndexBuilder>),
    /// By columns, many rows at a time.
    Parquet(Box<ParquetFile<W>>),
}

/// What is left when all was written.
#[derive(Default)]
pub(crate) struct Sunk {
    /// What was joined, if that was asked for.
    pub(crate) phased: Option<PhasedCounts>,
    /// The index of the output, if that was asked for.
    pub(crate) index: Option<IndexBuilder>,
}

/// The step that only joint consequences need, with its memory.
struct Joint<'a> {
    phaser: Phaser<'a>,
    lines: JoinedLines<'a>,
}

/// Lines whose joint consequences are told, on their way to the output.
struct JoinedLines<'a> {
    packer: Packer<'a>,
    text: Vec<u8>,
    packed: Packed,
}

impl<'a, W: Write + Send> Sink<'a, W> {
    pub(crate) fn new(target: Target<W>) -> Self {
        Self { target, joint: None }
    }

    /// Joins what alleles of one haplotype do, before lines are packed.
    pub(crate) fn with_phaser(self, phaser: Phaser<'a>, packing: Packing<'a>) -> Self {
        let packer = Packer::new(Packing { is_put_off: false, ..packing });
        let lines = JoinedLines { packer, text: Vec::new(), packed: Packed::default() };
        Self { joint: Some(Joint { phaser, lines }), ..self }
    }

    /// Takes in what a worker made of a batch.
    pub(crate) fn take(&mut self, batch: &Packed) -> Result<(), Misfit> {
        let Some(joint) = &mut self.joint else { return self.target.take(batch) };
        joint.lines.text.clear();
        joint.phaser.take(&batch.bytes, &mut joint.lines.text);
        joint.lines.pack_into(&mut self.target)
    }

    /// Writes what still waits, and what the output must end with.
    pub(crate) fn finish(self, end: &[u8]) -> Result<Sunk, Misfit> {
        let Self { mut target, joint } = self;
        let mut phased = None;
        if let Some(Joint { phaser, mut lines }) = joint {
            lines.text.clear();
            phased = Some(phaser.finish(&mut lines.text));
            lines.pack_into(&mut target)?;
        }
        Ok(Sunk { phased, index: target.finish(end)? })
    }
}

impl JoinedLines<'_> {
    fn pack_into(&mut self, target: &mut Target<impl Write + Send>) -> Result<(), Misfit> {
        if self.text.is_empty() {
            return Ok(());
        }
        // Lines that waited for others of their haplotype have numbers that nobody knows any more.
        self.packer.pack(&mut self.text, 0, &mut self.packed)?;
        target.take(&self.packed)
    }
}

impl<W: Write + Send> Target<W> {
    fn take(&mut self, packed: &Packed) -> Result<(), Misfit> {
        match self {
            Self::Stream(output, index) => {
                write(&packed.bytes, output)?;
                if let Some(index) = index {
                    index.take(&packed.spots, packed.bytes.len());
                }
                Ok(())
            }
            Self::Parquet(file) => file.take(&packed.bytes).map_err(unwritten),
        }
    }

    fn finish(self, end: &[u8]) -> Result<Option<IndexBuilder>, Misfit> {
        match self {
            Self::Stream(mut output, index) => {
                write(end, &mut output)?;
                output.flush().map_err(unwritten)?;
                Ok(index)
            }
            Self::Parquet(file) => file.finish().map_err(unwritten).map(|()| None),
        }
    }
}
