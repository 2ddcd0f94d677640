//! Terms for stop codons.
//!
//! Source: Ensembl Variation `VariationEffect.pm`, the function of each predicate's name.

use super::CodingChange;
use super::window::EditedCds;
use crate::consequence::genetic_code::GeneticCode;

fn has_stop(residues: &[u8]) -> bool {
    residues.contains(&b'*')
}

fn first_stop(residues: &[u8]) -> Option<usize> {
    residues.iter().position(|residue| *residue == b'*')
}

impl CodingChange<'_> {
    /// `stop_gained`.
    pub(crate) fn stop_gained(&mut self) -> bool {
        if self.stop_retained() {
            return false;
        }
        self.window
            .residues()
            .is_some_and(|(reference, alternative)| has_stop(alternative) && !has_stop(reference))
    }

    /// `stop_lost`.
    pub(crate) fn stop_lost(&mut self) -> bool {
        if let Some(answer) = self.answers.stop_lost {
            return answer;
        }
        let answer = match self.window.residues() {
            Some((reference, alternative)) => has_stop(reference) && !has_stop(alternative),
            None => self.indel_alters_stop(),
        };
        self.answers.stop_lost = Some(answer);
        answer
    }

    /// `stop_retained`.
    pub(crate) fn stop_retained(&mut self) -> bool {
        if let Some(answer) = self.answers.stop_retained {
            return answer;
        }
        let answer = !self.partial_codon() && !self.stop_lost() && self.decide_stop_retained();
        self.answers.stop_retained = Some(answer);
        answer
    }

    fn decide_stop_retained(&self) -> bool {
        if !self.site.exact_vep && self.shifted_frame_leaves_protein() {
            return true;
        }
        match self.window.residues() {
            Some((reference, alternative)) if !alternative.is_empty() => {
                self.keeps_protein_or_stop(reference, alternative)
            }
            _ => !self.keeps_length() && self.overlaps_stop_codon() && !self.indel_alters_stop(),
        }
    }

    /// Whether the frame is shifted so near the stop that the protein ends as before: bases that repeat came or went
    /// there, and naming them at their most 3' place shows that the stop alone is touched.
    fn shifted_frame_leaves_protein(&self) -> bool {
        let (reference, alternative) = self.edit.lengths();
        if reference.abs_diff(alternative).is_multiple_of(3) || !self.is_unambiguous() {
            return false;
        }
        let protein = &self.sequence.protein;
        let has_stop = self.sequence.coding().len() == 3 * protein.len() + 3;
        let first = self.at.protein.first.and_then(|first| usize::try_from(first - 1).ok());
        let Some(first) = first.filter(|_| has_stop) else { return false };
        let Some(edited) = EditedCds::new(self.sequence, self.at, self.oriented) else { return false };
        let expected = protein.iter().copied().chain([b'*']).skip(first);
        let count = (protein.len() + 1).saturating_sub(first);
        edited.residues_from(first, self.sequence.code).take(count).eq(expected)
    }

    /// `ref_eq_alt_sequence`. Its first clause also holds far from any stop, when the new residues begin with the
    /// old one and bring a stop, and its second when residues come right before the stop; so VEP says since release
    /// 112. But a stop is retained only where there was one and the protein ends as before (SO:0001567).
    fn keeps_protein_or_stop(&self, reference: &[u8], alternative: &[u8]) -> bool {
        if reference == b"X" && alternative == b"X" {
            return false;
        }
        let Some((first, last)) = self.at.protein.whole() else { return false };
        let protein = &self.sequence.protein;
        let length = i64::try_from(protein.len()).unwrap_or(0);
        if first > length && alternative.starts_with(b"*") {
            return true;
        }
        let begins_alike = reference.len() == 1
            && alternative.first() == reference.first()
            && has_stop(alternative)
            && (self.site.exact_vep || has_stop(reference));
        begins_alike
            || self.appends_at_most_two(first, last, alternative)
            || (has_stop(reference) && first_stop(reference) == first_stop(alternative))
    }

    /// Whether the protein with the new residues put in begins with the old one and is longer by one or two.
    fn appends_at_most_two(&self, first: i64, last: i64, alternative: &[u8]) -> bool {
        let protein = &self.sequence.protein;
        let Ok(start) = usize::try_from(first - 1) else { return false };
        let Ok(removed) = usize::try_from(last - first + 1) else { return false };
        if start > protein.len() {
            return false;
        }
        let end = (start + removed).min(protein.len());
        let edited = || protein[..start].iter().chain(alternative).chain(&protein[end..]);
        let growth = (start + alternative.len() + protein.len() - end).checked_sub(protein.len());
        matches!(growth, Some(1 | 2))
            && edited().zip(protein).skip(start).all(|(one, other)| one == other)
            && (self.site.exact_vep || edited().nth(protein.len()) == Some(&b'*'))
    }

    /// `_overlaps_stop_codon`.
    fn overlaps_stop_codon(&self) -> bool {
        let Some(coding) = self.site.transcript.coding else { return false };
        let end = i64::from(coding.cdna_end);
        !coding.end_not_found
            && self.at.cdna.whole().is_some_and(|(first, last)| last >= end - 2 && first <= end)
    }

    /// `_ins_del_stop_altered`: whether the codon that is now where the stop was is none.
    fn indel_alters_stop(&self) -> bool {
        if !self.is_unambiguous() || !self.overlaps_stop_codon() || self.keeps_length() {
            return false;
        }
        let (Some((first, last)), Some(cds_first)) = (self.at.cdna.whole(), self.at.cds.first) else {
            return false;
        };
        let coding = self.sequence.coding().len();
        let bases = self.sequence.coding_and_three_prime();
        let Ok(start) = usize::try_from(cds_first - 1) else { return false };
        let Ok(removed) = usize::try_from(last - first + 1) else { return false };
        let before = &bases[..start.min(bases.len())];
        let after = bases.get(start + removed..).unwrap_or_default();
        let edited = before.iter().chain(self.oriented).chain(after).copied();
        if before.len() + self.oriented.len() + after.len() < coding {
            return true;
        }
        let mut codon = edited.skip(coding.saturating_sub(3));
        let codon = [codon.next(), codon.next(), codon.next()].map(|base| base.unwrap_or(b'N'));
        self.code().residue(codon) != b'*'
    }

    /// The code of the transcript's codons.
    pub(crate) fn code(&self) -> GeneticCode {
        GeneticCode::of_table(self.site.transcript.coding.map_or(1, |coding| coding.genetic_code))
    }
}
