//! Introns: splice sites, their regions, and what lies within.
//!
//! Source: Ensembl Variation `BaseTranscriptVariationAllele.pm`, `_intron_effects`, and `VariationEffect.pm`,
//! `_intron_overlap`, `splice_region` and the predicates of the other splice terms.

use crate::consequence::edit::{Edit, overlap};
use crate::consequence::place::{Intron, TranscriptSite};
use crate::consequence::term::{Term, Terms};

/// What an edit does to the introns of a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one of VEP's flags")]
pub(crate) struct IntronEffects {
    /// Some intron, or the three bases on either side of it, is touched: VEP's gate `intron`.
    pub(crate) near_intron: bool,
    /// The edge of some intron is touched: VEP's gate `intron_boundary`.
    pub(crate) near_boundary: bool,
    /// Within an intron and more than two bases from its ends.
    pub(crate) intronic: bool,
    /// Within an intron of at most 13 bases.
    pub(crate) within_frameshift_intron: bool,
    /// The left side in the contig, then the right one.
    sites: [Edge; 2],
    splice_region: bool,
}

/// What is touched at one end of an intron, were it the donor's or the acceptor's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one of VEP's flags")]
struct Edge {
    site: bool,
    fifth_base: bool,
    donor_region: bool,
    /// Of an acceptor at the *other* end: 3 to 17 bases from it.
    polypyrimidine: bool,
}

impl IntronEffects {
    pub(crate) fn of(edit: &Edit<'_>, site: &TranscriptSite<'_>) -> Self {
        let mut effects = Self::default();
        if site.intron_count() == 0 {
            return effects;
        }
        let (min, max) = edit.bounds();
        let introns = site.introns_within(min - 8, max + 8);
        for index in introns.clone() {
            let intron = site.intron(index);
            effects.near_intron |= near_body(min, max, intron);
            effects.near_boundary |= near_boundary(min, max, intron);
        }
        if !effects.near_intron && !effects.near_boundary {
            return effects;
        }
        for_each_differing_region(edit, |first, last| {
            for index in introns.clone() {
                effects.add(min, max, first, last, site.intron(index), site.exact_vep);
            }
        });
        effects
    }

    fn add(&mut self, min: i64, max: i64, first: i64, last: i64, intron: Intron, exact_vep: bool) {
        let Intron { start, end } = intron;
        let (body, boundary) = (near_body(min, max, intron), near_boundary(min, max, intron));
        if !body && !boundary {
            return;
        }
        if intron.is_frameshift() && overlap(first, last, start, end) {
            self.within_frameshift_intron = true;
            return;
        }
        let is_insertion = first == last + 1;
        if body {
            self.intronic |= overlap(first, last, start + 2, end - 2)
                || (is_insertion && (first == start + 2 || last == end - 2));
            let (low, high) = (first.min(last), first.max(last));
            self.sites[0].polypyrimidine |= overlap(low, high, start + 2, start + 16);
            self.sites[1].polypyrimidine |= overlap(low, high, end - 16, end - 2);
        }
        if boundary {
            let touches = |from: i64, to: i64| overlap(first, last, from, to);
            self.sites[0].site |= touches(start, start + 1);
            self.sites[1].site |= touches(end - 1, end);
            self.sites[0].fifth_base |= touches(start + 4, start + 4);
            self.sites[1].fifth_base |= touches(end - 4, end - 4);
            self.sites[0].donor_region |= touches(start + 2, start + 5);
            self.sites[1].donor_region |= touches(end - 5, end - 2);
            if !self.sites[0].site && !self.sites[1].site {
                // VEP keeps what the last region and intron say, not what any says.
                let earlier = self.splice_region && !exact_vep;
                self.splice_region = earlier || in_splice_region(first, last, intron);
            }
        }
    }

    /// The splice terms and `intron_variant`; `in_exon` is VEP's gate `exon`.
    pub(crate) fn terms(&self, forward: bool, in_exon: bool) -> Terms {
        let mut terms = Terms::default();
        let [left, right] = self.sites;
        let (donor, acceptor) = if forward { (left, right) } else { (right, left) };
        if self.near_boundary {
            terms.insert_if(Term::SpliceAcceptor, acceptor.site);
            terms.insert_if(Term::SpliceDonor, donor.site);
            terms.insert_if(Term::SpliceDonorFifthBase, donor.fifth_base);
            let donor_region = donor.donor_region && !donor.fifth_base;
            terms.insert_if(Term::SpliceDonorRegion, donor_region);
            let is_named = acceptor.site || donor.site || donor.fifth_base || donor_region;
            terms.insert_if(Term::SpliceRegion, self.splice_region && !is_named);
        }
        if self.near_intron {
            terms = terms.union(self.terms_inside(forward, in_exon));
        }
        terms
    }

    /// The terms of what lies between the splice sites.
    pub(crate) fn terms_inside(&self, forward: bool, in_exon: bool) -> Terms {
        let acceptor = if forward { self.sites[1] } else { self.sites[0] };
        let mut terms = Terms::default();
        terms.insert_if(Term::SplicePolypyrimidineTract, acceptor.polypyrimidine && !in_exon);
        terms.insert_if(Term::Intron, self.intronic);
        terms
    }
}

fn near_body(min: i64, max: i64, intron: Intron) -> bool {
    overlap(min, max, intron.start - 3, intron.end + 3)
}

fn near_boundary(min: i64, max: i64, intron: Intron) -> bool {
    overlap(min, max, intron.start - 3, intron.start + 7) || overlap(min, max, intron.end - 7, intron.end + 3)
}

/// SO:0001630: one to three bases of the exon, three to eight of the intron.
///
/// An insertion between exon and splice site, or between splice site and the rest of the intron, counts too.
fn in_splice_region(first: i64, last: i64, Intron { start, end }: Intron) -> bool {
    overlap(first, last, start + 2, start + 7)
        || overlap(first, last, end - 7, end - 2)
        || overlap(first, last, start - 3, start - 1)
        || overlap(first, last, end + 1, end + 3)
        || (first == last + 1 && (first == start || last == end || first == start + 2 || last == end - 2))
}

/// Calls back with first and last base of each run of bases that REF and ALT do not share, position by position.
///
/// Source: `VariationFeatureOverlapAllele.pm`, `_get_differing_regions`: a longer ALT runs past the end of REF.
fn for_each_differing_region(edit: &Edit<'_>, mut call: impl FnMut(i64, i64)) {
    let (reference, alternative) = (edit.reference, edit.alternative);
    if reference.len() < 2 || alternative.len() < 2 {
        return call(edit.start, edit.end);
    }
    let place = |index: usize| edit.start + i64::try_from(index).unwrap_or(0);
    let length = reference.len().max(alternative.len());
    let mut begin = None;
    for index in 0..=length {
        let differs = index < length && reference.get(index) != alternative.get(index);
        match (begin, differs) {
            (None, true) => begin = Some(index),
            (Some(from), false) => {
                call(place(from), place(index - 1));
                begin = None;
            }
            _ => {}
        }
    }
}
