//! Terms for changes that keep the length: missense and synonymous.
//!
//! Source: Ensembl Variation `VariationEffect.pm`, the function of each predicate's name.

use super::CodingChange;

impl CodingChange<'_> {
    /// `missense_variant`.
    pub(crate) fn missense(&mut self) -> bool {
        let Some((reference, alternative)) = self.window.residues() else { return false };
        reference != alternative
            && reference.len() == alternative.len()
            && !self.start_lost()
            && !self.stop_lost()
            && !self.stop_gained()
            && !self.partial_codon()
            && !self.stop_retained()
    }

    /// `synonymous_variant`.
    pub(crate) fn synonymous(&mut self) -> bool {
        let Some((reference, alternative)) = self.window.residues() else { return false };
        !reference.is_empty()
            && reference == alternative
            && !reference.contains(&b'X')
            && !self.stop_retained()
            && !self.start_retained()
    }
}
