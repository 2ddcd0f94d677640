//! The words of p. names.
//!
//! Source: Ensembl Variation `TranscriptVariationAllele.pm`, `_get_hgvs_protein_format`.

use super::ProteinNaming;
use super::change::{Form, ProteinChange};
use crate::hgvs::residue::{append_residue, append_residues};
use crate::output::csq::append_number;

impl ProteinNaming<'_> {
    /// Appends what stands after `p.`.
    pub(super) fn write(&self, form: Form, change: &mut ProteinChange, csq: &mut Vec<u8>) {
        if self.facts.exact_vep {
            change.read_unknown_as_stops();
        }
        let ProteinChange { start, end, .. } = *change;
        let written_alike = !change.says_deleted && change.reference == change.alternative;
        match form {
            Form::Unknown => csq.push(b'?'),
            Form::StartLost if !self.facts.exact_vep => {
                let begins_right = self.sequence.protein.first() == Some(&b'M');
                csq.extend_from_slice(if begins_right { b"Met1?" } else { b"?" });
            }
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
                if self.facts.exact_vep {
                    append_residues(&change.reference, csq);
                    append_number(csq, start);
                } else {
                    append_range_of(&change.reference, start, end, csq);
                }
                csq.extend_from_slice(b"%3D");
            }
            Form::Deletion | Form::Substitution | Form::Delins
                if self.facts.stop_lost && !self.facts.exact_vep =>
            {
                self.write_lost_stop(change, csq);
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
            // HGVS: a frame shift lies before the stop codon; what changes that one is an extension.
            Form::Frameshift if !self.facts.exact_vep && change.reference == b"*" => {
                self.write_extension(form, change, csq);
            }
            Form::Frameshift => self.write_frameshift(change, csq),
            Form::Deletion => {
                append_range_of(&change.reference, start, end, csq);
                csq.extend_from_slice(b"del");
            }
        }
    }

    /// Where the stop alone is lost, an extension; where residues before it go too, all that comes instead.
    fn write_lost_stop(&self, change: &ProteinChange, csq: &mut Vec<u8>) {
        let stop = i64::try_from(self.sequence.protein.len()).unwrap_or(0) + 1;
        if change.start == stop {
            csq.extend_from_slice(b"Ter");
            append_number(csq, stop);
            if let Some(residue) = self.residues_from(stop).next() {
                append_residue(residue, csq);
            }
            csq.extend_from_slice(b"extTer");
            return append_number_or_unknown(self.residues_added(stop), csq);
        }
        let mut new = self.residues_to_stop_from(change.start).peekable();
        if new.peek().is_none() {
            return csq.push(b'?');
        }
        append_ends(&change.reference, change.start, stop, csq);
        csq.extend_from_slice(b"delins");
        for residue in new {
            append_residue(residue, csq);
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
        if change.alternative != b"*" {
            csq.extend_from_slice(b"fsTer");
            append_number_or_unknown(self.residues_to_new_stop(change.start), csq);
        }
    }
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
    let is_stop = |residue: &u8| *residue == b'*';
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
