//! Where an edit lies on a transcript: in cDNA, CDS and protein, in which exons and introns.
//!
//! Source: Ensembl core `Mapper.pm` and `TranscriptMapper.pm`; Ensembl Variation `BaseTranscriptVariation.pm`.

use crate::consequence::edit::{Edit, overlap};
use crate::genes::transcript::{Coding, Exon, Strand, Transcript};

/// A stretch of a transcript's own coordinates, 5' to 3'; an end that lies outside is not known.
///
/// For an insertion `first` is the base after it and `last` the base before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    /// Whether any base maps, the ends or what lies between.
    pub(crate) touches: bool,
}

impl Stretch {
    /// Both ends, when both are known.
    pub(crate) fn whole(&self) -> Option<(i64, i64)> {
        self.first.zip(self.last)
    }

    fn map(self, change: impl Fn(i64) -> i64) -> Self {
        Self { first: self.first.map(&change), last: self.last.map(&change), touches: self.touches }
    }
}

/// The coordinates of an edit on a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coordinates {
    pub(crate) cdna: Stretch,
    /// Counted with the bases that stand for a missing 5' end.
    pub(crate) cds: Stretch,
    pub(crate) protein: Stretch,
}

/// A transcript with what its rules need again and again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TranscriptSite<'r> {
    pub(crate) transcript: Transcript<'r>,
    /// First and last base of the CDS on the contig.
    pub(crate) coding_region: Option<(i64, i64)>,
    /// What VEP adds to CDS positions: the missing bases, when the CDS begins in the first exon.
    pub(crate) phase: i64,
    /// Whether rules by which VEP errs are to be followed.
    pub(crate) exact_vep: bool,
    /// Whether an intron is so short that VEP takes it for a frameshift in the assembly.
    pub(crate) has_frameshift_intron: bool,
}

impl<'r> TranscriptSite<'r> {
    pub(crate) fn new(transcript: Transcript<'r>) -> Self {
        let coding_region = transcript.coding.and_then(|coding| coding_region(&transcript, &coding));
        let phase = transcript.coding.map_or(0, |coding| {
            let in_first_exon =
                transcript.exons.get(1).is_none_or(|second| coding.cdna_start < second.cdna_start);
            if in_first_exon { i64::from(coding.missing_bases) } else { 0 }
        });
        let mut site =
            Self { transcript, coding_region, phase, exact_vep: false, has_frameshift_intron: false };
        site.has_frameshift_intron = (0..site.intron_count()).any(|index| site.intron(index).is_frameshift());
        site
    }

    /// The same, by VEP's rules where they err.
    #[must_use]
    pub(crate) fn as_vep(self, exact_vep: bool) -> Self {
        Self { exact_vep, ..self }
    }

    pub(crate) fn is_forward(&self) -> bool {
        self.transcript.strand == Strand::Forward
    }

    pub(crate) fn start(&self) -> i64 {
        i64::try_from(self.transcript.start).unwrap_or(i64::MAX)
    }

    pub(crate) fn end(&self) -> i64 {
        i64::try_from(self.transcript.end).unwrap_or(i64::MAX)
    }

    pub(crate) fn intron_count(&self) -> usize {
        self.transcript.exons.len().saturating_sub(1)
    }

    /// The intron after the exon of this index.
    pub(crate) fn intron(&self, index: usize) -> Intron {
        let (before, after) = (self.transcript.exons[index], self.transcript.exons[index + 1]);
        let (left, right) = if self.is_forward() { (before, after) } else { (after, before) };
        Intron { start: i64::from(left.end) + 1, end: i64::from(right.start) - 1 }
    }

    /// Indexes of the exons that share a base with an interval of the contig.
    pub(crate) fn exons_within(&self, first: i64, last: i64) -> std::ops::Range<usize> {
        let exons = self.transcript.exons;
        if self.is_forward() {
            exons.partition_point(|exon| i64::from(exon.end) < first)
                ..exons.partition_point(|exon| i64::from(exon.start) <= last)
        } else {
            exons.partition_point(|exon| i64::from(exon.start) > last)
                ..exons.partition_point(|exon| i64::from(exon.end) >= first)
        }
    }

    /// Indexes of the introns that share a base with an interval of the contig.
    pub(crate) fn introns_within(&self, first: i64, last: i64) -> std::ops::Range<usize> {
        // The exons on either side of an intron lie one base beyond it.
        let exons = self.exons_within(first - 1, last + 1);
        let begin = exons.start.saturating_sub(1);
        let end = exons.end.max(exons.start).min(self.intron_count());
        let touches = |index: usize| {
            let intron = self.intron(index);
            intron.start <= intron.end && overlap(first, last, intron.start, intron.end)
        };
        let mut range = begin..end;
        while range.start < range.end && !touches(range.start) {
            range.start += 1;
        }
        while range.start < range.end && !touches(range.end - 1) {
            range.end -= 1;
        }
        range
    }

    /// cDNA position of a base of the contig; none outside exons.
    pub(crate) fn cdna_of(&self, position: i64) -> Option<i64> {
        let index = self.exons_within(position, position).next()?;
        Some(cdna_within(&self.transcript.exons[index], position, self.is_forward()))
    }

    /// The same, but the last of two where the ribosome reads a base twice.
    fn last_cdna_of(&self, position: i64) -> Option<i64> {
        let index = self.exons_within(position, position).next_back()?;
        Some(cdna_within(&self.transcript.exons[index], position, self.is_forward()))
    }

    /// Where an interval of the contig lies on the transcript.
    pub(crate) fn coordinates(&self, start: i64, end: i64) -> Coordinates {
        let cdna = self.cdna(start, end);
        let Some(coding) = self.transcript.coding else {
            return Coordinates { cdna, ..Coordinates::default() };
        };
        let cds = self.cds(start, end, cdna, coding);
        let protein = cds.map(|position| (position + self.phase + 2).div_euclid(3));
        Coordinates { cdna, cds: cds.map(|position| position + self.phase), protein }
    }

    fn cdna(&self, start: i64, end: i64) -> Stretch {
        if start == end + 1 {
            let (before, after) = if self.is_forward() { (end, start) } else { (start, end) };
            let last = self.last_cdna_of(before).or_else(|| self.cdna_of(after).map(|position| position - 1));
            return Stretch { first: last.map(|position| position + 1), last, touches: last.is_some() };
        }
        let (five_prime, three_prime) = if self.is_forward() { (start, end) } else { (end, start) };
        Stretch {
            first: self.cdna_of(five_prime),
            last: self.cdna_of(three_prime),
            touches: !self.exons_within(start, end).is_empty(),
        }
    }

    /// `TranscriptMapper.pm`, `genomic2cds`: an insertion at the very edge of the CDS lies outside.
    fn cds(&self, start: i64, end: i64, cdna: Stretch, coding: Coding) -> Stretch {
        let (first_coding, last_coding) = (i64::from(coding.cdna_start), i64::from(coding.cdna_end));
        let from_start = |position: i64| position - first_coding + 1;
        if start == end + 1 {
            let inside = cdna.whole().filter(|(first, last)| *last >= first_coding && *first <= last_coding);
            return Stretch {
                first: inside.map(|(first, _)| from_start(first)),
                last: inside.map(|(_, last)| from_start(last)),
                touches: inside.is_some(),
            };
        }
        let inside = |position: &i64| (first_coding..=last_coding).contains(position);
        let touches = self.coding_region.is_some_and(|(region_start, region_end)| {
            let (first, last) = (start.max(region_start), end.min(region_end));
            first <= last && !self.exons_within(first, last).is_empty()
        });
        Stretch {
            first: cdna.first.filter(inside).map(from_start),
            last: cdna.last.filter(inside).map(from_start),
            touches,
        }
    }

    /// How many exons are spliced together: a slip of the ribosome does not make one more.
    pub(crate) fn exon_count(&self) -> usize {
        self.transcript.exons.len() - usize::from(self.transcript.slip.is_some())
    }

    /// The number of an exon among those that are spliced together.
    fn numbered(&self, number: usize) -> usize {
        let after_slip = self.transcript.slip.is_some_and(|slip| number > slip.exons_before as usize);
        number - usize::from(after_slip)
    }

    /// First and last number of the exons that an edit lies in (`exon_number`).
    pub(crate) fn exon_numbers(&self, edit: &Edit<'_>) -> Option<(usize, usize)> {
        let indexes = self.exons_within(edit.start, edit.end).filter(|index| {
            let exon = self.transcript.exons[*index];
            edit.overlaps(i64::from(exon.start), i64::from(exon.end))
        });
        first_and_last(indexes).map(|(first, last)| (self.numbered(first), self.numbered(last)))
    }

    /// First and last number of the introns that an edit lies in (`intron_number`).
    pub(crate) fn intron_numbers(&self, edit: &Edit<'_>) -> Option<(usize, usize)> {
        let (first, last) = edit.bounds();
        let slips =
            |index: usize| self.transcript.slip.is_some_and(|slip| index + 1 == slip.exons_before as usize);
        let indexes = self.introns_within(first, last).filter(|index| {
            let intron = self.intron(*index);
            !slips(*index) && edit.overlaps(intron.start, intron.end)
        });
        first_and_last(indexes).map(|(first, last)| (self.numbered(first), self.numbered(last)))
    }
}

fn first_and_last(mut indexes: impl DoubleEndedIterator<Item = usize>) -> Option<(usize, usize)> {
    let first = indexes.next()?;
    Some((first + 1, indexes.next_back().unwrap_or(first) + 1))
}

fn cdna_within(exon: &Exon, position: i64, forward: bool) -> i64 {
    let into = if forward { position - i64::from(exon.start) } else { i64::from(exon.end) - position };
    i64::from(exon.cdna_start) + into
}

fn coding_region(transcript: &Transcript<'_>, coding: &Coding) -> Option<(i64, i64)> {
    let place = |cdna: u32| {
        let index = transcript.exons.partition_point(|exon| exon.cdna_start <= cdna).checked_sub(1)?;
        let exon = transcript.exons.get(index)?;
        let into = i64::from(cdna - exon.cdna_start);
        Some(match transcript.strand {
            Strand::Forward => i64::from(exon.start) + into,
            Strand::Reverse => i64::from(exon.end) - into,
        })
    };
    let (one, other) = (place(coding.cdna_start)?, place(coding.cdna_end)?);
    Some((one.min(other), one.max(other)))
}

/// A stretch between two exons, in coordinates of the contig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Intron {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl Intron {
    /// Too short for splicing: VEP takes it for an error of the assembly (`_create_intron_trees`).
    pub(crate) fn is_frameshift(&self) -> bool {
        self.start <= self.end && self.end - self.start <= 12
    }
}
