//! Terms for changes of length: frameshift, in-frame insertion and deletion, and what is neither.
//!
//! Source: Ensembl Variation `VariationEffect.pm`, the function of each predicate's name.

use super::CodingChange;
use crate::consequence::edit::is_nucleotides;

impl CodingChange<'_> {
    /// `partial_codon`: the edit begins in a last codon that the CDS does not complete.
    pub(crate) fn partial_codon(&self) -> bool {
        let Some(first) = self.at.protein.first else { return false };
        let length = i64::try_from(self.sequence.coding().len()).unwrap_or(0);
        (1..3).contains(&(length - (first * 3 - 3)))
    }

    /// `frameshift`.
    pub(crate) fn frameshift(&mut self) -> bool {
        if self.partial_codon() || self.stop_retained() || !is_nucleotides(self.edit.alternative) {
            return false;
        }
        let Some((first, last)) = self.at.cds.whole() else { return false };
        let length = i64::try_from(self.edit.alternative.len()).unwrap_or(0);
        (length - (last - first + 1)) % 3 != 0
    }

    /// The codons of both alleles, unless the frame is shifted (`_get_codon_alleles`).
    fn codons_in_frame(&mut self) -> Option<(&[u8], &[u8])> {
        // VEP has bases that come before a stop that remains in frame, however many they are.
        let (reference, alternative) = self.edit.lengths();
        let is_shifted = !self.site.exact_vep && !reference.abs_diff(alternative).is_multiple_of(3);
        if is_shifted || self.frameshift() { None } else { self.window.codons() }
    }

    /// `inframe_insertion`.
    pub(crate) fn inframe_insertion(&mut self) -> bool {
        let start_lost = self.start_lost();
        self.inframe_insertion_given(start_lost)
    }

    /// As above; `start_lost` asks it of itself before its own answer is known.
    pub(super) fn inframe_insertion_given(&mut self, start_lost: bool) -> bool {
        let longer = self
            .codons_in_frame()
            .is_some_and(|(reference, alternative)| alternative.len() > reference.len());
        if start_lost || !longer {
            return false;
        }
        let Some((reference, alternative)) = self.window.residues() else { return false };
        if alternative.ends_with(reference) && self.start_retained() {
            return false;
        }
        let until_stop = up_to_stop(alternative);
        until_stop.starts_with(reference) || until_stop.ends_with(reference)
    }

    /// `inframe_deletion`.
    pub(crate) fn inframe_deletion(&mut self) -> bool {
        if self.partial_codon() {
            return false;
        }
        let Some((reference, alternative)) = self.codons_in_frame() else { return false };
        if alternative.len() >= reference.len() {
            return false;
        }
        if reference.starts_with(alternative) || reference.ends_with(alternative) {
            return true;
        }
        let shared = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| {
            pairs.take_while(|(one, other)| one == other).count()
        };
        let before = shared(&mut reference.iter().zip(alternative));
        let after = shared(&mut reference[before..].iter().rev().zip(alternative[before..].iter().rev()));
        before + after == alternative.len() && (reference.len() - alternative.len()).is_multiple_of(3)
    }

    /// `protein_altering_variant`: none of the more specific ones.
    pub(crate) fn protein_altering(&mut self) -> bool {
        let Some((reference, alternative)) = self.window.residues() else { return false };
        if alternative.len() == reference.len()
            || reference.starts_with(b"*")
            || alternative.starts_with(b"*")
            || alternative.starts_with(reference)
            || alternative.ends_with(reference)
        {
            return false;
        }
        !self.inframe_deletion() && !self.start_lost() && !self.frameshift()
    }

    /// `coding_unknown`: within the CDS, but what becomes of the protein is not known.
    pub(crate) fn coding_unknown(&mut self) -> bool {
        if self.complete_overlap || !self.within_cds {
            return false;
        }
        let unknown = |residues: &[u8]| residues.contains(&b'X');
        let is_clear = self
            .window
            .residues()
            .is_some_and(|(reference, _)| !unknown(reference) && !unknown(&self.window.alternative.residues));
        if is_clear {
            return false;
        }
        !(self.frameshift()
            || self.inframe_deletion()
            || self.protein_altering()
            || self.start_retained()
            || self.start_lost()
            || self.stop_retained()
            || self.stop_lost())
    }
}

/// Residues up to and with the first stop; a stop at the very end stays as it is.
fn up_to_stop(residues: &[u8]) -> &[u8] {
    match residues.iter().position(|residue| *residue == b'*') {
        Some(stop) => &residues[..=stop],
        None => residues,
    }
}
