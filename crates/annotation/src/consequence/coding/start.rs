//! Terms for the start codon.
//!
//! Source: Ensembl Variation `VariationEffect.pm`, the function of each predicate's name.

use super::CodingChange;

impl CodingChange<'_> {
    /// `_overlaps_start_codon`.
    fn overlaps_start_codon(&self) -> bool {
        let Some(coding) = self.site.transcript.coding else { return false };
        let start = i64::from(coding.cdna_start);
        // A CDS that begins within a codon does not begin with its start.
        let is_partial = coding.start_not_found || (coding.missing_bases > 0 && !self.site.exact_vep);
        !is_partial && self.at.cdna.whole().is_some_and(|(first, last)| last >= start && first <= start + 2)
    }

    /// 5' UTR and CDS around the old start with the edit made: whether the bases from the old start on read ATG,
    /// whether the 5' UTR before is unchanged, and the length afterwards.
    fn edited_five_prime(&self) -> Option<EditedStart<'_>> {
        let (first, last) = self.at.cdna.whole()?;
        let (first, last) = (usize::try_from(first - 1).ok()?, usize::try_from(last).ok()?);
        let bases = self.sequence.five_prime_and_coding();
        let before = &bases[..first.min(bases.len())];
        let after = bases.get(last..).unwrap_or_default();
        Some(EditedStart { parts: [before, self.oriented, after] })
    }

    /// `_ins_del_start_altered`.
    fn indel_alters_start(&self) -> bool {
        if !self.is_unambiguous() || !self.overlaps_start_codon() || self.keeps_length() {
            return false;
        }
        let Some(edited) = self.edited_five_prime() else { return false };
        let (utr, coding) = (self.sequence.five_prime(), self.sequence.coding());
        if !utr.is_empty() && edited.starts_with(utr) && edited.codon_at(utr.len()) == Some(*b"ATG") {
            return false;
        }
        edited.len() < coding.len() || !edited.ends_with(coding)
    }

    /// Whether the whole CDS still stands behind a changed 5' UTR: bases that repeat came or went at its edge, and
    /// naming them as the UTR's describes the same molecule.
    pub(crate) fn keeps_coding_sequence(&self) -> bool {
        let Some(coding) = self.site.transcript.coding else { return false };
        let start = i64::from(coding.cdna_start);
        let at_edge =
            self.at.cdna.whole().is_some_and(|(first, last)| last >= start - 1 && first <= start + 2);
        if self.site.exact_vep || !at_edge || self.keeps_length() || !self.is_unambiguous() {
            return false;
        }
        let Some(edited) = self.edited_five_prime() else { return false };
        let (utr, coding) = (self.sequence.five_prime(), self.sequence.coding());
        let begins_at_once = edited.starts_with(utr) && edited.codon_at(utr.len()) == Some(*b"ATG");
        !begins_at_once && edited.ends_with(coding)
    }

    /// `_inv_start_altered`; despite its name it looks at every edit of a transcript with a 5' UTR.
    fn edit_alters_start_behind_utr(&self) -> bool {
        if !self.is_unambiguous() || !self.overlaps_start_codon() {
            return false;
        }
        let utr = self.sequence.five_prime().len();
        let Some(edited) = self.edited_five_prime().filter(|_| utr > 0) else { return false };
        let fits = self.at.cdna.last.is_some_and(|last| {
            usize::try_from(last).is_ok_and(|last| last <= self.sequence.five_prime_and_coding().len())
        });
        fits && edited.codon_at(utr) != Some(*b"ATG")
    }

    /// `_snp_start_altered`. Of an allele that is not A, C, G, T, VEP says no when first asked, and yes then.
    fn substitution_alters_start(&mut self) -> bool {
        if !self.is_unambiguous() {
            return std::mem::replace(&mut self.answers.ambiguous_start_asked, true);
        }
        let coding = self.sequence.coding().len();
        self.edited_five_prime().is_none_or(|edited| {
            edited.len().checked_sub(coding).and_then(|start| edited.codon_at(start)) != Some(*b"ATG")
        })
    }

    /// `start_retained_variant`.
    pub(crate) fn start_retained(&mut self) -> bool {
        self.overlaps_start_codon()
            && (self.site.exact_vep || self.is_unambiguous())
            && if self.keeps_length() {
                !self.substitution_alters_start()
            } else {
                !self.indel_alters_start()
            }
    }

    /// `start_lost`. VEP takes it for not lost while it asks whether the change is in frame.
    pub(crate) fn start_lost(&mut self) -> bool {
        if let Some(answer) = self.answers.start_lost {
            return answer;
        }
        self.answers.start_lost = Some(false);
        // VEP asks both questions by themselves, and may say yes to both. A start that remains is not lost.
        let remains = !self.site.exact_vep && self.start_retained();
        let answer = !remains && self.overlaps_start_codon() && self.decide_start_lost();
        self.answers.start_lost = Some(answer);
        answer
    }

    fn decide_start_lost(&mut self) -> bool {
        if self.indel_alters_start() && !(self.inframe_insertion_given(false) || self.inframe_deletion()) {
            return true;
        }
        if self.edit_alters_start_behind_utr() {
            return true;
        }
        let Some((reference, alternative)) = self.window.residues() else { return false };
        if reference.is_empty() || alternative.is_empty() || alternative == b"X" {
            return false;
        }
        self.at.protein.first == Some(1)
            && !alternative.ends_with(reference)
            && !alternative.starts_with(reference)
    }
}

/// 5' UTR and CDS with the edit made, without a copy.
struct EditedStart<'a> {
    parts: [&'a [u8]; 3],
}

impl EditedStart<'_> {
    fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    fn bases(&self) -> impl DoubleEndedIterator<Item = &u8> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    fn starts_with(&self, bases: &[u8]) -> bool {
        self.len() >= bases.len() && self.bases().zip(bases).all(|(one, other)| one == other)
    }

    fn ends_with(&self, bases: &[u8]) -> bool {
        self.len() >= bases.len()
            && self.bases().rev().zip(bases.iter().rev()).all(|(one, other)| one == other)
    }

    fn codon_at(&self, start: usize) -> Option<[u8; 3]> {
        let mut bases = self.bases().skip(start).copied();
        Some([bases.next()?, bases.next()?, bases.next()?])
    }
}
