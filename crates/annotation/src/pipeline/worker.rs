//! Annotating the lines of a batch.

use crate::error::{Fault, Misfit, Place, quoted};
use crate::output::header::KEY;
use crate::pipeline::counts::{Counts, Spot};
use crate::pipeline::kept::Kept;
use crate::pipeline::options::Options;
use crate::pipeline::task::{Task, Work};
use crate::presentation::Presenter;
use crate::record::tally::Tally;
use crate::record::{RecordAnnotator, Site};
use crate::reference::Reference;
use crate::variant::{Alternative, is_bases};
use crate::vcf::batches::{Batch, lines};
use crate::vcf::insert_info::has_entry;
use crate::vcf::line::{Line, cut_ending, read};

/// Where a batch begins and ends, to tell whether the file is sorted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edges {
    pub(crate) first: Option<(usize, u64)>,
    pub(crate) last: Option<(usize, u64)>,
    pub(crate) first_line: u64,
    /// The first line that should stand before the one above it.
    pub(crate) unsorted: Option<u64>,
}

/// Annotating every line.
pub(crate) struct Annotation<'r> {
    pub(crate) reference: &'r Reference,
    pub(crate) options: &'r Options,
    /// Columns that every record must have.
    pub(crate) columns: Option<u64>,
}

impl<'r> Task for Annotation<'r> {
    type Counts = Counts<'r>;
    type Worker<'t>
        = Worker<'r>
    where
        Self: 't;

    fn worker(&self) -> Worker<'r> {
        Worker::new(self.reference, self.options, self.columns)
    }
}

/// Annotates batches; one for each thread.
pub(crate) struct Worker<'r> {
    reference: &'r Reference,
    annotator: RecordAnnotator<'r>,
    presenter: Presenter<'r>,
    strict: bool,
    exact_vep: bool,
    columns: Option<u64>,
    counts: Counts<'r>,
    tally: Tally,
    csq: Vec<u8>,
    edges: Edges,
    /// The last contig asked for: most files stay on one for long.
    contig_name: Vec<u8>,
    contig: Option<usize>,
}

impl<'r> Work for Worker<'r> {
    type Counts = Counts<'r>;

    fn work(&mut self, batch: &mut Batch, text: &mut Vec<u8>) -> Result<Edges, Misfit> {
        self.annotate(batch, text)
    }

    fn records(&self) -> u64 {
        self.counts.records
    }

    fn into_counts(self) -> Counts<'r> {
        self.counts
    }
}

impl<'r> Worker<'r> {
    fn new(reference: &'r Reference, options: &Options, columns: Option<u64>) -> Self {
        Self {
            reference,
            annotator: RecordAnnotator::new(reference, options),
            presenter: Presenter::new(reference, options),
            strict: options.strict,
            exact_vep: options.exact_vep,
            columns,
            counts: Counts::of(reference, options),
            tally: Tally::default(),
            csq: Vec::new(),
            edges: Edges::default(),
            contig_name: Vec::new(),
            contig: None,
        }
    }

    /// Appends the lines of a batch to `out`, annotated or as they were.
    fn annotate(&mut self, batch: &Batch, out: &mut Vec<u8>) -> Result<Edges, Misfit> {
        self.edges = Edges::default();
        for (number, line) in (batch.first_line..).zip(lines(&batch.bytes)) {
            let (text, ending) = cut_ending(line);
            if text.starts_with(b"#") || text.is_empty() || !self.annotate_line(text, number, out)? {
                out.extend_from_slice(line);
            } else {
                out.extend_from_slice(ending);
            }
        }
        Ok(self.edges)
    }

    /// Appends an annotated line without its ending; false when it is to be kept as it is.
    fn annotate_line(&mut self, text: &[u8], number: u64, out: &mut Vec<u8>) -> Result<bool, Misfit> {
        let (line, position) = read(text, number, self.columns)?;
        self.judge_alleles(&line, number)?;
        self.counts.records += 1;
        let written = self.try_line(&line, position, number, out);
        if !written && has_entry(line.info(), KEY.as_bytes()) {
            self.counts.stale += 1;
        }
        Ok(written)
    }

    fn judge_alleles(&self, line: &Line<'_>, number: u64) -> Result<(), Misfit> {
        let reference_allele = line.reference_allele();
        if !is_bases(reference_allele) {
            let fault = Fault::ReferenceAllele { found: quoted(reference_allele) };
            return Err(Misfit { place: Place::column(number, 4), fault });
        }
        let malformed = |allele: &&[u8]| Alternative::of(allele) == Alternative::Malformed;
        match line.alternatives().split(|byte| *byte == b',').find(malformed) {
            Some(allele) if self.strict => {
                let fault = Fault::AlternativeAllele { found: quoted(allele) };
                Err(Misfit { place: Place::column(number, 5), fault })
            }
            _ => Ok(()),
        }
    }

    fn try_line(&mut self, line: &Line<'_>, position: u64, number: u64, out: &mut Vec<u8>) -> bool {
        let Some(index) = self.contig_index(line.contig()) else {
            self.counts.miss(line.contig(), number);
            self.counts.keep(Kept::ContigNotInReference, number, || quoted(line.contig()));
            return false;
        };
        let contig = self.reference.contig(index);
        let spot = Spot { line: number, contig_name: line.contig(), contig: index, position };
        self.note_order(index, position, number);
        self.counts.contig(spot, contig.sequence.len() as u64).records += 1;
        if let Some(reason) = Kept::of(line, position, &contig, self.exact_vep) {
            self.counts.keep(reason, number, || reason.describe(line, position, &contig));
            return false;
        }
        let site = Site {
            contig: &contig,
            contig_index: index,
            position,
            reference_allele: line.reference_allele(),
            alternatives: line.alternatives(),
            info: line.info(),
        };
        self.csq.clear();
        self.tally.clear();
        let annotated = self.annotator.annotate(&site, &mut self.csq, &mut self.tally);
        self.counts.add_without_rows(&self.tally);
        if !annotated {
            let reason = Kept::AllelesNotAnnotated;
            self.counts.keep(reason, number, || reason.describe(line, position, &contig));
            return false;
        }
        self.counts.contig(spot, 0).annotated += 1;
        self.presenter.present(line, &self.csq, &mut self.tally, out);
        self.counts.add(&self.tally, spot, self.reference);
        true
    }

    fn contig_index(&mut self, name: &[u8]) -> Option<usize> {
        if name != self.contig_name {
            self.contig = self.reference.contig_index(name);
            self.contig_name.clear();
            self.contig_name.extend_from_slice(name);
        }
        self.contig
    }

    fn note_order(&mut self, contig: usize, position: u64, number: u64) {
        if self.edges.first.is_none() {
            self.edges.first = Some((contig, position));
            self.edges.first_line = number;
        }
        if is_backwards(self.edges.last, (contig, position)) {
            self.edges.unsorted.get_or_insert(number);
        }
        self.edges.last = Some((contig, position));
    }
}

/// Whether a record stands before the one above it, on the same contig.
pub(crate) fn is_backwards(above: Option<(usize, u64)>, record: (usize, u64)) -> bool {
    above.is_some_and(|(contig, position)| contig == record.0 && position > record.1)
}
