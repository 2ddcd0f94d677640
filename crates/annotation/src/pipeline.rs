//! Annotating a whole input: its beginning, the flow of its lines, and the account of it.

pub(crate) mod beginning;
pub(crate) mod conversion;
pub(crate) mod counts;
pub(crate) mod flow;
pub(crate) mod kept;
pub(crate) mod options;
pub(crate) mod output;
pub(crate) mod packer;
pub(crate) mod sink;
pub(crate) mod task;
pub(crate) mod worker;

use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::error::{Error, Misfit, Place};
use crate::index::build::IndexBuilder;
use crate::index::{Index, NoIndex};
use crate::output::doubts::refuse;
use crate::output::summary::Summary;
use crate::output::tell::{Facts, tell};
use crate::phased::Phaser;
use crate::pipeline::beginning::read_beginning;
use crate::pipeline::counts::Counts;
use crate::pipeline::flow::{Flow, unwritten};
use crate::pipeline::options::{Options, Progress};
use crate::pipeline::output::Opening;
use crate::pipeline::packer::Packing;
use crate::pipeline::sink::Sink;
use crate::pipeline::worker::Annotation;
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
    output: impl Write + Send,
    reference: &Reference,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Summary, Error> {
    annotate_with_index(input, input_name, output, reference, options, progress).map(|(summary, _)| summary)
}

/// Annotates a file and makes the index that `options` ask for, in the same pass.
///
/// # Errors
/// Those of [`annotate()`]. A file that cannot have an index is none: it is whole, and why it has none is told.
pub fn annotate_with_index(
    input: impl Read + Send,
    input_name: &str,
    mut output: impl Write + Send,
    reference: &Reference,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Summary, Result<Index, NoIndex>), Error> {
    let started = Instant::now();
    let in_file = |misfit: Misfit| misfit.in_file(input_name);
    let input = Input::open(input, &options.limits)
        .map_err(|fault| in_file(Misfit { place: Place::default(), fault }))?;
    let mut source = Batches::new(input, BATCH_BYTES, options.limits.max_line_bytes);
    let mut opening = Opening::new(options.format, options.compression);
    let beginning =
        read_beginning(&mut source, reference, options, |header| opening.read(header, &mut output))
            .map_err(in_file)?;
    opening.complete(|dictionary| {
        dictionary.declare_names_of(&beginning.rest.bytes);
        beginning.declare_contigs(reference, dictionary);
    });
    let longest = beginning.header.longest_contig().max(longest_of(reference));
    let index = options.index.map(|kind| IndexBuilder::new(kind, longest));
    let (layout, target) = opening.finish(output, options.threads, index).map_err(in_file)?;
    let packing = Packing {
        layout: &layout,
        compression: options.compression,
        is_indexed: options.index.is_some(),
        is_put_off: options.phased,
    };
    let mut sink = Sink::new(target);
    if options.phased {
        sink = sink.with_phaser(Phaser::new(reference, options, &beginning.column_line), packing);
    }
    let task = Annotation { reference, options, columns: beginning.columns };
    let end = options.compression.end();
    let flow = Flow { task: &task, threads: options.threads, packing, end, progress };
    let outcome = flow.run(source, beginning.rest, sink).map_err(in_file)?;
    let mut counts = Counts::of(reference, options);
    outcome.counts.into_iter().for_each(|theirs| counts.merge(theirs));
    if options.strict {
        refuse(&counts, reference).map_err(in_file)?;
    }
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
        phased: outcome.sunk.phased.as_ref(),
        seconds: started.elapsed().as_secs_f64(),
    };
    let summary = tell(&facts, &counts, reference, options);
    let index = finish_index(outcome.sunk.index).map_err(in_file)?;
    Ok((summary, index))
}

/// Bases of the longest sequence.
fn longest_of(reference: &Reference) -> u64 {
    reference.contigs().map(|(_, length, _)| length).max().unwrap_or(0)
}

/// What became of the index.
fn finish_index(index: Option<IndexBuilder>) -> Result<Result<Index, NoIndex>, Misfit> {
    index.map_or(Ok(Err(NoIndex::NoBlocks)), |index| index.finish().map_err(unwritten))
}
