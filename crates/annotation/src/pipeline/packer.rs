//! From annotated lines to the bytes of the output: in its format, and packed.

use crate::error::Misfit;
use crate::formats::Renderer;
use crate::formats::heading::Layout;
use crate::pipeline::flow::unwritten;
use crate::pipeline::options::Options;
use crate::vcf::write::Compression;

/// Memory that is kept for the next batch.
const KEPT_BYTES: usize = 8 << 20;

/// Renders and packs batches; one for each thread.
#[derive(Debug)]
pub(crate) struct Packer<'l> {
    renderer: Option<Renderer<'l>>,
    compression: Compression,
    rendered: Vec<u8>,
}

impl<'l> Packer<'l> {
    pub(crate) fn new(layout: &'l Layout, compression: Compression) -> Self {
        Self { renderer: Renderer::new(layout), compression, rendered: Vec::new() }
    }

    /// What workers do: nothing when joint consequences are still to be added to their lines.
    pub(crate) fn of_workers(options: &Options, layout: &'l Layout) -> Self {
        if options.phased {
            Self { renderer: None, compression: Compression::Plain, rendered: Vec::new() }
        } else {
            Self::new(layout, options.compression)
        }
    }

    /// Makes `packed` of whole lines, the first of which has this number. `text` is left with bytes of no meaning.
    pub(crate) fn pack(
        &mut self,
        text: &mut Vec<u8>,
        first_line: u64,
        packed: &mut Vec<u8>,
    ) -> Result<(), Misfit> {
        if let Some(renderer) = &mut self.renderer {
            self.rendered.clear();
            self.rendered.shrink_to(KEPT_BYTES);
            renderer.render(text, first_line, &mut self.rendered)?;
            std::mem::swap(text, &mut self.rendered);
        }
        match self.compression {
            Compression::Plain => std::mem::swap(text, packed),
            Compression::Bgzf => self.compression.pack(text, packed).map_err(unwritten)?,
        }
        Ok(())
    }
}
