//! The last step: worked-on batches, in the order of the input, to the output.

use std::io::Write;

use crate::error::Misfit;
use crate::formats::heading::Layout;
use crate::phased::{PhasedCounts, Phaser};
use crate::pipeline::flow::write;
use crate::pipeline::options::Options;
use crate::pipeline::packer::Packer;
use crate::reference::Reference;

/// Where batches go.
pub(crate) struct Sink<'a, W> {
    output: W,
    joint: Option<Joint<'a>>,
}

/// The step that only joint consequences need, with its memory.
struct Joint<'a> {
    phaser: Phaser<'a>,
    packer: Packer<'a>,
    text: Vec<u8>,
    bytes: Vec<u8>,
}

impl<'a, W: Write> Sink<'a, W> {
    /// `column_line` names the samples.
    pub(crate) fn new(
        output: W,
        reference: &'a Reference,
        options: &Options,
        layout: &'a Layout,
        column_line: &[u8],
    ) -> Self {
        let joint = options.phased.then(|| Joint {
            phaser: Phaser::new(reference, options, column_line),
            packer: Packer::new(layout, options.compression),
            text: Vec::new(),
            bytes: Vec::new(),
        });
        Self { output, joint }
    }

    /// Takes in what a worker made of a batch.
    pub(crate) fn take(&mut self, batch: &[u8]) -> Result<(), Misfit> {
        let Some(joint) = &mut self.joint else { return write(batch, &mut self.output) };
        joint.text.clear();
        joint.phaser.take(batch, &mut joint.text);
        write_text(&mut joint.text, &mut joint.packer, &mut joint.bytes, &mut self.output)
    }

    /// Writes what still waits, and tells what was joined.
    pub(crate) fn finish(self) -> Result<Option<PhasedCounts>, Misfit> {
        let Self { mut output, joint } = self;
        let Some(Joint { phaser, mut packer, mut text, mut bytes }) = joint else { return Ok(None) };
        text.clear();
        let counts = phaser.finish(&mut text);
        write_text(&mut text, &mut packer, &mut bytes, &mut output)?;
        Ok(Some(counts))
    }
}

fn write_text(
    text: &mut Vec<u8>,
    packer: &mut Packer<'_>,
    bytes: &mut Vec<u8>,
    output: &mut impl Write,
) -> Result<(), Misfit> {
    if text.is_empty() {
        return Ok(());
    }
    // Lines that waited for others of their haplotype have numbers that nobody knows any more.
    packer.pack(text, 0, bytes)?;
    write(bytes, output)
}
