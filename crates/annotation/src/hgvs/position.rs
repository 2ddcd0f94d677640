//! Positions as c. and n. names give them: `12`, `-3`, `*7`, `12+3`, `13-5`.
//!
//! Source: HGVS, "Numbering"; Ensembl Variation `TranscriptVariationAllele.pm`, `_get_cDNA_position`.

use std::cmp::Ordering;

use crate::consequence::place::TranscriptSite;
use crate::output::csq::append_number;

/// A position on a transcript, counted from the start codon where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// After the stop codon.
    after_stop: bool,
    /// None where VEP writes only an offset: in an intron right after the stop codon.
    coordinate: Option<i64>,
    /// Into an intron: from the exon before it, or negative from the exon after it.
    offset: Option<i64>,
}

impl Position {
    /// A base of the CDS.
    pub(crate) fn coding(coordinate: i64) -> Self {
        Self { after_stop: false, coordinate: Some(coordinate), offset: None }
    }

    /// The position of a base of the contig within the span of the transcript.
    pub(crate) fn of(site: &TranscriptSite<'_>, position: i64) -> Option<Self> {
        let (cdna, offset) = exon_and_offset(site, position)?;
        let Some(coding) = site.transcript.coding else {
            return Some(Self { after_stop: false, coordinate: Some(cdna), offset });
        };
        let (start, stop) = (i64::from(coding.cdna_start), i64::from(coding.cdna_end));
        Some(match cdna.cmp(&stop) {
            Ordering::Greater => Self { after_stop: true, coordinate: Some(cdna - stop), offset },
            // VEP forgets the stop's last base; HGVS counts into an intron from the nearest base of an exon.
            Ordering::Equal if offset.is_some() && site.exact_vep => {
                Self { after_stop: true, coordinate: None, offset }
            }
            _ => {
                let coordinate = cdna + i64::from(cdna >= start) - start;
                Self { after_stop: false, coordinate: Some(coordinate), offset }
            }
        })
    }

    /// Whether the position stands after the stop codon.
    pub(crate) fn is_after_stop(&self) -> bool {
        self.after_stop
    }

    /// What VEP compares to find out which of two positions comes first.
    pub(crate) fn order(&self) -> (i64, i64) {
        match (self.coordinate, self.offset) {
            (Some(coordinate), offset) => (coordinate, offset.unwrap_or(0)),
            (None, offset) => (offset.unwrap_or(0), 0),
        }
    }

    pub(crate) fn append(&self, text: &mut Vec<u8>) {
        if self.after_stop {
            text.push(b'*');
        }
        if let Some(coordinate) = self.coordinate {
            append_number(text, coordinate);
        }
        if let Some(offset) = self.offset {
            if offset > 0 && self.coordinate.is_some() {
                text.push(b'+');
            }
            append_number(text, offset);
        }
    }
}

/// cDNA position of the base, or of the nearest exon's edge and the way from there; equal ways count from 5'.
fn exon_and_offset(site: &TranscriptSite<'_>, position: i64) -> Option<(i64, Option<i64>)> {
    if let Some(cdna) = site.cdna_of(position) {
        return Some((cdna, None));
    }
    if site.exact_vep && !site.is_forward() && position == site.start() - 1 {
        // VEP takes what comes right after a transcript of the reverse strand for an intron (`_get_cDNA_position`).
        return site.cdna_of(position + 1).map(|last| (last, Some(1)));
    }
    let index = site.introns_within(position, position).next()?;
    let intron = site.intron(index);
    let (from_left, from_right) = (position - intron.start + 1, intron.end - position + 1);
    let (from_before, from_after) =
        if site.is_forward() { (from_left, from_right) } else { (from_right, from_left) };
    let after = i64::from(site.transcript.exons[index + 1].cdna_start);
    Some(if from_before <= from_after { (after - 1, Some(from_before)) } else { (after, Some(-from_after)) })
}
