//! The beginning of an input: what kind of file it is, and its header.

use std::io::Read;

use crate::error::{Fault, Misfit, Place};
use crate::formats::bcf::dictionary::Dictionary;
use crate::output::header::{FILE_FORMAT, added_lines, column_line};
use crate::phased::entry::KEY as JOINT_KEY;
use crate::pipeline::options::Options;
use crate::presentation::ann::KEY as ANN_KEY;
use crate::presentation::known_only;
use crate::reference::Reference;
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::header::{Header, HeaderLine, is_info_of};
use crate::vcf::line::{Line, cut_ending};
use crate::vcf::sniff::recognise;

/// What was found before the first record.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) header: Header,
    /// Columns that every record must have.
    pub(crate) columns: Option<u64>,
    /// The line that names the columns, samples included, without its ending.
    pub(crate) column_line: Vec<u8>,
    /// A byte order mark was taken off.
    pub(crate) had_mark: bool,
    /// Records already read.
    pub(crate) rest: Batch,
}

impl Beginning {
    /// Adds the reference's contigs when the header has none, by names as the first record has them.
    pub(crate) fn declare_contigs(&self, reference: &Reference, dictionary: &mut Dictionary) {
        const PREFIX: &str = "chr";
        if !self.header.contigs.is_empty() {
            return;
        }
        let has_prefix = self.rest.bytes.starts_with(PREFIX.as_bytes());
        for (name, length, others) in reference.contigs() {
            let prefixed = others.into_iter().find(|other| has_prefix && other.starts_with(PREFIX));
            dictionary.declare_contig(prefixed.unwrap_or(name), length);
        }
    }
}

/// Header bytes that are collected before they are written: a hostile file is nothing but header.
const WRITTEN_FROM: usize = 1 << 20;

/// Reads the header and hands the output's to `write`: the input's lines as they are, the added lines
/// before `#CHROM`.
pub(crate) fn read_beginning<R: Read>(
    source: &mut Batches<R>,
    reference: &Reference,
    options: &Options,
    write: impl FnMut(&[u8]) -> Result<(), Misfit>,
) -> Result<Beginning, Misfit> {
    read_and_add(source, Some(Adding { reference, options }), write)
}

/// Reads the header and hands it to `write` as it is, with what every VCF must have where it is lacking.
pub(crate) fn read_header<R: Read>(
    source: &mut Batches<R>,
    write: impl FnMut(&[u8]) -> Result<(), Misfit>,
) -> Result<Beginning, Misfit> {
    read_and_add(source, None, write)
}

fn read_and_add<R: Read>(
    source: &mut Batches<R>,
    adding: Option<Adding<'_>>,
    mut write: impl FnMut(&[u8]) -> Result<(), Misfit>,
) -> Result<Beginning, Misfit> {
    let mut out = Vec::new();
    let mut batch = Batch::default();
    source.fill(&mut batch)?;
    let start = recognise(&batch.bytes).map_err(|fault| {
        let place = if matches!(fault, Fault::Empty) { Place::default() } else { Place::line(1) };
        Misfit { place, fault }
    })?;
    batch.bytes.drain(..start.mark_bytes);
    let mut pass = HeaderPass {
        header: Header::default(),
        adding,
        added: false,
        number: 1,
        column_line: Vec::new(),
        known_keys: adding.map(Adding::known_keys).unwrap_or_default(),
    };
    loop {
        let used = pass.take(&batch.bytes, &mut out)?;
        if used < batch.bytes.len() {
            batch.bytes.drain(..used);
            batch.first_line = pass.number;
            break;
        }
        if out.len() >= WRITTEN_FROM {
            write(&out)?;
            out.clear();
        }
        if !source.fill(&mut batch)? {
            break;
        }
    }
    let columns = pass.finish(&batch.bytes, &mut out);
    write(&out)?;
    let HeaderPass { header, column_line, .. } = pass;
    Ok(Beginning { header, columns, column_line, had_mark: start.mark_bytes > 0, rest: batch })
}

/// What annotating adds to a header, and takes away of what an earlier run added.
#[derive(Clone, Copy)]
struct Adding<'a> {
    reference: &'a Reference,
    options: &'a Options,
}

impl Adding<'_> {
    /// Keys of INFO that this run gives itself.
    fn known_keys(self) -> Vec<String> {
        if self.options.known_only { known_only::keys(self.reference) } else { Vec::new() }
    }

    /// Whether this run writes its own line instead.
    fn replaces(self, text: &[u8], fate: HeaderLine) -> bool {
        let joint = self.options.phased && is_info_of(text, JOINT_KEY.as_bytes());
        let ann = self.options.presentation.entries.has_ann() && is_info_of(text, ANN_KEY.as_bytes());
        fate == HeaderLine::Replaced || joint || ann
    }
}

struct HeaderPass<'a> {
    header: Header,
    adding: Option<Adding<'a>>,
    /// Whether the added lines are in.
    added: bool,
    /// Number of the next line.
    number: u64,
    column_line: Vec<u8>,
    /// Keys of the entries that hold what is known of alleles.
    known_keys: Vec<String>,
}

impl HeaderPass<'_> {
    /// Takes in header lines; says how many bytes they had.
    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, Misfit> {
        let mut used = 0;
        for line in lines(bytes) {
            let (text, ending) = cut_ending(line);
            if !text.starts_with(b"#") && !text.is_empty() {
                break;
            }
            let fate =
                if text.is_empty() { HeaderLine::Kept } else { self.header.read(text, self.number)? };
            if fate == HeaderLine::Columns {
                self.add_lines(ending, out);
                self.column_line = text.to_vec();
            }
            let known = self.known_keys.iter().any(|key| is_info_of(text, key.as_bytes()));
            if !known && !self.adding.is_some_and(|adding| adding.replaces(text, fate)) {
                out.extend_from_slice(line);
            }
            used += line.len();
            self.number += 1;
        }
        Ok(used)
    }

    fn add_lines(&mut self, ending: &[u8], out: &mut Vec<u8>) {
        if !self.added {
            let ending = if ending == b"\r\n" { "\r\n" } else { "\n" };
            if let Some(Adding { reference, options }) = self.adding {
                out.extend_from_slice(added_lines(&self.header, reference, options, ending).as_bytes());
            }
            self.added = true;
        }
    }

    /// Adds what the input lacks, given its records. Returns the columns that every record must have.
    fn finish(&mut self, records: &[u8], out: &mut Vec<u8>) -> Option<u64> {
        if self.added {
            return self.header.columns;
        }
        let (first, ending) = lines(records).next().map_or((&b""[..], &b"\n"[..]), cut_ending);
        let columns = Line::split(first).ok().map(|line| line.columns());
        if self.number == 1 {
            out.extend_from_slice(FILE_FORMAT.as_bytes());
            out.extend_from_slice(if ending == b"\r\n" { b"\r\n" } else { b"\n" });
        } else if out.last().is_some_and(|last| *last != b'\n') {
            out.push(b'\n');
        }
        self.add_lines(ending, out);
        let ending = if ending == b"\r\n" { "\r\n" } else { "\n" };
        let line = column_line(columns.unwrap_or(8), ending);
        out.extend_from_slice(line.as_bytes());
        self.column_line = line.trim_end().into();
        columns
    }
}
