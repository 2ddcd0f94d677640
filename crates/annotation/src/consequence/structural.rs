//! Which terms hold for a structural variant on a transcript: those that need no bases.
//!
//! Source: Ensembl Variation `BaseVariationFeatureOverlapAllele.pm`, `_bvf_preds` and `_bvfo_preds`;
//! `Utils/VariationEffect.pm`, the branches for `StructuralVariationFeature`; `Utils/Config.pm`, the terms of
//! `BaseVariationFeature` (release 115).

pub(crate) mod class;

use crate::consequence::edit::{Edit, overlap};
use crate::consequence::place::TranscriptSite;
use crate::consequence::predict::{Meeting, beside, beside_coding};
use crate::consequence::structural::class::Class;
use crate::consequence::term::{Term, Terms};

/// A structural variant, or one end of it, with what its terms depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Structure<'a> {
    pub(crate) class: Class,
    /// First and last base, as an edit without bases.
    pub(crate) edit: Edit<'a>,
    /// Whether the transcript is cut here (`chromosome_breakpoint` and `within_feature`).
    pub(crate) cuts: bool,
    /// Whether VEP's answers are wanted even where they contradict themselves.
    pub(crate) exact_vep: bool,
}

impl Structure<'_> {
    /// The gates of its row: a transcript that it covers shows none of its parts.
    pub(crate) fn meet(&self, site: &TranscriptSite<'_>) -> Meeting {
        let mut meeting = Meeting::of(&self.edit, site);
        let gates = &mut meeting.gates;
        if gates.complete_overlap {
            (gates.exon, gates.intron, gates.coding, gates.utr) = (false, false, false, false);
        }
        meeting
    }

    /// All its terms on a transcript.
    pub(crate) fn terms(&self, meeting: &Meeting, site: &TranscriptSite<'_>, distance: i64) -> Terms {
        let gates = &meeting.gates;
        let mut terms = Terms::default();
        if gates.complete_overlap && self.class.loses() {
            return Terms::of(Term::TranscriptAblation);
        }
        if gates.complete_overlap && self.class.copies() {
            return Terms::of(Term::TranscriptAmplification);
        }
        let within_cdna = gates.within && meeting.within_cdna();
        let lies_inside = self.edit.start >= site.start() && self.edit.end <= site.end();
        terms.insert_if(Term::FeatureElongation, self.class.gains() && within_cdna && lies_inside);
        terms.insert_if(Term::FeatureTruncation, self.cuts || (self.class.loses() && within_cdna));
        if gates.within {
            terms = terms.union(self.terms_within(meeting, site, within_cdna));
        } else {
            terms = terms.union(beside(&self.edit, site, distance));
        }
        match (terms.is_empty(), gates.within && !self.exact_vep) {
            (true, true) => Terms::of(Term::Intron),
            (true, false) => Terms::of(Term::Intergenic),
            (false, _) => terms,
        }
    }

    /// Whether other bases stand in a splice site that it meets. VEP says so of variants with bases only, and calls
    /// what meets nothing but a splice site intergenic.
    fn changes_splice_sites(&self) -> bool {
        !self.exact_vep && (self.class.loses() || self.class.is_insertion() || self.class == Class::Inversion)
    }

    fn terms_within(&self, meeting: &Meeting, site: &TranscriptSite<'_>, within_cdna: bool) -> Terms {
        let gates = &meeting.gates;
        let biotype = site.transcript.names.biotype;
        let mut terms = Terms::default();
        if !gates.complete_overlap && self.changes_splice_sites() {
            terms = meeting.introns.terms(site.is_forward(), gates.exon);
        } else if gates.intron {
            terms = meeting.introns.terms_inside(site.is_forward(), gates.exon);
        }
        if gates.exon && gates.utr && within_cdna {
            let (before, after) = beside_coding(&self.edit, site);
            let (five_prime, three_prime) = if site.is_forward() { (before, after) } else { (after, before) };
            terms.insert_if(Term::FivePrimeUtr, five_prime);
            terms.insert_if(Term::ThreePrimeUtr, three_prime);
        }
        if gates.coding {
            terms = terms.union(self.coding_terms(meeting, site));
        }
        if biotype == "protein_coding" {
            let whole = gates.complete_overlap && site.coding_region.is_some();
            terms.insert_if(Term::CodingTranscript, whole);
        } else if site.coding_region.is_none() {
            let in_exon = gates.exon && site.exon_numbers(&self.edit).is_some();
            terms.insert(if in_exon { Term::NonCodingTranscriptExon } else { Term::NonCodingTranscript });
        }
        terms.insert_if(Term::NmdTranscript, biotype == "nonsense_mediated_decay");
        terms
    }

    /// The terms of a variant that meets the coding sequence and does not cover the transcript.
    fn coding_terms(&self, meeting: &Meeting, site: &TranscriptSite<'_>) -> Terms {
        let (Some(coding), Some((region_start, region_end))) = (site.transcript.coding, site.coding_region)
        else {
            return Terms::default();
        };
        let edit = &self.edit;
        let (at_left, at_right) = (
            overlap(region_start, region_start + 2, edit.start, edit.end),
            overlap(region_end - 2, region_end, edit.start, edit.end),
        );
        let (at_start, at_stop) = if site.is_forward() { (at_left, at_right) } else { (at_right, at_left) };
        let first_coding = i64::from(coding.cdna_start);
        let meets_start_codon = !coding.start_not_found
            && meeting
                .coordinates
                .cdna
                .whole()
                .is_some_and(|(first, last)| overlap(first, last, first_coding, first_coding + 2));
        let shifts = self.class.loses() && lies_in_exon(edit, site);
        let triplets = (edit.end - edit.start + 1) % 3 == 0;
        let inframe = shifts && triplets && meeting.coordinates.cds.whole().is_some();
        let frameshift = shifts && !triplets;
        let mut terms = Terms::default();
        terms.insert_if(Term::Frameshift, frameshift);
        terms.insert_if(Term::InframeDeletion, inframe);
        terms.insert_if(Term::StopLost, self.class.loses() && at_stop && !coding.end_not_found);
        terms.insert_if(Term::StartLost, meets_start_codon && at_start);
        // VEP asks for the bases of the new start codon, has none, and takes the start for kept.
        terms.insert_if(Term::StartRetained, meets_start_codon && self.exact_vep);
        let unknown = meeting.within_cds(edit, site) && !inframe && !frameshift;
        terms.insert_if(Term::CodingSequence, unknown);
        terms
    }
}

/// Whether one exon holds all of it.
fn lies_in_exon(edit: &Edit<'_>, site: &TranscriptSite<'_>) -> bool {
    site.exons_within(edit.start, edit.end).any(|index| {
        let exon = site.transcript.exons[index];
        edit.start >= i64::from(exon.start) && edit.end <= i64::from(exon.end)
    })
}
