//! An allele as a change of a transcript's coding sequence.

use crate::consequence::edit::is_unambiguous;
use crate::consequence::place::TranscriptSite;
use crate::consequence::sequence::orient;
use crate::variant::Change;

/// Bases of the coding sequence, or of the 3' UTR behind it, that an allele replaces; places count from 0 at the first coding
/// base, missing bases of the 5' end included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Number of the held record.
    pub(crate) record: u64,
    /// Number of the allele in ALT, from 1.
    pub(crate) allele: u16,
    pub(crate) start: usize,
    /// The first base after; `start` for an insertion.
    pub(crate) end: usize,
    /// What comes instead, as the transcript reads it.
    pub(crate) inserted: Vec<u8>,
}

impl Member {
    /// None when the change does not lie wholly within the coding sequence or wholly behind it, or brings unknown bases.
    pub(crate) fn of(
        change: &Change<'_>,
        site: &TranscriptSite<'_>,
        record: u64,
        allele: u16,
    ) -> Option<Self> {
        let (start, end) = coding_range(change, site)?;
        let bases = change.inserted.to_ascii_uppercase();
        is_unambiguous(&bases).then_some(())?;
        let mut inserted = Vec::new();
        orient(&bases, site.is_forward(), &mut inserted);
        Some(Self { record, allele, start, end, inserted })
    }

    /// Whether it lies behind a coding sequence of so many bases.
    pub(crate) fn is_behind(&self, coding_length: usize) -> bool {
        self.start >= coding_length
    }

    /// How many bases more than before.
    pub(crate) fn growth(&self) -> i64 {
        let length = |count: usize| i64::try_from(count).unwrap_or(0);
        length(self.inserted.len()) - length(self.end - self.start)
    }

    /// The first codon that is touched, from 0.
    pub(crate) fn first_codon(&self) -> usize {
        self.start / 3
    }

    /// The codon after the last that is touched; an insertion between two codons touches none.
    pub(crate) fn codons_end(&self) -> usize {
        self.end.div_ceil(3).max(if self.start.is_multiple_of(3) { 0 } else { self.start / 3 + 1 })
    }

    /// Whether two changes cannot both be made.
    pub(crate) fn conflicts_with(&self, next: &Self) -> bool {
        let both_insert = self.start == self.end && next.start == next.end && self.start == next.start;
        both_insert || (self.start < next.end && next.start < self.end)
    }
}

fn coding_range(change: &Change<'_>, site: &TranscriptSite<'_>) -> Option<(usize, usize)> {
    let coding = site.transcript.coding?;
    let (first_coding, last_coding) = (i64::from(coding.cdna_start), i64::from(coding.cdna_end));
    let place = |cdna: i64| usize::try_from(cdna - first_coding + i64::from(coding.missing_bases)).ok();
    let position = i64::try_from(change.position).ok()?;
    let removed = i64::try_from(change.deleted.len()).ok()?;
    let (first, last) = site.coordinates(position, position + removed - 1).cdna.whole()?;
    // An intron within is cut out with the bases around it: nobody knows how what is left is spliced.
    (last - first + 1 == removed).then_some(())?;
    let inside = if removed == 0 {
        last >= first_coding && first <= last_coding
    } else {
        first >= first_coding && last <= last_coding
    };
    (inside || first > last_coding).then_some(())?;
    Some((place(first)?, place(last + 1)?))
}
