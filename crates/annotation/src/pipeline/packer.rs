//! From annotated lines to the bytes of the output: in its format, and packed.

use crate::error::Misfit;
use crate::formats::Renderer;
use crate::formats::heading::Layout;
use crate::index::spots::Spots;
use crate::pipeline::flow::unwritten;
use crate::vcf::write::{Block, Compression};

/// Memory that is kept for the next batch.
const KEPT_BYTES: usize = 8 << 20;

/// What is done with annotated lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packing<'l> {
    pub(crate) layout: &'l Layout,
    pub(crate) compression: Compression,
    /// Whether places of records are noted, for an index.
    pub(crate) is_indexed: bool,
    /// Whether the lines stay as they are, since something is still to be done with them.
    pub(crate) is_put_off: bool,
}

/// The bytes of some lines.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    pub(crate) bytes: Vec<u8>,
    /// Where records are among them, if that is asked for.
    pub(crate) spots: Spots,
}

/// Renders and packs batches; one for each thread.
#[derive(Debug)]
pub(crate) struct Packer<'l> {
    renderer: Option<Renderer<'l>>,
    compression: Compression,
    is_indexed: bool,
    rendered: Vec<u8>,
    blocks: Vec<Block>,
}

impl<'l> Packer<'l> {
    pub(crate) fn new(packing: Packing<'l>) -> Self {
        let Packing { layout, compression, is_indexed, is_put_off } = packing;
        Self {
            renderer: if is_put_off { None } else { Renderer::new(layout) },
            compression: if is_put_off { Compression::Plain } else { compression },
            is_indexed: is_indexed && !is_put_off,
            rendered: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Makes `packed` of whole lines, the first of which has this number. `text` is left with bytes of no meaning.
    pub(crate) fn pack(
        &mut self,
        text: &mut Vec<u8>,
        first_line: u64,
        packed: &mut Packed,
    ) -> Result<(), Misfit> {
        packed.spots.clear();
        if let Some(renderer) = &mut self.renderer {
            self.rendered.clear();
            self.rendered.shrink_to(KEPT_BYTES);
            renderer.render(text, first_line, &mut self.rendered)?;
            std::mem::swap(text, &mut self.rendered);
        }
        if self.compression == Compression::Plain {
            std::mem::swap(text, &mut packed.bytes);
            return Ok(());
        }
        self.compression.pack(text, &mut packed.bytes, &mut self.blocks).map_err(unwritten)?;
        if self.is_indexed {
            packed.spots.note(text, &self.blocks, packed.bytes.len());
        }
        Ok(())
    }
}
