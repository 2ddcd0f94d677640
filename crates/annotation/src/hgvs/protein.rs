//! p. names.
//!
//! Source: HGVS, "Protein recommendations"; Ensembl Variation `TranscriptVariationAllele.pm`, `hgvs_protein` and the
//! functions it calls, which each step names.

use crate::consequence::coding::ProteinFacts;
use crate::consequence::coding::window::{EditedCds, Window};
use crate::consequence::edit::Edit;
use crate::consequence::place::Coordinates;
use crate::consequence::sequence::TranscriptSequence;
use crate::hgvs::residue::{append_residue, append_residues};
use crate::output::csq::append_number;

/// How a change is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Frameshift,
    Insertion,
    Deletion,
    Duplication,
    Substitution,
    Delins,
    /// The frame is shifted, but a stop stays a stop.
    Unchanged,
    /// The start codon is lost: nobody knows what comes instead.
    StartLost,
}

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

/// The change while its name is found; holds its memory from variant to variant.
#[derive(Debug, Default)]
pub(crate) struct ProteinChange {
    reference: Vec<u8>,
    alternative: Vec<u8>,
    /// Residues that both began with.
    shared: Vec<u8>,
    /// REF's residues before they were clipped.
    original: Vec<u8>,
    /// The protein after the change, as far as somebody asked for it.
    following: Vec<u8>,
    /// The words `del` instead of residues.
    says_deleted: bool,
    start: i64,
    end: i64,
}

impl ProteinNaming<'_> {
    /// Appends `ENSP00000354687.1:p.Ile2Thr`; says nothing where VEP says nothing.
    pub(crate) fn append(&self, change: &mut ProteinChange, csq: &mut Vec<u8>) {
        let Some(form) = self.find(change) else { return };
        match self.name.rsplit_once('.').filter(|_| self.first_version) {
            Some((id, _)) => {
                csq.extend_from_slice(id.as_bytes());
                csq.extend_from_slice(b".1");
            }
            None => csq.extend_from_slice(self.name.as_bytes()),
        }
        csq.extend_from_slice(b":p.");
        self.write(form, change, csq);
    }

    fn find(&self, change: &mut ProteinChange) -> Option<Form> {
        let (reference, alternative) = (&self.window.reference.residues, &self.window.alternative.residues);
        if reference.is_empty() || alternative.is_empty() {
            return None;
        }
        let (start, end) = self.coordinates.protein.whole()?;
        change.set(reference, alternative, start, end);
        if reference != alternative {
            change.clip();
        }
        let form = if self.is_frameshift() { Form::Frameshift } else { change.form_of_residues() };
        self.refine(form, change)
    }

    /// `frameshift`, asked again of the shifted coordinates.
    fn is_frameshift(&self) -> bool {
        let Some((first, last)) = self.coordinates.cds.whole() else { return false };
        let length = i64::try_from(self.edit.alternative.len()).unwrap_or(0);
        !self.facts.partial_codon && !self.facts.stop_retained && (length - (last - first + 1)) % 3 != 0
    }

    /// `_get_hgvs_peptides`.
    fn refine(&self, form: Form, change: &mut ProteinChange) -> Option<Form> {
        let mut form = form;
        match form {
            Form::Frameshift => form = self.first_changed_residue(change)?,
            Form::Insertion => {
                self.read_from(change.end + 1, change);
                change.shift(true);
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
                change.shift(false);
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
            change.says_deleted = true;
            return Some(Form::Deletion);
        }
        let protein = &self.sequence.protein;
        for (index, alternative) in edited.residues(self.sequence.code).enumerate().skip(skipped) {
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
                break;
            }
            change.start += 1;
        }
        Some(Form::Frameshift)
    }

    /// How many residues the edited protein has up to its first stop, the stop included.
    fn residues_to_stop(&self) -> Option<i64> {
        let stop = self.edited()?.residues(self.sequence.code).position(|residue| residue == b'*')?;
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

    /// `_get_hgvs_protein_format`.
    fn write(&self, form: Form, change: &mut ProteinChange, csq: &mut Vec<u8>) {
        let ProteinChange { start, end, .. } = *change;
        let written_alike = !change.says_deleted && same_residues(&change.reference, &change.alternative);
        match form {
            Form::StartLost => {
                append_residues(&change.reference, csq);
                append_number(csq, start);
                if start != end {
                    csq.push(b'_');
                }
                csq.push(b'?');
                if start != end {
                    append_number(csq, end);
                }
            }
            Form::Duplication => {
                append_range(&change.alternative, start, end, csq);
                csq.extend_from_slice(b"dup");
            }
            _ if written_alike && !matches!(form, Form::Frameshift | Form::Insertion) => {
                append_residues(&change.reference, csq);
                append_number(csq, start);
                csq.extend_from_slice(b"%3D");
            }
            Form::Deletion | Form::Substitution if self.facts.stop_lost => {
                self.write_extension(form, change, csq);
            }
            Form::Substitution | Form::Unchanged => {
                append_residues(&change.reference, csq);
                append_number(csq, start);
                append_residues(&change.alternative, csq);
            }
            Form::Delins | Form::Insertion => write_replacement(form, change, csq),
            Form::Frameshift => self.write_frameshift(change, csq),
            Form::Deletion => {
                append_range_of(&change.reference, start, end, csq);
                csq.extend_from_slice(b"del");
            }
        }
    }

    fn write_extension(&self, form: Form, change: &ProteinChange, csq: &mut Vec<u8>) {
        if form == Form::Deletion {
            append_range_of(&change.reference, change.start, change.end, csq);
            csq.extend_from_slice(b"del");
        } else {
            append_residues(&change.reference, csq);
            append_number(csq, change.start);
            append_residues(&change.alternative[..change.alternative.len().min(1)], csq);
        }
        csq.extend_from_slice(b"extTer");
        append_number_or_unknown(self.residues_added(change.start), csq);
    }

    fn write_frameshift(&self, change: &ProteinChange, csq: &mut Vec<u8>) {
        append_residues(&change.reference[..change.reference.len().min(1)], csq);
        append_number(csq, change.start);
        append_residues(&change.alternative, csq);
        if change.alternative != b"*" && change.alternative != b"X" {
            csq.extend_from_slice(b"fsTer");
            append_number_or_unknown(self.residues_to_new_stop(change.start), csq);
        }
    }
}

impl ProteinChange {
    fn set(&mut self, reference: &[u8], alternative: &[u8], start: i64, end: i64) {
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
    fn clip(&mut self) {
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

    /// `_get_hgvs_protein_type`; the first stop of each is written X from here on.
    fn form_of_residues(&mut self) -> Form {
        for residues in [&mut self.reference, &mut self.alternative] {
            if let Some(stop) = residues.iter_mut().find(|residue| **residue == b'*') {
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

    /// `_shift_3prime`: moves what comes or goes as far as the protein repeats it.
    fn shift(&mut self, insertion: bool) {
        let following = &self.following;
        let moving = if insertion { &mut self.alternative } else { &mut self.reference };
        if moving.is_empty() || following.len() < moving.len() {
            return;
        }
        let limit = following.len() - moving.len() + 1;
        let pairs = following.iter().take(limit).zip(moving.iter().cycle());
        let steps = pairs.take_while(|(one, other)| one == other).count();
        let turn = steps % moving.len();
        moving.rotate_left(turn);
        let steps = i64::try_from(steps).unwrap_or(0);
        self.start += steps;
        self.end += steps;
    }
}

/// Whether two stretches are written alike: a stop and an unknown residue are both `Ter`.
fn same_residues(one: &[u8], other: &[u8]) -> bool {
    let plain = |residue: &u8| if *residue == b'*' { b'X' } else { *residue };
    one.iter().map(plain).eq(other.iter().map(plain))
}

fn append_number_or_unknown(number: Option<i64>, csq: &mut Vec<u8>) {
    match number {
        Some(number) => append_number(csq, number),
        None => csq.push(b'?'),
    }
}

/// `Met1` or `Met1_Lys3`, by the places.
fn append_range(residues: &[u8], start: i64, end: i64, csq: &mut Vec<u8>) {
    if start < end {
        append_ends(residues, start, end, csq);
    } else {
        append_residues(residues, csq);
        append_number(csq, start);
    }
}

/// `Met1` or `Met1_Lys3`, by how many residues there are.
fn append_range_of(residues: &[u8], start: i64, end: i64, csq: &mut Vec<u8>) {
    if residues.len() > 1 {
        append_ends(residues, start, end, csq);
    } else {
        append_residues(residues, csq);
        append_number(csq, start);
    }
}

fn append_ends(residues: &[u8], start: i64, end: i64, csq: &mut Vec<u8>) {
    let (Some(first), Some(last)) = (residues.first(), residues.last()) else { return };
    append_residue(*first, csq);
    append_number(csq, start);
    csq.push(b'_');
    append_residue(*last, csq);
    append_number(csq, end);
}

fn write_replacement(form: Form, change: &ProteinChange, csq: &mut Vec<u8>) {
    let ProteinChange { start, end, .. } = *change;
    let is_stop = |residue: &u8| matches!(residue, b'X' | b'*');
    let until_stop =
        change.alternative.iter().position(is_stop).map_or(change.alternative.len(), |stop| stop + 1);
    if start == end && form == Form::Delins {
        append_residues(&change.reference[..change.reference.len().min(1)], csq);
        append_number(csq, start);
    } else {
        append_ends(&change.reference, start.min(end), start.max(end), csq);
    }
    csq.extend_from_slice(if form == Form::Delins { b"delins" } else { b"ins" });
    append_residues(&change.alternative[..until_stop], csq);
}
