//! Converting an annotated file into another format.

use std::io::{Read, Write};

use crate::error::{Error, Misfit, Place};
use crate::formats::Format;
use crate::index::build::IndexBuilder;
use crate::index::{Index, IndexKind, NoIndex};
use crate::pipeline::beginning::read_header;
use crate::pipeline::flow::Flow;
use crate::pipeline::options::Progress;
use crate::pipeline::output::Opening;
use crate::pipeline::packer::Packing;
use crate::pipeline::sink::Sink;
use crate::pipeline::task::{Task, Work};
use crate::pipeline::worker::Edges;
use crate::pipeline::{BATCH_BYTES, finish_index};
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::line::{cut_ending, read};
use crate::vcf::open::{Input, Limits};
use crate::vcf::write::Compression;

/// How to convert a file.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// What the output is.
    pub format: Format,
    /// How the output is packed.
    pub compression: Compression,
    /// Which index to make.
    pub index: Option<IndexKind>,
    /// Worker threads; 0 for one per processor.
    pub threads: usize,
    /// What an input may cost.
    pub limits: Limits,
}

/// What a conversion did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Records of the input, all of which are in the output.
    pub records: u64,
    /// The index, or why there is none.
    pub index: Result<Index, NoIndex>,
}

/// Writes a VCF or BCF with `CSQ`, of this engine or of Ensembl VEP, in another format. Its records are taken as they are.
///
/// # Errors
/// An input that is no VCF or whose header does not say what the fields of `CSQ` are, that cannot be read or goes beyond
/// a limit, or an output that cannot be written. What was written until then is no whole file.
pub fn convert(
    input: impl Read + Send,
    input_name: &str,
    mut output: impl Write + Send,
    conversion: &Conversion,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Converted, Error> {
    let Conversion { format, compression, index, threads, limits } = conversion;
    let in_file = |misfit: Misfit| misfit.in_file(input_name);
    let input =
        Input::open(input, limits).map_err(|fault| in_file(Misfit { place: Place::default(), fault }))?;
    let mut source = Batches::new(input, BATCH_BYTES, limits.max_line_bytes);
    let mut opening = Opening::new(*format, *compression);
    let beginning = read_header(&mut source, |header| opening.read(header, &mut output)).map_err(in_file)?;
    opening.complete(|dictionary| dictionary.declare_names_of(&beginning.rest.bytes));
    let builder = index.map(|kind| IndexBuilder::new(kind, beginning.header.longest_contig()));
    let (layout, target) = opening.finish(output, *threads, builder).map_err(in_file)?;
    let packing = Packing {
        layout: &layout,
        compression: *compression,
        is_indexed: index.is_some(),
        is_put_off: false,
    };
    let task = Copying { columns: beginning.columns };
    let flow = Flow { task: &task, threads: *threads, packing, end: compression.end(), progress };
    let outcome = flow.run(source, beginning.rest, Sink::new(target)).map_err(in_file)?;
    let index = finish_index(outcome.sunk.index).map_err(in_file)?;
    Ok(Converted { records: outcome.counts.into_iter().sum(), index })
}

/// Taking every line as it is.
struct Copying {
    columns: Option<u64>,
}

struct Copier {
    columns: Option<u64>,
    records: u64,
}

impl Task for Copying {
    type Counts = u64;
    type Worker<'t> = Copier;

    fn worker(&self) -> Copier {
        Copier { columns: self.columns, records: 0 }
    }
}

impl Work for Copier {
    type Counts = u64;

    fn work(&mut self, batch: &mut Batch, text: &mut Vec<u8>) -> Result<Edges, Misfit> {
        for (number, line) in (batch.first_line..).zip(lines(&batch.bytes)) {
            let (line, _) = cut_ending(line);
            if !line.starts_with(b"#") && !line.is_empty() {
                read(line, number, self.columns)?;
                self.records += 1;
            }
        }
        std::mem::swap(&mut batch.bytes, text);
        Ok(Edges::default())
    }

    fn records(&self) -> u64 {
        self.records
    }

    fn into_counts(self) -> u64 {
        self.records
    }
}
