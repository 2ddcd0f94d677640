//! How far an insertion or deletion can move in the direction of the transcript's 3' end.
//!
//! Source: HGVS, "Numbering": the most 3' position possible is the one to name. Ensembl Variation
//! `TranscriptVariationAllele.pm`, `_genomic_shift` and `perform_shift`: it looks 1,000 bases far, on the contig.

use crate::consequence::edit::{Class, Edit};
use crate::consequence::place::TranscriptSite;

const REACH: usize = 1000;

/// How many bases an edit moves; 0 for what is neither an insertion nor a deletion.
pub(crate) fn shift_length(edit: &Edit<'_>, forward: bool, contig: &[u8], exact_vep: bool) -> i64 {
    let moving = match edit.class {
        Class::Insertion => edit.alternative,
        Class::Deletion => edit.reference,
        Class::Snv | Class::Other => return 0,
    };
    let Some((before, after)) = flanks(edit, contig, exact_vep) else { return 0 };
    let steps = if forward {
        steps_right(moving, after, limit(moving, after, exact_vep))
    } else {
        steps_left(moving, before, limit(moving, before, exact_vep))
    };
    i64::try_from(steps).unwrap_or(0)
}

/// How many bases an edit within a transcript moves without leaving it: what is past its end it cannot name. VEP gives no
/// name then.
pub(crate) fn shift_within(edit: &Edit<'_>, site: &TranscriptSite<'_>, contig: &[u8]) -> i64 {
    let shift = shift_length(edit, site.is_forward(), contig, false);
    let left = if site.is_forward() { site.end() - edit.end } else { edit.start - site.start() };
    let moving = i64::try_from(edit.alternative.len()).unwrap_or(0);
    // Behind the last base an insertion has a name only if it is a duplication.
    let is_lost = edit.is_insertion() && shift >= left && left < moving;
    if left < 0 { shift } else { shift.min(left - i64::from(is_lost)).max(0) }
}

/// The sequence on either side. Near an end of the contig VEP cuts the flanks from the wrong place, since it takes
/// the first and last 1,000 bases of what is left.
fn flanks<'a>(edit: &Edit<'_>, contig: &'a [u8], exact_vep: bool) -> Option<(&'a [u8], &'a [u8])> {
    let (start, end) = (usize::try_from(edit.start - 1).ok()?, usize::try_from(edit.end).ok()?);
    let (first, last) = (start.saturating_sub(REACH), end.saturating_add(REACH).min(contig.len()));
    if !exact_vep {
        return Some((contig.get(first..start)?, contig.get(end..last)?));
    }
    let around = contig.get(first..last)?;
    Some((&around[..REACH.min(around.len())], &around[around.len().saturating_sub(REACH)..]))
}

fn steps_right(moving: &[u8], after: &[u8], limit: usize) -> usize {
    after.iter().take(limit).zip(moving.iter().cycle()).take_while(|(one, other)| one == other).count()
}

fn steps_left(moving: &[u8], before: &[u8], limit: usize) -> usize {
    let pairs = before.iter().rev().take(limit).zip(moving.iter().rev().cycle());
    pairs.take_while(|(one, other)| one == other).count()
}

/// VEP does not move an allele so far that less than its length is left of the flank.
fn limit(moving: &[u8], flank: &[u8], exact_vep: bool) -> usize {
    let limit = (flank.len() + 1).checked_sub(moving.len()).filter(|limit| *limit > 0 && exact_vep);
    limit.unwrap_or(flank.len())
}

/// Writes inserted bases as they read after the move; `oriented` is as the transcript reads them.
pub(crate) fn rotate(oriented: &[u8], steps: i64, rotated: &mut Vec<u8>) {
    rotated.clear();
    rotated.extend_from_slice(oriented);
    let steps = usize::try_from(steps).unwrap_or(0);
    if let Some(steps) = steps.checked_rem(rotated.len()) {
        rotated.rotate_left(steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn edit<'a>(start: i64, reference: &'a [u8], alternative: &'a [u8], class: Class) -> Edit<'a> {
        let end = start + i64::try_from(reference.len()).unwrap() - 1;
        Edit { start, end, reference, alternative, class }
    }

    //                     123456789012
    const CONTIG: &[u8] = b"GATCCCCTACAC";

    #[rstest]
    #[case::deletion_of_one_in_a_run(edit(4, b"C", b"", Class::Deletion), 3, 0)]
    #[case::last_of_the_run(edit(7, b"C", b"", Class::Deletion), 0, 3)]
    #[case::insertion_before_the_run(edit(4, b"", b"C", Class::Insertion), 4, 0)]
    #[case::insertion_of_two(edit(9, b"", b"AC", Class::Insertion), 4, 0)]
    #[case::substitution(edit(4, b"C", b"G", Class::Snv), 0, 0)]
    fn steps(#[case] edit: Edit<'_>, #[case] forward: i64, #[case] reverse: i64) {
        // The contig is long enough on both sides for VEP to cut the flanks where it should.
        let padding = [b'G'; 1000];
        let contig = [&padding[..], CONTIG, &padding[..]].concat();
        let edit = Edit { start: edit.start + 1000, end: edit.end + 1000, ..edit };
        assert_eq!(shift_length(&edit, true, &contig, true), forward);
        assert_eq!(shift_length(&edit, false, &contig, true), reverse);
    }

    #[test]
    fn inserted_bases_turn_as_they_move() {
        let mut rotated = Vec::new();
        rotate(b"ACG", 4, &mut rotated);
        assert_eq!(rotated, b"CGA");
    }
}
