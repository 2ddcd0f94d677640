//! What an output begins with, before its first record.

use std::io::Write;

use crate::error::Misfit;
use crate::formats::Format;
use crate::formats::bcf::dictionary::Dictionary;
use crate::formats::heading::{Heading, Layout};
use crate::formats::parquet::file::ParquetFile;
use crate::index::build::IndexBuilder;
use crate::pipeline::flow::{unwritten, write};
use crate::pipeline::sink::Target;
use crate::vcf::write::Compression;

/// The beginning of an output, made of an annotated header part by part.
pub(crate) struct Opening {
    format: Format,
    compression: Compression,
    heading: Heading,
    packed: Vec<u8>,
    /// Bytes written until now.
    written: usize,
}

impl Opening {
    pub(crate) fn new(format: Format, compression: Compression) -> Self {
        Self { format, compression, heading: Heading::new(format), packed: Vec::new(), written: 0 }
    }

    /// Takes in some whole lines of the header; writes them at once if they are what the output has.
    pub(crate) fn read(&mut self, header: &[u8], output: &mut impl Write) -> Result<(), Misfit> {
        self.heading.read(header)?;
        if self.format == Format::Vcf { self.write(header, output) } else { Ok(()) }
    }

    fn write(&mut self, text: &[u8], output: &mut impl Write) -> Result<(), Misfit> {
        self.compression.pack(text, &mut self.packed, &mut Vec::new()).map_err(unwritten)?;
        self.written += self.packed.len();
        write(&self.packed, output)
    }

    /// Adds what some records or a reference have and the header lacks, where the format needs it.
    pub(crate) fn complete(&mut self, complete: impl FnOnce(&mut Dictionary)) {
        self.heading.complete(complete);
    }

    /// Writes what is left of the beginning. The index, if there is one, goes on behind it.
    pub(crate) fn finish<W: Write + Send>(
        mut self,
        mut output: W,
        threads: usize,
        mut index: Option<IndexBuilder>,
    ) -> Result<(Layout, Target<W>), Misfit> {
        let layout = std::mem::take(&mut self.heading).finish()?;
        if self.format == Format::Parquet {
            let file = ParquetFile::new(output, &layout, threads).map_err(unwritten)?;
            return Ok((layout, Target::Parquet(Box::new(file))));
        }
        self.write(&layout.opening(), &mut output)?;
        if let Some(index) = &mut index {
            index.skip(self.written);
        }
        Ok((layout, Target::Stream(output, index)))
    }
}
