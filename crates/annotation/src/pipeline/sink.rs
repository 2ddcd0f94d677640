//! The last step: worked-on batches, in the order of the input, to the output.

use std::io::Write;

use crate::error::Misfit;
use crate::phased::{PhasedCounts, Phaser};
use crate::pipeline::flow::{unwritten, write};
use crate::pipeline::options::Options;
use crate::reference::Reference;
use crate::vcf::write::Compression;

/// How workers leave their text: packed, or as it is when joint consequences are still to be added.
pub(crate) fn workers_compression(options: &Options) -> Compression {
    if options.phased { Compression::Plain } else { options.compression }
}

/// Where batches go.
pub(crate) struct Sink<'a, W> {
    output: W,
    joint: Option<Joint<'a>>,
}

/// The step that only joint consequences need, with its memory.
struct Joint<'a> {
    phaser: Phaser<'a>,
    compression: Compression,
    text: Vec<u8>,
    packed: Vec<u8>,
}

impl<'a, W: Write> Sink<'a, W> {
    /// `column_line` names the samples.
    pub(crate) fn new(output: W, reference: &'a Reference, options: &Options, column_line: &[u8]) -> Self {
        let joint = options.phased.then(|| Joint {
            phaser: Phaser::new(reference, options, column_line),
            compression: options.compression,
            text: Vec::new(),
            packed: Vec::new(),
        });
        Self { output, joint }
    }

    /// Takes in what a worker made of a batch.
    pub(crate) fn take(&mut self, batch: &[u8]) -> Result<(), Misfit> {
        let Some(joint) = &mut self.joint else { return write(batch, &mut self.output) };
        joint.text.clear();
        joint.phaser.take(batch, &mut joint.text);
        joint.write(&mut self.output)
    }

    /// Writes what still waits, and tells what was joined.
    pub(crate) fn finish(mut self) -> Result<Option<PhasedCounts>, Misfit> {
        let Some(mut joint) = self.joint else { return Ok(None) };
        joint.text.clear();
        let counts = joint.phaser.finish(&mut joint.text);
        joint.compression.pack(&joint.text, &mut joint.packed).map_err(unwritten)?;
        write(&joint.packed, &mut self.output)?;
        Ok(Some(counts))
    }
}

impl Joint<'_> {
    fn write(&mut self, output: &mut impl Write) -> Result<(), Misfit> {
        if self.text.is_empty() {
            return Ok(());
        }
        self.compression.pack(&self.text, &mut self.packed).map_err(unwritten)?;
        write(&self.packed, output)
    }
}
