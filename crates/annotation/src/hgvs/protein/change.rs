//! A change of a protein while its name is found.

/// How a change is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Frameshift,
    Insertion,
    Deletion,
    Duplication,
    Substitution,
    Delins,
    /// The frame is shifted, but a stop stays a stop.
    Unchanged,
    /// The transcript ends before the new protein shows how it differs.
    Unknown,
    /// The start codon is lost: nobody knows what comes instead.
    StartLost,
}

/// The change while its name is found; holds its memory from variant to variant.
#[derive(Debug, Default)]
pub(crate) struct ProteinChange {
    pub(super) reference: Vec<u8>,
    pub(super) alternative: Vec<u8>,
    /// Residues that both began with.
    pub(super) shared: Vec<u8>,
    /// REF's residues before they were clipped.
    pub(super) original: Vec<u8>,
    /// The protein after the change, as far as somebody asked for it.
    pub(super) following: Vec<u8>,
    /// The words `del` instead of residues.
    pub(super) says_deleted: bool,
    pub(super) start: i64,
    pub(super) end: i64,
}

impl ProteinChange {
    pub(super) fn set(&mut self, reference: &[u8], alternative: &[u8], start: i64, end: i64) {
        for (text, residues) in [(&mut self.reference, reference), (&mut self.alternative, alternative)] {
            text.clear();
            text.extend_from_slice(residues);
        }
        self.shared.clear();
        self.original.clear();
        self.says_deleted = false;
        (self.start, self.end) = (start, end);
    }

    /// `_clip_alleles`: takes off what both share at their ends; nothing when both reach a stop first.
    pub(super) fn clip(&mut self) {
        self.original.extend_from_slice(&self.reference);
        let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
        let before = self.reference.iter().zip(&self.alternative).take_while(same).count();
        if self.reference[..before].contains(&b'*') {
            return;
        }
        self.shared.extend_from_slice(&self.reference[..before]);
        self.reference.drain(..before);
        self.alternative.drain(..before);
        let after = self.reference.iter().rev().zip(self.alternative.iter().rev()).take_while(same).count();
        self.reference.truncate(self.reference.len() - after);
        self.alternative.truncate(self.alternative.len() - after);
        let length = |count: usize| i64::try_from(count).unwrap_or(0);
        self.start += length(before);
        self.end -= length(after);
    }

    /// `_get_hgvs_protein_type`; VEP writes the first stop of each as X from here on, as it does what is not known.
    pub(super) fn form_of_residues(&mut self, exact_vep: bool) -> Form {
        for residues in [&mut self.reference, &mut self.alternative] {
            if let Some(stop) = residues.iter_mut().find(|residue| **residue == b'*' && exact_vep) {
                *stop = b'X';
            }
        }
        let is_nothing = |residues: &[u8]| residues.is_empty() || residues == b"-";
        if is_nothing(&self.reference) {
            Form::Insertion
        } else if is_nothing(&self.alternative) {
            Form::Deletion
        } else if self.reference.len() == 1 && self.alternative.len() == 1 {
            Form::Substitution
        } else {
            Form::Delins
        }
    }

    /// VEP's X is `Ter` when it is written at last.
    pub(super) fn read_unknown_as_stops(&mut self) {
        for residue in self.reference.iter_mut().chain(&mut self.alternative) {
            if *residue == b'X' {
                *residue = b'*';
            }
        }
    }

    /// `_shift_3prime`: moves what comes or goes as far as the protein repeats it; VEP not where less follows than moves.
    pub(super) fn shift(&mut self, insertion: bool, exact_vep: bool) {
        let following = &self.following;
        let moving = if insertion { &mut self.alternative } else { &mut self.reference };
        if moving.is_empty() || (exact_vep && following.len() < moving.len()) {
            return;
        }
        let limit = if exact_vep { following.len() - moving.len() + 1 } else { following.len() };
        let pairs = following.iter().take(limit).zip(moving.iter().cycle());
        let steps = pairs.take_while(|(one, other)| one == other && (exact_vep || **one != b'*')).count();
        let turn = steps % moving.len();
        moving.rotate_left(turn);
        let steps = i64::try_from(steps).unwrap_or(0);
        self.start += steps;
        self.end += steps;
    }
}
