//! g. and m. names.
//!
//! Source: HGVS, "DNA recommendations"; Ensembl Variation `VariationFeature.pm`, `hgvs_genomic`, with `_get_flank_seq`
//! and `Utils/Sequence.pm`, `get_3prime_seq_offset`.

use crate::consequence::edit::{Edit, Edits, is_unambiguous};
use crate::contig::{Contig, is_mitochondrial_name};
use crate::hgvs::change::{Change, Form, form_of};
use crate::hgvs::shift::rotate;
use crate::output::csq::{append_escaped, append_number};

/// Bases that VEP reads after an edit, at least.
const REACH: usize = 100;
/// It reads as many more than the longest allele of the record, when that is longer than them.
const REACH_AFTER_LONG: usize = 50;

/// The names of a record's edits; holds their memory from record to record.
#[derive(Debug, Default)]
pub(crate) struct GenomicNames {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Inserted bases as they read after the move.
    shifted: Vec<u8>,
}

impl GenomicNames {
    /// Names edits on their contig; as VEP names them, if that is asked.
    pub(crate) fn set(&mut self, edits: &Edits, contig: &Contig<'_>, exact_vep: bool) {
        self.text.clear();
        self.ends.clear();
        let length = |(_, edit): (usize, Edit<'_>)| edit.reference.len().max(edit.alternative.len());
        let longest = edits.iter().map(length).max().unwrap_or(0);
        let reach = if longest > REACH_AFTER_LONG { longest + REACH_AFTER_LONG } else { REACH };
        for (_, edit) in edits.iter() {
            let vep = Mode::Vep { reach, several: edits.count() > 1 };
            let mode = if exact_vep { vep } else { Mode::Right };
            append(&edit, contig, mode, &mut self.shifted, &mut self.text);
            self.ends.push(self.text.len());
        }
    }

    /// The name of the edit of a rank among those that were named; empty where there is none.
    pub(crate) fn get(&self, rank: usize) -> &[u8] {
        let Some(end) = self.ends.get(rank) else { return b"" };
        let begin = rank.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[begin..*end]
    }
}

/// Whose names are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Right,
    /// Ensembl VEP's, which reads so many bases after the edit, and knows whether the record has several alternatives.
    Vep {
        reach: usize,
        several: bool,
    },
}

fn append(edit: &Edit<'_>, contig: &Contig<'_>, mode: Mode, shifted: &mut Vec<u8>, text: &mut Vec<u8>) {
    let Some(change) = change(edit, contig.sequence, mode, shifted) else { return };
    append_escaped(text, contig.name, b"_");
    let is_mitochondrion = match mode {
        Mode::Vep { .. } => contig.name == "MT",
        Mode::Right => is_mitochondrial_name(contig.name),
    };
    text.extend_from_slice(if is_mitochondrion { b":m." } else { b":g." });
    let place = |is_end: bool, text: &mut Vec<u8>| {
        append_number(text, if is_end { change.end } else { change.start });
    };
    change.write(change.start == change.end, place, text);
}

fn change<'a>(edit: &Edit<'a>, contig: &[u8], mode: Mode, shifted: &'a mut Vec<u8>) -> Option<Change<'a>> {
    let Edit { start, end, reference, alternative, .. } = *edit;
    if !is_unambiguous(alternative) {
        return None;
    }
    let whole = Change { form: Form::Delins, start, end, reference, alternative };
    let trimmed = whole.clipped();
    let is_alone = matches!(mode, Mode::Vep { several: false, .. });
    let change = if is_alone && reference.len() == alternative.len() { whole } else { trimmed };
    let Change { start, end, reference, alternative, .. } = change;
    let moving = match (reference.len(), alternative.len()) {
        (0, 0) => return None,
        (0, _) => alternative,
        (_, 0) => reference,
        _ if mode == Mode::Right => {
            let change = Change { form: form_of(reference, alternative), ..change };
            return Some(change.clipped().as_inversion());
        }
        _ => {
            // VEP takes nothing off what it takes for an inversion, and looks for none afterwards. Among several
            // alternatives it takes shared bases off REF only.
            let alternative = if is_alone { alternative } else { whole.alternative };
            let change = Change { form: form_of(reference, alternative), alternative, ..change };
            return Some(if change.form == Form::Delins { change.clipped() } else { change });
        }
    };
    let after = contig.get(usize::try_from(end).ok()?..)?;
    let (after, limit) = match mode {
        Mode::Right => (after, after.len()),
        Mode::Vep { reach, .. } => {
            let after = &after[..reach.min(after.len())];
            (after, (after.len() + 1).saturating_sub(moving.len()))
        }
    };
    let steps =
        after.iter().take(limit).zip(moving.iter().cycle()).take_while(|(one, other)| one == other).count();
    let shift = i64::try_from(steps).ok()?;
    let moved = Change { start: start + shift, end: end + shift, ..change };
    if !reference.is_empty() {
        return Some(Change { form: Form::Deletion, ..moved });
    }
    rotate(alternative, shift, shifted);
    let length = i64::try_from(contig.len()).unwrap_or(i64::MAX);
    let base = |index: i64| contig.get(usize::try_from(index - 1).ok()?).copied();
    Some(Change { alternative: shifted, ..moved }.as_insertion(length, base))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Names of the alternatives of a record on `GATCCCCTACACAACGTT`.
    fn names(name: &str, position: u64, reference: &str, alternatives: &str, exact_vep: bool) -> String {
        let contig = Contig { name, sequence: b"GATCCCCTACACAACGTT" };
        let mut edits = Edits::new(!exact_vep);
        edits.set(position, reference.as_bytes(), alternatives.as_bytes());
        let mut names = GenomicNames::default();
        names.set(&edits, &contig, exact_vep);
        let count = edits.iter().count();
        let each = (0..count).map(|rank| String::from_utf8_lossy(names.get(rank)).into_owned());
        each.collect::<Vec<_>>().join(" ")
    }

    #[rstest]
    #[case::substitution(1, "G", "T", "1:g.1G>T")]
    #[case::moved_deletion(3, "TC", "T", "1:g.7del")]
    #[case::moved_deletion_of_two(8, "TAC", "T", "1:g.12_13del")]
    #[case::duplication(3, "T", "TC", "1:g.7dup")]
    #[case::duplication_of_two(8, "T", "TAC", "1:g.12_13dup")]
    #[case::insertion(3, "T", "TG", "1:g.3_4insG")]
    #[case::moved_insertion(8, "T", "TAG", "1:g.9_10insGA")]
    #[case::at_the_end(18, "T", "TT", "1:g.18dup")]
    #[case::replacement(4, "CC", "AG", "1:g.4_5delinsAG")]
    #[case::replacement_with_shared_ends(3, "TCC", "TAG", "1:g.4_5delinsAG")]
    #[case::one_base_of_three(3, "TCC", "TAC", "1:g.4C>A")]
    #[case::inversion(7, "CTA", "TAG", "1:g.7_9inv")]
    #[case::several(8, "TAC", "T,TACAC", "1:g.12_13del 1:g.12_13dup")]
    fn names_on_a_contig(
        #[case] position: u64,
        #[case] reference: &str,
        #[case] alternatives: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(names("1", position, reference, alternatives, false), expected);
        assert_eq!(names("1", position, reference, alternatives, true), expected);
    }

    #[test]
    fn mitochondria_are_numbered_by_m() {
        assert_eq!(names("chrM", 1, "G", "T", false), "chrM:m.1G>T");
        assert_eq!(names("chrM", 1, "G", "T", true), "chrM:g.1G>T");
        assert_eq!(names("MT", 1, "G", "T,N", true), "MT:m.1G>T ");
    }

    #[test]
    fn vep_looks_for_an_inversion_only_before_it_takes_shared_bases_off() {
        assert_eq!(names("1", 6, "CCTAC", "CTAGC", false), "1:g.7_9inv");
        assert_eq!(names("1", 6, "CCTAC", "CTAGC", true), "1:g.7_9delinsTAG");
        assert_eq!(names("1", 8, "TACA", "T,TGA", false), "1:g.9_11del 1:g.9_10delinsG");
        assert_eq!(names("1", 8, "TACA", "T,TGA", true), "1:g.9_11del 1:g.9_10delinsGA");
        assert_eq!(names("1", 12, "CAAC", "GTTG", true), "1:g.12_15inv");
    }
}
