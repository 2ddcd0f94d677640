//! Which terms hold for an edit on a transcript.
//!
//! Source: Ensembl Variation `BaseVariationFeatureOverlapAllele.pm`, `_bvfo_preds` (the gates) and
//! `get_all_OverlapConsequences`; `Utils/Constants.pm` says which gates open which predicate.

use crate::consequence::coding::window::Window;
use crate::consequence::coding::{CodingChange, ProteinFacts};
use crate::consequence::edit::{Edit, overlap};
use crate::consequence::place::{Coordinates, TranscriptSite};
use crate::consequence::sequence::TranscriptSequence;
use crate::consequence::splice::IntronEffects;
use crate::consequence::term::{Term, Terms};

/// Which parts of a transcript an edit meets; cheap to find, and they decide what else must be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are VEP's gates, and independent")]
pub(crate) struct Gates {
    pub(crate) within: bool,
    pub(crate) exon: bool,
    pub(crate) intron: bool,
    pub(crate) coding: bool,
    pub(super) utr: bool,
    pub(super) complete_overlap: bool,
}

/// The gates, with what they were found from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meeting {
    pub(crate) gates: Gates,
    pub(super) introns: IntronEffects,
    /// Only set when an exon is met.
    pub(crate) coordinates: Coordinates,
}

/// VEP stretches exons so far when the transcript has an intron that it takes for an error of the assembly.
const FRAMESHIFT_INTRON_STRETCH: i64 = 12;

impl Meeting {
    pub(crate) fn of(edit: &Edit<'_>, site: &TranscriptSite<'_>) -> Self {
        let (start, end) = (site.start(), site.end());
        let mut meeting = Self::default();
        let gates = &mut meeting.gates;
        gates.within = edit.overlaps(start, end);
        if !gates.within {
            return meeting;
        }
        gates.complete_overlap = edit.start <= start && edit.end >= end;
        meeting.introns = IntronEffects::of(edit, site);
        gates.intron = meeting.introns.near_intron;
        let (min, max) = edit.bounds();
        let stretch = if site.has_frameshift_intron { FRAMESHIFT_INTRON_STRETCH } else { 0 };
        gates.exon = !site.exons_within(min - stretch, max + stretch).is_empty();
        if let Some((coding_start, coding_end)) = site.coding_region {
            gates.utr = min < coding_start || max > coding_end;
            gates.coding = gates.exon && overlap(min, max, coding_start, coding_end);
        }
        if gates.exon {
            meeting.coordinates = site.coordinates(edit.start, edit.end);
        }
        meeting
    }

    /// A deletion of the whole transcript says all that there is to say (tier 1).
    fn ablates(&self, edit: &Edit<'_>) -> bool {
        let (reference, alternative) = edit.lengths();
        self.gates.complete_overlap && alternative < reference
    }

    /// All terms but those of the protein.
    pub(crate) fn terms(&self, edit: &Edit<'_>, site: &TranscriptSite<'_>, distance: i64) -> Terms {
        if !self.gates.within {
            return beside(edit, site, distance);
        }
        if self.ablates(edit) {
            return Terms::of(Term::TranscriptAblation);
        }
        let biotype = site.transcript.names.biotype;
        let mut terms = self.introns.terms(site.is_forward(), self.gates.exon);
        if self.gates.exon && self.gates.utr && self.within_cdna() {
            let (before, after) = beside_coding(edit, site);
            let (five_prime, three_prime) = if site.is_forward() { (before, after) } else { (after, before) };
            terms.insert_if(Term::FivePrimeUtr, five_prime);
            terms.insert_if(Term::ThreePrimeUtr, three_prime);
        }
        if biotype == "protein_coding" {
            let whole = self.gates.complete_overlap && site.coding_region.is_some();
            terms.insert_if(Term::CodingTranscript, whole);
        } else if site.coding_region.is_none() {
            let in_exon =
                self.gates.exon && !self.gates.complete_overlap && site.exon_numbers(edit).is_some();
            let term = if in_exon { Term::NonCodingTranscriptExon } else { Term::NonCodingTranscript };
            terms.insert(term);
        }
        terms.insert_if(Term::NmdTranscript, biotype == "nonsense_mediated_decay");
        terms
    }

    /// Adds the terms of the protein, and tells HGVS what it needs of them.
    pub(crate) fn coding_terms(
        &self,
        edit: &Edit<'_>,
        oriented: &[u8],
        site: &TranscriptSite<'_>,
        sequence: &TranscriptSequence,
        window: &Window,
    ) -> (Terms, ProteinFacts) {
        let mut change = CodingChange::new(
            site,
            edit,
            oriented,
            &self.coordinates,
            sequence,
            window,
            self.gates.complete_overlap,
            self.within_cds(edit, site),
        );
        let terms = if self.ablates(edit) { Terms::default() } else { change.terms() };
        (terms, change.facts())
    }

    /// The terms of splice sites and of what is around them.
    pub(crate) fn splice_terms(&self, site: &TranscriptSite<'_>) -> Terms {
        let mut terms = Terms::default();
        let all = self.introns.terms(site.is_forward(), self.gates.exon);
        for term in [
            Term::SpliceAcceptor,
            Term::SpliceDonor,
            Term::SpliceDonorFifthBase,
            Term::SpliceDonorRegion,
            Term::SpliceRegion,
        ] {
            terms.insert_if(term, all.contains(term));
        }
        terms
    }

    /// `within_cdna`.
    pub(super) fn within_cdna(&self) -> bool {
        self.coordinates.cdna.touches || self.introns.within_frameshift_intron
    }

    /// `within_cds`.
    pub(super) fn within_cds(&self, edit: &Edit<'_>, site: &TranscriptSite<'_>) -> bool {
        self.coordinates.cds.touches
            || (self.introns.within_frameshift_intron
                && site.coding_region.is_some_and(|(start, end)| edit.overlaps(start, end)))
    }
}

/// `_before_coding` and `_after_coding`: an insertion at the very edge of the CDS is in the UTR.
pub(super) fn beside_coding(edit: &Edit<'_>, site: &TranscriptSite<'_>) -> (bool, bool) {
    let Some((coding_start, coding_end)) = site.coding_region else { return (false, false) };
    let insertion = edit.is_insertion();
    (
        (insertion && edit.start == coding_start) || edit.overlaps(site.start(), coding_start - 1),
        (insertion && edit.end == coding_end) || edit.overlaps(coding_end + 1, site.end()),
    )
}

/// `upstream` and `downstream`.
pub(super) fn beside(edit: &Edit<'_>, site: &TranscriptSite<'_>, distance: i64) -> Terms {
    let before = edit.end >= site.start() - distance && edit.end < site.start();
    let after = edit.start <= site.end() + distance && edit.start > site.end();
    let (upstream, downstream) = if site.is_forward() { (before, after) } else { (after, before) };
    let mut terms = Terms::default();
    terms.insert_if(Term::UpstreamGene, upstream);
    terms.insert_if(Term::DownstreamGene, downstream);
    terms
}

/// The field `DISTANCE` (`distance_to_transcript`). It is measured from the record's place, which all alternatives
/// share, unless that reaches into the transcript and the edit itself does not.
pub(crate) fn distance_to(edit: &Edit<'_>, shared: (i64, i64), site: &TranscriptSite<'_>) -> i64 {
    let reaches_in = overlap(shared.0.min(shared.1), shared.1.max(shared.0), site.start(), site.end());
    let (start, end) = if reaches_in { (edit.start, edit.end) } else { shared };
    [start, end]
        .into_iter()
        .flat_map(|here| [here - site.start(), here - site.end()])
        .map(i64::abs)
        .min()
        .unwrap_or(0)
}
