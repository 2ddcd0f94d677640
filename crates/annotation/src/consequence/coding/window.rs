//! The codons that an edit touches, before and after, and the residues they make.
//!
//! Source: Ensembl Variation `TranscriptVariationAllele.pm`, `codon`, `peptide`, `display_codon` and
//! `_get_alternate_cds`.

use crate::consequence::edit::{Edit, is_nucleotides, is_unambiguous};
use crate::consequence::genetic_code::GeneticCode;
use crate::consequence::place::Coordinates;
use crate::consequence::sequence::{SELENOCYSTEINE, TranscriptSequence};

/// The CDS and 3' UTR with the edit made, without a copy of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EditedCds<'a> {
    parts: [&'a [u8]; 3],
}

impl<'a> EditedCds<'a> {
    /// None when the edit is not wholly within the CDS.
    pub(crate) fn new(
        sequence: &'a TranscriptSequence,
        at: &Coordinates,
        oriented: &'a [u8],
    ) -> Option<Self> {
        let (first, last) = at.cds.whole()?;
        let coding = sequence.coding();
        let (first, last) = (usize::try_from(first - 1).ok()?, usize::try_from(last).ok()?);
        (last <= coding.len()).then_some(())?;
        let before = &coding[..first.min(coding.len())];
        Some(Self { parts: [before, oriented, &sequence.coding_and_three_prime()[last..]] })
    }

    /// Appends a stretch: `length` bases from the 0-based `start`, fewer at the end.
    fn copy(self, mut start: usize, mut length: usize, into: &mut Vec<u8>) {
        for part in self.parts {
            let skipped = start.min(part.len());
            start -= skipped;
            let taken = length.min(part.len() - skipped);
            into.extend_from_slice(&part[skipped..skipped + taken]);
            length -= taken;
        }
    }

    /// The residues of whole codons from a 0-based residue on.
    pub(crate) fn residues_from(self, first: usize, code: GeneticCode) -> impl Iterator<Item = u8> + 'a {
        (first..self.residue_count()).map(move |index| code.residue(self.codon(index)))
    }

    /// How many residues from the first on are made of unedited bases only.
    pub(crate) fn unedited_residues(self) -> usize {
        self.parts[0].len() / 3
    }

    /// The codon of a 0-based residue.
    fn codon(self, index: usize) -> [u8; 3] {
        let [before, oriented, after] = self.parts;
        let start = 3 * index;
        let whole = match start.checked_sub(before.len() + oriented.len()) {
            Some(start) => after.get(start..),
            None => before.get(start..),
        };
        whole.and_then(|bases| bases.first_chunk().copied()).unwrap_or_else(|| self.mixed_codon(start))
    }

    fn mixed_codon(self, start: usize) -> [u8; 3] {
        let mut bases = self.parts.into_iter().flatten().skip(start).copied();
        [bases.next(), bases.next(), bases.next()].map(|base| base.unwrap_or(b'N'))
    }

    /// How many whole codons there are.
    pub(crate) fn residue_count(self) -> usize {
        self.parts.iter().map(|part| part.len()).sum::<usize>() / 3
    }
}

/// Codons and residues of one allele. Empty: VEP has none; `-`: the allele leaves nothing.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) codons: Vec<u8>,
    pub(crate) residues: Vec<u8>,
}

impl Reading {
    fn clear(&mut self) {
        self.codons.clear();
        self.residues.clear();
    }

    /// Reads residues from the codons; an incomplete codon is `X`, but not after a lone stop.
    fn translate(&mut self, code: GeneticCode) {
        if self.codons == b"-" {
            self.residues.push(b'-');
            return;
        }
        code.translate(&self.codons, &mut self.residues);
        if !self.codons.len().is_multiple_of(3) && self.residues != b"*" {
            self.residues.push(b'X');
        }
        if self.residues.is_empty() {
            self.residues.push(b'-');
        }
    }

    /// Reads the codon of an index as selenocysteine if it is UGA.
    fn read_selenocysteine(&mut self, index: usize) {
        if self.codons.get(3 * index..3 * index + 3) == Some(b"TGA")
            && let Some(residue) = self.residues.get_mut(index)
        {
            *residue = SELENOCYSTEINE;
        }
    }
}

/// The touched codons of REF and ALT; holds its memory from variant to variant.
#[derive(Debug, Default)]
pub(crate) struct Window {
    pub(crate) reference: Reading,
    pub(crate) alternative: Reading,
}

impl Window {
    /// Forgets everything: VEP has neither codons nor residues.
    pub(crate) fn clear(&mut self) {
        self.reference.clear();
        self.alternative.clear();
    }

    /// Reads the codons at the coordinates of an edit.
    pub(crate) fn set(
        &mut self,
        sequence: &TranscriptSequence,
        at: &Coordinates,
        edit: &Edit<'_>,
        oriented: &[u8],
        code: GeneticCode,
    ) {
        self.clear();
        let Some(edited) = EditedCds::new(sequence, at, oriented) else { return };
        let (Some((first, last)), Some((cds_first, cds_last))) = (at.protein.whole(), at.cds.whole()) else {
            return;
        };
        if first < 1 || last < 1 {
            return;
        }
        let start = usize::try_from(first * 3 - 3).unwrap_or(0);
        let length = last * 3 - (first * 3 - 3);
        let coding = sequence.coding();
        let reference_length = usize::try_from(length).unwrap_or(0);
        let from = start.min(coding.len());
        let to = (from + reference_length).min(coding.len());
        self.reference.codons.extend_from_slice(&coding[from..to]);

        if !is_nucleotides(edit.alternative) {
            return;
        }
        let growth = i64::try_from(oriented.len()).unwrap_or(0) - (cds_last - cds_first + 1);
        edited.copy(start, usize::try_from(length + growth).unwrap_or(0), &mut self.alternative.codons);
        for (reading, allele) in
            [(&mut self.reference, edit.reference), (&mut self.alternative, edit.alternative)]
        {
            if reading.codons.is_empty() {
                reading.codons.push(b'-');
            }
            if is_unambiguous(allele) {
                reading.translate(code);
            }
        }
        self.read_selenocysteines(sequence, start / 3, growth);
    }

    /// Reads UGA as selenocysteine where the sequence says so, in ALT too when the codon is still there.
    fn read_selenocysteines(&mut self, sequence: &TranscriptSequence, first_residue: usize, growth: i64) {
        for residue in &sequence.selenocysteines {
            let Some(index) = residue.checked_sub(first_residue) else { continue };
            self.reference.read_selenocysteine(index);
            if growth == 0 {
                self.alternative.read_selenocysteine(index);
            }
        }
    }

    /// The residues of REF and ALT, when both are known; nothing for `-` (`_get_peptide_alleles`).
    pub(crate) fn residues(&self) -> Option<(&[u8], &[u8])> {
        both(&self.reference.residues, &self.alternative.residues)
    }

    /// The codons of REF and ALT, when both are known; nothing for `-` (`_get_codon_alleles`).
    pub(crate) fn codons(&self) -> Option<(&[u8], &[u8])> {
        both(&self.reference.codons, &self.alternative.codons)
    }

    /// The field `Amino_acids` (`pep_allele_string`).
    pub(crate) fn append_amino_acids(&self, csq: &mut Vec<u8>) {
        let (reference, alternative) = (&self.reference.residues, &self.alternative.residues);
        if reference.is_empty() || alternative.is_empty() {
            return;
        }
        if reference != alternative {
            csq.extend_from_slice(reference);
            csq.push(b'/');
        } else if alternative == b"-" {
            return;
        }
        csq.extend_from_slice(alternative);
    }

    /// The field `Codons`: changed bases in upper case (`display_codon_allele_string`). `place` is the changed
    /// base's place in its codon, from 0; VEP has none where the first base is outside the transcript.
    pub(crate) fn append_codons(&self, edit: &Edit<'_>, place: Option<usize>, csq: &mut Vec<u8>) {
        let (reference, alternative) = (&self.reference.codons, &self.alternative.codons);
        if reference.is_empty() || alternative.is_empty() {
            return;
        }
        append_codon(reference, place, edit.reference.len(), csq);
        csq.push(b'/');
        append_codon(alternative, place, edit.alternative.len(), csq);
    }
}

fn both<'a>(reference: &'a [u8], alternative: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let plain = |text: &'a [u8]| if text == b"-" { &text[..0] } else { text };
    (!reference.is_empty() && !alternative.is_empty()).then(|| (plain(reference), plain(alternative)))
}

fn append_codon(codons: &[u8], place: Option<usize>, length: usize, csq: &mut Vec<u8>) {
    let begin = csq.len();
    csq.extend_from_slice(codons);
    let shown = &mut csq[begin..];
    shown.make_ascii_lowercase();
    if let Some(place) = place {
        let from = place.min(shown.len());
        let to = (place + length).min(shown.len());
        shown[from..to].make_ascii_uppercase();
    }
}
