//! From one record and the transcripts near it to its CSQ value.

pub(crate) mod known;
pub(crate) mod near;
pub(crate) mod no_rows;
pub(crate) mod row;
pub(crate) mod structural;
pub(crate) mod tally;
pub(crate) mod transcript_fields;

use crate::consequence::edit::{Edit, Edits};
use crate::consequence::place::TranscriptSite;
use crate::consequence::term::Terms;
use crate::contig::Contig;
use crate::genes::transcript::{Coding, Transcript};
use crate::hgvs::genomic::GenomicNames;
use crate::intervals::lookup::IntervalFinder;
use crate::pipeline::options::Options;
use crate::record::known::KnownAlleles;
use crate::record::near::NearTranscripts;
use crate::record::row::{Rows, Shown};
use crate::record::tally::{AlleleTally, Tally};
use crate::record::transcript_fields::TranscriptField;
use crate::reference::Reference;

/// A record's place and alleles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) contig: &'a Contig<'a>,
    pub(crate) contig_index: usize,
    /// POS, counted from 1.
    pub(crate) position: u64,
    pub(crate) reference_allele: &'a [u8],
    /// The ALT column.
    pub(crate) alternatives: &'a [u8],
    /// The INFO column; looked at for structural variants only.
    pub(crate) info: &'a [u8],
}

/// Annotates records one after another; owns all memory that this takes, so that a record costs no allocation.
pub(crate) struct RecordAnnotator<'r> {
    reference: &'r Reference,
    distance: u64,
    exact_vep: bool,
    known_only: bool,
    /// Bases of the longest structural variant that is annotated.
    longest_structure: u64,
    edits: Edits,
    /// Whether edits are named on their contigs, and how.
    names_on_contigs: bool,
    genomic_names: GenomicNames,
    /// What is known of each edit, in their order.
    known: KnownAlleles<'r>,
    /// What is said of the place of each edit, in their order.
    intervals: IntervalFinder<'r>,
    near: NearTranscripts<'r>,
    rows: Rows,
}

impl<'r> RecordAnnotator<'r> {
    pub(crate) fn new(reference: &'r Reference, options: &Options) -> Self {
        Self {
            reference,
            distance: options.distance,
            exact_vep: options.exact_vep,
            known_only: options.known_only,
            longest_structure: options.max_structure_length,
            edits: Edits::new(!options.exact_vep),
            known: KnownAlleles::new(reference),
            names_on_contigs: options.hgvsg,
            genomic_names: GenomicNames::default(),
            intervals: IntervalFinder::new(reference),
            near: NearTranscripts::new(),
            rows: Rows::new(
                options,
                TranscriptField::of(reference, options),
                !reference.known_fields().is_empty(),
            ),
        }
    }

    /// Appends the CSQ value of all alleles, rows joined with `,`. Returns false when there is nothing to say of any:
    /// then the line is kept as it was.
    ///
    /// `*`, `<NON_REF>` and alleles that equal REF or were said before get none, and are counted.
    pub(crate) fn annotate(&mut self, site: &Site<'_>, csq: &mut Vec<u8>, tally: &mut Tally) -> bool {
        if self.known_only {
            return self.annotate_known(site, csq, tally);
        }
        if !self.annotate_as_vep(site, csq, tally) {
            self.annotate_sequences(site, csq, tally);
            if self.edits.count() != self.known.count() {
                // A lone `.` comes here as a structural variant only.
                if site.alternatives != b"." {
                    self.edits.count_without_rows(&mut tally.no_rows);
                }
                self.annotate_structures(site, csq, tally);
            }
        }
        !tally.rows.is_empty()
    }

    /// Appends a row for each allele that is known: the allele, its names, and what is known of it. False when the record
    /// has no alleles that could be.
    fn annotate_known(&mut self, site: &Site<'_>, csq: &mut Vec<u8>, tally: &mut Tally) -> bool {
        self.edits.set(site.position, site.reference_allele, site.alternatives);
        self.known.look_up(site, &self.edits, None, tally);
        self.edits.count_without_rows(&mut tally.no_rows);
        for (rank, (hit, shown)) in self.known.hits().zip(self.edits.shown()).enumerate() {
            if hit.sources != 0 {
                separate(csq, tally);
                self.rows.write_known(shown, hit, csq);
                tally.note_row(rank..rank + 1, None, Terms::default());
            }
        }
        self.known.count() > 0
    }

    /// Annotates the alternatives that are bases.
    fn annotate_sequences(&mut self, site: &Site<'_>, csq: &mut Vec<u8>, tally: &mut Tally) {
        self.edits.set(site.position, site.reference_allele, site.alternatives);
        self.annotate_edits(None, site, csq, tally);
    }

    /// Annotates the edits that are set: of one alternative of ALT, or of each of them.
    fn annotate_edits(
        &mut self,
        alternative: Option<usize>,
        site: &Site<'_>,
        csq: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let first = tally.alleles.len();
        self.known.look_up(site, &self.edits, alternative, tally);
        if self.known.count() == 0 {
            return;
        }
        self.find_intervals(site, tally.alleles.get_mut(first..).unwrap_or_default());
        self.find_transcripts(site);
        if self.names_on_contigs {
            self.genomic_names.set(&self.edits, site.contig, self.exact_vep);
        }
        let place = self.edits.shared_place();
        let shown = |(rank, allele)| Shown { allele, place, genomic_name: self.genomic_names.get(rank) };
        let alleles = || {
            let shown = self.edits.shown().enumerate().map(shown);
            self.edits.iter().map(|(_, edit)| edit).zip(self.known.hits()).zip(shown)
        };
        let alleles = || (first..).zip(alleles());
        for near in self.near.iter() {
            let transcript = &near.site.transcript;
            self.rows.begin();
            for (rank, ((edit, hit), shown)) in alleles() {
                if !self.exact_vep && !is_near(&edit, transcript, self.distance) {
                    continue;
                }
                separate(csq, tally);
                let terms = self.rows.write(&edit, shown, near, site.contig.sequence, hit, csq);
                self.intervals.append(rank - first, csq);
                tally.note_row(rank..rank + 1, Some(transcript.ordinal), terms);
            }
        }
        for (rank, ((_, hit), shown)) in alleles() {
            if tally.alleles.get(rank).is_some_and(|allele| allele.terms.is_empty()) {
                separate(csq, tally);
                let terms = self.rows.write_intergenic(shown, hit, csq);
                self.intervals.append(rank - first, csq);
                tally.note_row(rank..rank + 1, None, terms);
            }
        }
    }

    fn find_intervals(&mut self, site: &Site<'_>, alleles: &mut [AlleleTally]) {
        self.intervals.begin();
        for ((_, edit), allele) in self.edits.iter().zip(alleles) {
            allele.intervals = self.intervals.find(site.contig_index, edit.start, edit.end);
        }
    }

    /// All transcripts within the distance, in the order of their ids, as VEP shows them.
    fn find_transcripts(&mut self, site: &Site<'_>) {
        let (start, end) = self.edits.place();
        let interval =
            (site.contig_index, start.saturating_sub(self.distance), end.saturating_add(self.distance));
        let exact_vep = self.exact_vep;
        self.near.find(self.reference, interval, self.rows.transcript_fields(), |transcript| {
            prepare(transcript, site.contig, exact_vep)
        });
    }
}

/// What VEP reads of a transcript in GFF: no slips of the ribosome, no ends that are not known, and no genetic code but by the name `MT`
/// (`AnnotationSource/File/BaseGXF.pm`, `_add_identifiers` and `_add_translation`).
fn as_vep_reads<'t>(transcript: Transcript<'t>, contig: &Contig<'_>) -> Transcript<'t> {
    let transcript = transcript.without_slip();
    let coding = transcript.coding.map(|coding| Coding {
        genetic_code: if contig.name == "MT" { 2 } else { 1 },
        start_not_found: false,
        end_not_found: false,
        ..coding
    });
    Transcript { coding, ..transcript }
}

/// Whether a transcript gets rows: VEP passes over some kinds.
fn is_read(transcript: &Transcript<'_>, exact_vep: bool) -> bool {
    transcript.read_by_vep || !exact_vep
}

/// A transcript as the rules are to see it; none when VEP passes over it and its answers are asked.
fn prepare<'t>(
    transcript: Transcript<'t>,
    contig: &Contig<'_>,
    exact_vep: bool,
) -> Option<TranscriptSite<'t>> {
    if !is_read(&transcript, exact_vep) {
        return None;
    }
    let transcript = if exact_vep { as_vep_reads(transcript, contig) } else { transcript };
    Some(TranscriptSite::new(transcript).as_vep(exact_vep))
}

/// Whether an edit is within the distance; those of one record need not begin at one place.
fn is_near(edit: &Edit<'_>, transcript: &Transcript<'_>, distance: u64) -> bool {
    let place = |position: i64| u64::try_from(position).unwrap_or(0);
    transcript.start <= place(edit.end).saturating_add(distance)
        && transcript.end >= place(edit.start).saturating_sub(distance)
}

fn separate(csq: &mut Vec<u8>, tally: &Tally) {
    if !tally.rows.is_empty() {
        csq.push(b',');
    }
}
