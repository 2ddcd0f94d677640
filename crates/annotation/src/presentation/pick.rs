//! One row for many: which transcript speaks for a record, an allele or a gene.
//!
//! Source: Ensembl VEP's documentation of `--pick_order`, and `OutputFactory.pm`,
//! `pick_worst_VariationFeatureOverlapAllele`: criteria one after another, each only among those equal before; the
//! first row where all are equal.

use std::cmp::Reverse;

use crate::consequence::term::Terms;
use crate::genes::transcript::Transcript;
use crate::output::csq::append_terms;
use crate::presentation::cdna_length;
use crate::record::tally::RowTally;
use crate::reference::Reference;

/// Which rows are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// All.
    #[default]
    All,
    /// One for each record.
    Record,
    /// One for each allele.
    Allele,
    /// One for each gene of a record.
    Gene,
    /// The most severe term of each record, without anything of a transcript.
    MostSevere,
}

/// Criteria in their order, smaller is better: those of the transcript before the rank of the term, the rank, and
/// those behind it.
type Merit = (First, u32, Last);
/// MANE Select, MANE Plus Clinical, canonical, APPRIS, support level, protein coding, CCDS.
type First = (bool, bool, bool, u8, u8, bool, bool);
/// Length, of Ensembl, of `RefSeq`.
type Last = (Reverse<u32>, bool, bool);

/// What the rows of a group share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group<'r> {
    Record,
    Allele(u32),
    Gene(&'r str),
    /// A row without a transcript has no gene, and stays.
    Alone(usize),
}

/// How many transcripts are kept; a power of two.
const KEPT: usize = 256;

/// What picking asks of a transcript.
#[derive(Clone, Copy, Debug)]
struct Candidate<'r> {
    ordinal: u32,
    gene: &'r str,
    first: First,
    last: Last,
}

impl<'r> Candidate<'r> {
    fn of(transcript: &Transcript<'r>) -> Self {
        let (tags, names) = (&transcript.tags, &transcript.names);
        let from_ensembl = names.transcript.starts_with("ENS");
        let from_refseq = names.transcript.as_bytes().get(2) == Some(&b'_');
        Self {
            ordinal: transcript.ordinal,
            gene: names.gene,
            first: (
                !tags.mane_select,
                !tags.mane_plus_clinical,
                !tags.canonical,
                appris(tags.appris),
                if tags.support_level == 0 { 100 } else { tags.support_level },
                names.biotype != "protein_coding",
                tags.ccds.is_empty(),
            ),
            last: (Reverse(length(transcript)), !from_ensembl, !from_refseq),
        }
    }
}

/// Chooses rows; remembers what it asked of transcripts, since the next records have the same ones.
#[derive(Debug)]
pub(crate) struct Picker<'r> {
    reference: &'r Reference,
    candidates: Vec<Option<Candidate<'r>>>,
    best: Vec<(Group<'r>, Merit, usize)>,
}

impl<'r> Picker<'r> {
    pub(crate) fn new(reference: &'r Reference) -> Self {
        Self { reference, candidates: vec![None; KEPT], best: Vec::new() }
    }

    /// Appends the indexes of the rows to show, in order.
    pub(crate) fn choose<'a>(
        &mut self,
        pick: Pick,
        rows: impl Iterator<Item = (usize, &'a RowTally)>,
        shown: &mut Vec<usize>,
    ) {
        if pick == Pick::All {
            return shown.extend(rows.map(|(index, _)| index));
        }
        self.best.clear();
        for (index, row) in rows {
            let candidate = row.transcript.and_then(|ordinal| self.candidate(ordinal));
            let group = match (pick, &candidate) {
                (Pick::Allele, _) => Group::Allele(row.allele),
                (Pick::Gene, Some(candidate)) => Group::Gene(candidate.gene),
                (Pick::Gene, None) => Group::Alone(index),
                _ => Group::Record,
            };
            let merit = merit(row, candidate.filter(|_| pick != Pick::MostSevere));
            match self.best.iter_mut().find(|(best, ..)| *best == group) {
                None => self.best.push((group, merit, index)),
                Some(best) if merit < best.1 => (best.1, best.2) = (merit, index),
                Some(_) => {}
            }
        }
        shown.extend(self.best.iter().map(|(.., index)| *index));
        shown.sort_unstable();
    }

    fn candidate(&mut self, ordinal: u32) -> Option<Candidate<'r>> {
        let kept = &mut self.candidates[ordinal as usize % KEPT];
        if kept.is_none_or(|kept| kept.ordinal != ordinal) {
            *kept = self.reference.transcript(ordinal).map(|transcript| Candidate::of(&transcript));
        }
        *kept
    }
}

fn merit(row: &RowTally, candidate: Option<Candidate<'_>>) -> Merit {
    let rank = row.terms.most_severe().map_or(u32::MAX, |term| term as u32);
    let none = ((true, true, true, 100, 100, true, true), (Reverse(0), true, true));
    let (first, last) = candidate.map_or(none, |candidate| (candidate.first, candidate.last));
    (first, rank, last)
}

/// `P1` to `P5` come before `A1`, `A2`.
fn appris([kind, grade]: [u8; 2]) -> u8 {
    match (kind, grade) {
        (b'P', b'1'..=b'9') => grade - b'0',
        (b'A', b'1'..=b'9') => grade - b'0' + 10,
        _ => 100,
    }
}

/// Coding bases, or all bases where none is coding.
fn length(transcript: &Transcript<'_>) -> u32 {
    match transcript.coding {
        Some(coding) => coding.cdna_end + 1 - coding.cdna_start + u32::from(coding.missing_bases),
        None => cdna_length(transcript),
    }
}

/// A row that tells the allele and its most severe term only.
pub(crate) fn most_severe_row(row: &[u8], terms: Terms) -> Vec<u8> {
    let mut fields = row.split(|byte| *byte == b'|');
    let mut text = fields.next().unwrap_or_default().to_vec();
    text.push(b'|');
    append_terms(&mut text, terms.most_severe().map(Terms::of).unwrap_or_default());
    text.resize(text.len() + fields.count().saturating_sub(2), b'|');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consequence::term::Term;
    use crate::genes::transcript::{Coding, Exon, Names, Strand, Tags};

    fn row(term: Term) -> RowTally {
        RowTally { allele: 0, alternative: Some(0), transcript: None, terms: Terms::of(term) }
    }

    fn transcript(
        tags: Tags<'static>,
        biotype: &'static str,
        id: &'static str,
        coding: u32,
    ) -> Transcript<'static> {
        let coding = Coding {
            cdna_start: 1,
            cdna_end: coding,
            missing_bases: 0,
            genetic_code: 1,
            start_not_found: false,
            end_not_found: false,
        };
        Transcript {
            ordinal: 0,
            start: 1,
            end: 1000,
            strand: Strand::Forward,
            exons: &[Exon { start: 1, end: 1000, cdna_start: 1 }],
            coding: Some(coding),
            names: Names { transcript: id, biotype, ..Names::default() },
            tags,
            selenocysteines: &[],
            read_by_vep: true,
            slip: None,
        }
    }

    /// Each is better than the next, whatever comes after its criterion.
    #[test]
    fn criteria_come_in_the_order_that_vep_documents() {
        let none = Tags::default();
        let rising = [
            (Tags { mane_select: true, ..none }, "x", Term::Intron, "E", 3),
            (Tags { mane_plus_clinical: true, ..none }, "x", Term::Intron, "E", 3),
            (Tags { canonical: true, ..none }, "x", Term::Intron, "E", 3),
            (Tags { appris: *b"P2", ..none }, "x", Term::Intron, "E", 3),
            (Tags { appris: *b"A1", ..none }, "x", Term::Intron, "E", 3),
            (Tags { support_level: 1, ..none }, "x", Term::Intron, "E", 3),
            (Tags { support_level: 5, ..none }, "x", Term::Intron, "E", 3),
            (none, "protein_coding", Term::Intron, "E", 3),
            (Tags { ccds: "CCDS1", ..none }, "x", Term::Intron, "E", 3),
            (none, "x", Term::StopGained, "E", 3),
            (none, "x", Term::Missense, "E", 3),
            (none, "x", Term::Intron, "E", 300),
            (none, "x", Term::Intron, "ENST1", 30),
            (none, "x", Term::Intron, "NM_1", 30),
            (none, "x", Term::Intron, "E", 30),
        ];
        let merits: Vec<Merit> = rising
            .iter()
            .map(|(tags, biotype, term, id, coding)| {
                merit(&row(*term), Some(Candidate::of(&transcript(*tags, biotype, id, *coding))))
            })
            .collect();
        assert!(merits.is_sorted_by(|one, other| one < other), "{merits:?}");
    }

    #[test]
    fn the_most_severe_row_says_nothing_of_transcripts() {
        let terms = [Term::Missense, Term::SpliceRegion].into_iter().collect();
        let row = most_severe_row(b"T|missense_variant&splice_region_variant|MODERATE|S|G", terms);
        assert_eq!(row, b"T|missense_variant|MODERATE||");
    }
}
