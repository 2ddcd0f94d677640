//! The records that the parts of a reference hold.

use bytemuck::{Pod, Zeroable};

use crate::genes::transcript::{Coding, Exon, Names, Slip, Strand, Tags, Transcript};

/// A stretch of a text pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Words {
    pub(crate) start: u32,
    pub(crate) length: u32,
}

impl Words {
    /// The words in their pool; nothing when they are not there.
    pub(crate) fn of(self, pool: &str) -> &str {
        let start = self.start as usize;
        pool.get(start..start + self.length as usize).unwrap_or_default()
    }
}

/// A contig, in `contigs.bin`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ContigRecord {
    /// Where its bases begin in `sequence.bin`.
    pub(crate) sequence_start: u64,
    pub(crate) length: u64,
    pub(crate) name: Words,
    /// Its first transcript in `genes.bin`, and how many follow.
    pub(crate) first_transcript: u32,
    pub(crate) transcripts: u32,
    pub(crate) circular: u32,
    pub(crate) reserved: u32,
}

/// A name of a contig; sorted by the bytes of the name.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NameRecord {
    pub(crate) name: Words,
    pub(crate) contig: u32,
}

/// A transcript, in `genes.bin`; sorted by contig, start and id.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct TranscriptRecord {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Largest end of this transcript and all before it on the contig.
    pub(crate) reach: u32,
    pub(crate) first_exon: u32,
    pub(crate) exons: u32,
    pub(crate) first_selenocysteine: u32,
    pub(crate) selenocysteines: u32,
    /// 0 for transcripts that make no protein.
    pub(crate) coding_start: u32,
    pub(crate) coding_end: u32,
    pub(crate) missing_bases: u8,
    pub(crate) genetic_code: u8,
    pub(crate) flags: u16,
    pub(crate) symbol: Words,
    pub(crate) gene: Words,
    pub(crate) transcript: Words,
    pub(crate) transcript_with_version: Words,
    pub(crate) protein: Words,
    pub(crate) biotype: Words,
    pub(crate) ccds: Words,
    pub(crate) protein_id: Words,
    pub(crate) mane_counterpart: Words,
    /// How many exons come before a slip of the ribosome; 0 for none. The exons as they are then cut follow the others,
    /// and the CDS then ends at `slipped_coding_end`.
    pub(crate) exons_before_slip: u32,
    pub(crate) slipped_coding_end: u32,
    /// Transcript support level; 0 for none.
    pub(crate) support_level: u8,
    /// Level of APPRIS; zeros for none.
    pub(crate) appris: [u8; 2],
    pub(crate) reserved: u8,
}

pub(crate) const REVERSE: u16 = 1;
pub(crate) const START_NOT_FOUND: u16 = 2;
pub(crate) const END_NOT_FOUND: u16 = 4;
pub(crate) const CANONICAL: u16 = 8;
pub(crate) const MANE_SELECT: u16 = 16;
pub(crate) const MANE_PLUS_CLINICAL: u16 = 32;
pub(crate) const BASIC: u16 = 64;
pub(crate) const NOT_READ_BY_VEP: u16 = 128;

/// The arrays of `genes.bin` together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GeneArrays<'r> {
    pub(crate) transcripts: &'r [TranscriptRecord],
    pub(crate) exons: &'r [Exon],
    pub(crate) selenocysteines: &'r [u32],
    pub(crate) text: &'r str,
}

impl<'r> GeneArrays<'r> {
    /// A transcript by its number.
    pub(crate) fn transcript(&self, ordinal: u32) -> Option<Transcript<'r>> {
        let record = self.transcripts.get(ordinal as usize)?;
        let spliced = slice(self.exons, record.first_exon, record.exons);
        let slip = (record.exons_before_slip > 0).then_some(Slip {
            exons_before: record.exons_before_slip,
            exons: spliced,
            coding_end: record.coding_end,
        });
        let cut = |_| {
            slice(self.exons, record.first_exon.saturating_add(record.exons), record.exons.saturating_add(1))
        };
        Some(Transcript {
            ordinal,
            start: u64::from(record.start),
            end: u64::from(record.end),
            strand: if record.flags & REVERSE == 0 { Strand::Forward } else { Strand::Reverse },
            exons: slip.map_or(spliced, cut),
            slip,
            coding: coding(record),
            names: self.names(record),
            tags: self.tags(record),
            selenocysteines: slice(self.selenocysteines, record.first_selenocysteine, record.selenocysteines),
            read_by_vep: record.flags & NOT_READ_BY_VEP == 0,
        })
    }

    fn names(&self, record: &TranscriptRecord) -> Names<'r> {
        Names {
            symbol: record.symbol.of(self.text),
            gene: record.gene.of(self.text),
            transcript: record.transcript.of(self.text),
            transcript_with_version: record.transcript_with_version.of(self.text),
            protein: record.protein.of(self.text),
            biotype: record.biotype.of(self.text),
        }
    }

    fn tags(&self, record: &TranscriptRecord) -> Tags<'r> {
        Tags {
            canonical: record.flags & CANONICAL != 0,
            mane_select: record.flags & MANE_SELECT != 0,
            mane_plus_clinical: record.flags & MANE_PLUS_CLINICAL != 0,
            basic: record.flags & BASIC != 0,
            support_level: record.support_level,
            appris: record.appris,
            ccds: record.ccds.of(self.text),
            protein_id: record.protein_id.of(self.text),
            mane_counterpart: record.mane_counterpart.of(self.text),
        }
    }
}

fn coding(record: &TranscriptRecord) -> Option<Coding> {
    (record.coding_start > 0).then_some(Coding {
        cdna_start: record.coding_start,
        cdna_end: if record.exons_before_slip > 0 { record.slipped_coding_end } else { record.coding_end },
        missing_bases: record.missing_bases,
        genetic_code: record.genetic_code,
        start_not_found: record.flags & START_NOT_FOUND != 0,
        end_not_found: record.flags & END_NOT_FOUND != 0,
    })
}

fn slice<T>(items: &[T], first: u32, count: u32) -> &[T] {
    let first = first as usize;
    items.get(first..first + count as usize).unwrap_or_default()
}
