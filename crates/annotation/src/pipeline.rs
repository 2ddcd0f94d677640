//! Annotating a whole input: its beginning, the flow of its lines, and the account of it.

pub(crate) mod beginning;
pub(crate) mod counts;
pub(crate) mod flow;
pub(crate) mod kept;
pub(crate) mod options;
pub(crate) mod packer;
pub(crate) mod sink;
pub(crate) mod worker;

use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::error::{Error, Misfit, Place};
use crate::formats::Format;
use crate::formats::heading::Heading;
use crate::output::doubts::refuse;
use crate::output::summary::Summary;
use crate::output::tell::{Facts, tell};
use crate::pipeline::beginning::read_beginning;
use crate::pipeline::flow::{Flow, write, write_packed};
use crate::pipeline::options::{Options, Progress};
use crate::reference::Reference;
use crate::vcf::batches::Batches;
use crate::vcf::open::Input;

/// Unpacked bytes of a batch. Annotations can be a hundred times as long as the lines that they are on.
const BATCH_BYTES: usize = 64 << 10;

/// Annotates a file.
///
/// `input_name` is for messages. `progress` is called after every batch, from this thread.
///
/// # Errors
/// An input that is no VCF, cannot be read or goes beyond a limit, or an output that cannot be written; with
/// `strict` also signs that file and reference do not belong together, told at the end of the file.
/// What was written until then is no whole file.
pub fn annotate(
    input: impl Read + Send,
    input_name: &str,
    mut output: impl Write + Send,
    reference: &Reference,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Summary, Error> {
    let started = Instant::now();
    let in_file = |misfit: Misfit| misfit.in_file(input_name);
    let input = Input::open(input, &options.limits)
        .map_err(|fault| in_file(Misfit { place: Place::default(), fault }))?;
    let mut source = Batches::new(input, BATCH_BYTES, options.limits.max_line_bytes);
    let mut heading = Heading::new(options.format);
    let write_header = |header: &[u8]| match options.format {
        Format::Vcf => write_packed(header, options.compression, &mut output),
        _ => heading.read(header),
    };
    let beginning = read_beginning(&mut source, reference, options, write_header).map_err(in_file)?;
    let layout = heading.finish().map_err(in_file)?;
    write_packed(&layout.opening(), options.compression, &mut output).map_err(in_file)?;
    let column_line = &beginning.column_line;
    let flow =
        Flow { reference, options, layout: &layout, columns: beginning.columns, column_line, progress };
    let outcome = flow.run(source, beginning.rest, &mut output).map_err(in_file)?;
    if options.strict {
        refuse(&outcome.counts, reference).map_err(in_file)?;
    }
    write(options.compression.end(), &mut output).map_err(in_file)?;
    output.flush().map_err(|error| in_file(flow::unwritten(error)))?;
    let source = &outcome.source;
    let facts = Facts {
        file_name: input_name,
        header: &beginning.header,
        had_mark: beginning.had_mark,
        packing: source.packing(),
        is_bcf: source.is_bcf(),
        bytes: source.packed_bytes().load(Ordering::Relaxed),
        lacks_end_block: source.lacks_end_block(),
        unsorted: outcome.unsorted,
        phased: outcome.phased.as_ref(),
        seconds: started.elapsed().as_secs_f64(),
    };
    Ok(tell(&facts, &outcome.counts, reference, options))
}
