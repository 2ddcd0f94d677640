//! Writing `genes.bin`.

use std::io;
use std::path::Path;

use crate::genes::assemble::Draft;
use crate::genes::transcript::{Coding, Exon, Strand};
use crate::reference::layout::{
    BASIC, CANONICAL, END_NOT_FOUND, MANE_PLUS_CLINICAL, MANE_SELECT, NOT_READ_BY_VEP, REVERSE,
    START_NOT_FOUND, TranscriptRecord,
};
use crate::reference::part::{BuildId, PartWriter};
use crate::reference::text_pool::TextPool;
use crate::reference::write_contigs::ContigDraft;

/// Writes all transcripts in the order of their places, and tells the contigs which are theirs.
pub(crate) fn write_genes(
    path: &Path,
    build: BuildId,
    mut drafts: Vec<Draft>,
    contigs: &mut [ContigDraft],
) -> io::Result<()> {
    drafts.sort_by(|one, other| {
        let key = |draft: &Draft| (draft.contig, draft.start());
        key(one).cmp(&key(other)).then_with(|| one.names.transcript.cmp(&other.names.transcript))
    });
    let mut arrays = Arrays::default();
    for draft in &drafts {
        let contig =
            contigs.get_mut(draft.contig).ok_or_else(|| io::Error::other("a transcript without a contig"))?;
        let ordinal = number(arrays.transcripts.len())?;
        if contig.transcripts == 0 {
            contig.first_transcript = ordinal;
            arrays.reach = 0;
        }
        contig.transcripts += 1;
        arrays.add(draft)?;
    }
    let mut writer = PartWriter::create(path, build)?;
    writer.array(&arrays.transcripts)?;
    writer.array(&arrays.exons)?;
    writer.array(&arrays.selenocysteines)?;
    writer.array(arrays.pool.text().as_bytes())?;
    writer.finish()
}

#[derive(Default)]
struct Arrays {
    transcripts: Vec<TranscriptRecord>,
    exons: Vec<Exon>,
    selenocysteines: Vec<u32>,
    pool: TextPool,
    reach: u32,
}

impl Arrays {
    fn add(&mut self, draft: &Draft) -> io::Result<()> {
        self.reach = self.reach.max(draft.end());
        let none = Coding {
            cdna_start: 0,
            cdna_end: 0,
            missing_bases: 0,
            genetic_code: 0,
            start_not_found: false,
            end_not_found: false,
        };
        let coding = draft.coding.unwrap_or(none);
        let (names, tags) = (&draft.names, &draft.tags);
        let record = TranscriptRecord {
            start: draft.start(),
            end: draft.end(),
            reach: self.reach,
            first_exon: number(self.exons.len())?,
            exons: number(draft.exons.len())?,
            first_selenocysteine: number(self.selenocysteines.len())?,
            selenocysteines: number(draft.selenocysteines.len())?,
            coding_start: coding.cdna_start,
            coding_end: coding.cdna_end,
            missing_bases: coding.missing_bases,
            genetic_code: coding.genetic_code,
            flags: flags(draft, coding),
            symbol: self.pool.add(&names.symbol)?,
            gene: self.pool.add(&names.gene)?,
            transcript: self.pool.add(&names.transcript)?,
            transcript_with_version: self.pool.add(&names.transcript_with_version)?,
            protein: self.pool.add(&names.protein)?,
            biotype: self.pool.add(&names.biotype)?,
            ccds: self.pool.add(&tags.ccds)?,
            protein_id: self.pool.add(&tags.protein_id)?,
            mane_counterpart: self.pool.add(&tags.mane_counterpart)?,
            exons_before_slip: draft.slip.as_ref().map_or(0, |slip| slip.exons_before),
            slipped_coding_end: draft.slip.as_ref().map_or(0, |slip| slip.coding_end),
            support_level: tags.support_level,
            appris: tags.appris,
            reserved: 0,
        };
        self.exons.extend_from_slice(&draft.exons);
        self.exons.extend(draft.slip.iter().flat_map(|slip| &slip.exons));
        self.selenocysteines.extend_from_slice(&draft.selenocysteines);
        self.transcripts.push(record);
        Ok(())
    }
}

fn flags(draft: &Draft, coding: Coding) -> u16 {
    let tags = &draft.tags;
    let flag = |set: bool, bit: u16| if set { bit } else { 0 };
    flag(draft.strand == Strand::Reverse, REVERSE)
        | flag(coding.start_not_found, START_NOT_FOUND)
        | flag(coding.end_not_found, END_NOT_FOUND)
        | flag(tags.canonical, CANONICAL)
        | flag(tags.mane_select, MANE_SELECT)
        | flag(tags.mane_plus_clinical, MANE_PLUS_CLINICAL)
        | flag(tags.basic, BASIC)
        | flag(!draft.read_by_vep, NOT_READ_BY_VEP)
}

fn number(count: usize) -> io::Result<u32> {
    u32::try_from(count).map_err(|_| io::Error::other("more than 4,294,967,295 entries"))
}
