//! Slips of the ribosome: where it goes back or on by a base or two, and reads on in another frame.
//!
//! A CDS tells them by parts that overlap, or that leave out a base, within an exon. Such a transcript is read as if
//! its exon were two; a base that is read twice is then in both.

use crate::genes::assemble::numbered;
use crate::genes::features::CodingPart;
use crate::genes::transcript::{Exon, Strand};

/// Bases that a ribosome slips at most.
const FURTHEST: i64 = 2;

/// A transcript as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DraftSlip {
    /// In the transcript's own order; one more than it has.
    pub(crate) exons: Vec<Exon>,
    /// How many of them come before the slip.
    pub(crate) exons_before: u32,
    /// cDNA position of the last base of the CDS.
    pub(crate) coding_end: u32,
}

/// Joins exons that overlap as coding parts do: some files repeat the slip in them. Exons that are no more than the
/// coding parts are joined over a base that is left out, too; between true exons this is an intron.
pub(crate) fn join_exons(exons: &mut Vec<(u32, u32)>, parts: &[CodingPart], are_parts: bool) {
    let slips = |end: u32, start: u32| {
        let told = parts.windows(2).any(|pair| pair[0].end == end && pair[1].start == start);
        told && is_slip(end, start) && (are_parts || start <= end)
    };
    exons.dedup_by(|next, kept| {
        let joins = slips(kept.1, next.0);
        if joins {
            kept.1 = next.1;
        }
        joins
    });
}

fn gap(end: u32, start: u32) -> i64 {
    i64::from(start) - i64::from(end) - 1
}

fn is_slip(end: u32, start: u32) -> bool {
    gap(end, start) != 0 && gap(end, start).abs() <= FURTHEST
}

/// The slip of a CDS that has one and no other oddity. Parts and exons are in the contig's order; `span` is what the
/// CDS covers of the transcript, and `coding_end` its end, both without the slip.
pub(crate) fn find(
    parts: &[CodingPart],
    exons: &[(u32, u32)],
    strand: Strand,
    span: u32,
    coding_end: u32,
) -> Option<DraftSlip> {
    let holder = |place: u32| exons.iter().position(|(start, end)| (*start..=*end).contains(&place));
    let slips = parts
        .windows(2)
        .filter(|pair| is_slip(pair[0].end, pair[1].start) && holder(pair[0].end) == holder(pair[1].start));
    let [(end, start)] = slips.map(|pair| (pair[0].end, pair[1].start)).collect::<Vec<_>>()[..] else {
        return None;
    };
    let bases: i64 = parts.iter().map(|part| i64::from(part.end - part.start) + 1).sum();
    if bases + gap(end, start) != i64::from(span) {
        return None;
    }
    let index = holder(end)?;
    let mut split = exons.to_vec();
    split.insert(index + 1, (start, exons[index].1));
    split[index].1 = end;
    let before = if strand == Strand::Forward { index + 1 } else { split.len() - index - 1 };
    Some(DraftSlip {
        exons: numbered(&split, strand),
        exons_before: u32::try_from(before).ok()?,
        coding_end: u32::try_from(i64::from(coding_end) - gap(end, start)).ok()?,
    })
}
