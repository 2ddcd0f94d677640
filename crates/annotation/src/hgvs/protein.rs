//! p. names.
//!
//! Source: HGVS, "Protein recommendations"; Ensembl Variation `TranscriptVariationAllele.pm`, `hgvs_protein` and the
//! functions it calls, which each step names.

mod change;
mod write;

use crate::consequence::coding::ProteinFacts;
use crate::consequence::coding::window::{EditedCds, Window};
use crate::consequence::edit::Edit;
use crate::consequence::place::Coordinates;
use crate::consequence::sequence::TranscriptSequence;
use crate::output::csq::append_escaped;
use change::Form;
pub(crate) use change::ProteinChange;

/// What a name is made from; coordinates, codons and alternative are those after the shift.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProteinNaming<'a> {
    /// The protein's id; in VEP's GFF runs its version is 1 unless it stands in the id itself.
    pub(crate) name: &'a str,
    pub(crate) first_version: bool,
    pub(crate) edit: &'a Edit<'a>,
    pub(crate) oriented: &'a [u8],
    pub(crate) coordinates: &'a Coordinates,
    pub(crate) sequence: &'a TranscriptSequence,
    pub(crate) window: &'a Window,
    pub(crate) facts: ProteinFacts,
}

impl ProteinNaming<'_> {
    /// Appends `ENSP00000354687.1:p.Ile2Thr`; says nothing where VEP says nothing.
    pub(crate) fn append(&self, change: &mut ProteinChange, csq: &mut Vec<u8>) {
        let Some(form) = self.find(change) else { return };
        let begin = csq.len();
        match self.name.rsplit_once('.').filter(|_| self.first_version) {
            Some((id, _)) => {
                append_escaped(csq, id, b"_");
                csq.extend_from_slice(b".1");
            }
            None => append_escaped(csq, self.name, b"_"),
        }
        csq.extend_from_slice(b":p.");
        self.write(form, change, csq);
        // What becomes of residues that nobody knows is not said; VEP takes them for stops.
        if !self.facts.exact_vep && memchr::memmem::find(&csq[begin..], b"Xaa").is_some() {
            csq.truncate(begin);
        }
    }

    fn find(&self, change: &mut ProteinChange) -> Option<Form> {
        if self.facts.partial_codon && !self.facts.exact_vep {
            // Nobody knows the residue of a codon that is not whole; VEP writes it as a stop.
            return None;
        }
        let (reference, alternative) = (&self.window.reference.residues, &self.window.alternative.residues);
        if reference.is_empty() || alternative.is_empty() {
            return None;
        }
        let (start, end) = self.coordinates.protein.whole()?;
        change.set(reference, alternative, start, end);
        if reference != alternative {
            change.clip();
        }
        let form = if self.is_frameshift() {
            Form::Frameshift
        } else {
            change.form_of_residues(self.facts.exact_vep)
        };
        self.refine(form, change)
    }

    /// `frameshift`, asked again of the shifted coordinates.
    fn is_frameshift(&self) -> bool {
        let Some((first, last)) = self.coordinates.cds.whole() else { return false };
        let length = i64::try_from(self.edit.alternative.len()).unwrap_or(0);
        // A stop that remains behind a shifted frame is found as the first residue that differs is.
        let stays = self.facts.stop_retained && self.facts.exact_vep;
        !self.facts.partial_codon && !stays && (length - (last - first + 1)) % 3 != 0
    }

    /// `_get_hgvs_peptides`.
    fn refine(&self, form: Form, change: &mut ProteinChange) -> Option<Form> {
        let mut form = form;
        match form {
            Form::Frameshift => form = self.first_changed_residue(change)?,
            Form::Insertion => {
                self.read_from(change.end + 1, change);
                change.shift(true, self.facts.exact_vep);
                if !change.alternative.contains(&b'*') && self.is_duplication(change) {
                    return Some(Form::Duplication);
                }
                self.read_from(change.start.min(change.end), change);
                if change.following.is_empty() {
                    return None;
                }
                change.reference.clear();
                change.reference.extend(change.following.iter().take(2));
            }
            Form::Deletion => {
                self.read_from(change.end + 1, change);
                change.shift(false, self.facts.exact_vep);
            }
            _ => {}
        }
        if self.facts.start_lost {
            return Some(Form::StartLost);
        }
        if form == Form::Deletion {
            change.says_deleted = true;
            if change.reference.is_empty() || change.reference == b"-" {
                return None;
            }
        }
        Some(form)
    }

    /// Reads the protein from a residue on; with a stop where the change began at one. Nothing past the last residue
    /// (`_get_surrounding_peptides`).
    fn read_from(&self, place: i64, change: &mut ProteinChange) {
        let ProteinChange { original, following, .. } = change;
        following.clear();
        let protein = &self.sequence.protein;
        let tail: &[u8] = if original.starts_with(b"*") { original } else { b"" };
        if place == 0 && self.facts.exact_vep {
            // VEP reads the last residue before the first.
            return following.extend(protein.iter().chain(tail).last());
        }
        if let Ok(place) = usize::try_from(place)
            && protein.len() + tail.len() > place
        {
            following.extend(protein.iter().chain(tail).skip(place.saturating_sub(1)));
        }
    }

    /// `_check_for_peptide_duplication`.
    fn is_duplication(&self, change: &mut ProteinChange) -> bool {
        let code = self.sequence.code;
        let length = change.alternative.len();
        let Ok(upstream) = usize::try_from(change.start - 1) else { return false };
        let coding = self.sequence.coding();
        let codons = coding.as_chunks::<3>().0;
        let Some(begin) = upstream.checked_sub(length) else { return false };
        let residues = codons
            .iter()
            .take(upstream)
            .map(|codon| code.residue(*codon))
            .chain(change.shared.iter().copied())
            .skip(begin)
            .take(length);
        if !residues.eq(change.alternative.iter().copied()) {
            return false;
        }
        change.end = change.start - 1;
        change.start -= i64::try_from(length).unwrap_or(0);
        true
    }

    fn edited(&self) -> Option<EditedCds<'_>> {
        EditedCds::new(self.sequence, self.coordinates, self.oriented)
    }

    /// `_get_fs_peptides`: the first residue that differs is not always in the first changed codon.
    fn first_changed_residue(&self, change: &mut ProteinChange) -> Option<Form> {
        let edited = self.edited()?;
        let first = self.coordinates.protein.first?;
        change.start = first;
        let skipped = usize::try_from(first - 1).ok()?;
        if skipped >= edited.residue_count() {
            if !self.facts.exact_vep {
                return Some(Form::Unknown);
            }
            change.says_deleted = true;
            return Some(Form::Deletion);
        }
        let protein = &self.sequence.protein;
        for (index, alternative) in (skipped..).zip(edited.residues_from(skipped, self.sequence.code)) {
            let reference = match index.cmp(&protein.len()) {
                std::cmp::Ordering::Less => Some(protein[index]),
                std::cmp::Ordering::Equal => Some(b'*'),
                std::cmp::Ordering::Greater => None,
            };
            change.reference.clear();
            change.reference.extend(reference);
            change.alternative.clear();
            change.alternative.push(alternative);
            if reference == Some(b'*') && alternative == b'*' {
                return Some(Form::Unchanged);
            }
            if reference != Some(alternative) {
                return Some(Form::Frameshift);
            }
            change.start += 1;
        }
        Some(if self.facts.exact_vep { Form::Frameshift } else { Form::Unknown })
    }

    /// The residues of the edited protein from a place on, up to the first stop and with it; nothing when there is none.
    fn residues_to_stop_from(&self, start: i64) -> impl Iterator<Item = u8> {
        let before = usize::try_from(start - 1).unwrap_or(0);
        let stop = self.residues_to_stop().and_then(|stop| usize::try_from(stop).ok()).unwrap_or(0);
        self.residues_from(start).take(stop.saturating_sub(before))
    }

    /// The residues of the edited protein from a place on.
    fn residues_from(&self, start: i64) -> impl Iterator<Item = u8> {
        let before = usize::try_from(start - 1).unwrap_or(0);
        let residues = self.edited().map(|edited| edited.residues_from(before, self.sequence.code));
        residues.into_iter().flatten()
    }

    /// How many residues the edited protein has up to its first stop, the stop included.
    fn residues_to_stop(&self) -> Option<i64> {
        let edited = self.edited()?;
        let unedited = edited.unedited_residues();
        let stop = if let Some(stop) = self.sequence.first_stop.filter(|stop| *stop < unedited) {
            stop
        } else {
            let mut residues = edited.residues_from(unedited, self.sequence.code);
            unedited + residues.position(|residue| residue == b'*')?
        };
        i64::try_from(stop + 1).ok()
    }

    /// `_stop_loss_extra_AA` for a frameshift: from the first changed residue to the new stop.
    fn residues_to_new_stop(&self, start: i64) -> Option<i64> {
        if start <= 1 {
            return None;
        }
        self.residues_to_stop().map(|stop| stop - (start - 1)).filter(|residues| *residues > 0)
    }

    /// `_stop_loss_extra_AA` for a lost stop: from the old stop to the new one.
    fn residues_added(&self, start: i64) -> Option<i64> {
        if start <= 1 {
            return None;
        }
        let length = i64::try_from(self.sequence.protein.len()).unwrap_or(0);
        self.residues_to_stop().map(|stop| stop - 1 - length).filter(|residues| *residues > 0)
    }
}
