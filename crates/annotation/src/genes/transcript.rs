//! A transcript as the engine sees it: a view of the mapped reference, cheap to copy.
//!
//! Genomic coordinates are 1-based and closed. cDNA coordinates count the transcript's own bases from its 5' end,
//! 1-based and closed; CDS coordinates count from the first base of the coding sequence.

/// The strand that a transcript is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strand {
    /// As the reference is written.
    Forward,
    /// The reverse complement.
    Reverse,
}

/// A stretch of the contig that the transcript keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(crate) struct Exon {
    /// First base on the contig, whatever the strand.
    pub(crate) start: u32,
    /// Last base on the contig.
    pub(crate) end: u32,
    /// cDNA position of the exon's 5' base.
    pub(crate) cdna_start: u32,
}

/// The coding part of a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coding {
    /// cDNA position of the first base of the CDS.
    pub(crate) cdna_start: u32,
    /// cDNA position of the last base of the CDS, the stop codon included where there is one.
    pub(crate) cdna_end: u32,
    /// Bases missing at the 5' end to make the first codon whole: 0, 1 or 2; VEP pads the CDS with as many N.
    /// (GFF phase 0, 1, 2 of the first CDS part is 0, 2, 1 missing bases.)
    pub(crate) missing_bases: u8,
    /// NCBI translation table.
    pub(crate) genetic_code: u8,
    /// The annotation says that the 5' end of the CDS is not known.
    pub(crate) start_not_found: bool,
    /// The annotation says that the 3' end of the CDS is not known.
    pub(crate) end_not_found: bool,
}

/// The words that rows say about a transcript; all borrowed, any may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names<'r> {
    /// Gene symbol, as `MT-ND1`.
    pub(crate) symbol: &'r str,
    /// Gene id without version, as `ENSG00000198888`.
    pub(crate) gene: &'r str,
    /// Transcript id as `Feature` shows it, as `ENST00000361390`.
    pub(crate) transcript: &'r str,
    /// Transcript id as HGVS needs it, with its version, as `ENST00000361390.2`.
    pub(crate) transcript_with_version: &'r str,
    /// Protein id as HGVS needs it, with its version, as `ENSP00000354687.1`.
    pub(crate) protein: &'r str,
    /// As `protein_coding`.
    pub(crate) biotype: &'r str,
}

/// What annotators say of a transcript; all words borrowed, any may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent tags")]
pub(crate) struct Tags<'r> {
    /// Ensembl's representative of its gene.
    pub(crate) canonical: bool,
    /// The transcript of its gene that Ensembl and NCBI agree on.
    pub(crate) mane_select: bool,
    /// One more that clinical variants need.
    pub(crate) mane_plus_clinical: bool,
    /// In GENCODE's basic set.
    pub(crate) basic: bool,
    /// Transcript support level, 1 to 5; 0 when there is none.
    pub(crate) support_level: u8,
    /// Level of APPRIS, as `P1`; zeros when there is none.
    pub(crate) appris: [u8; 2],
    /// Id at CCDS.
    pub(crate) ccds: &'r str,
    /// Protein id as the annotation writes it, mostly without version.
    pub(crate) protein_id: &'r str,
    /// The other side's transcript of a MANE pair.
    pub(crate) mane_counterpart: &'r str,
}

/// A slip of the ribosome. A base that it reads twice is in two exons; one that it leaves out is in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slip<'r> {
    /// How many of the exons come before it.
    pub(crate) exons_before: u32,
    /// The exons as they are spliced, not cut.
    pub(crate) exons: &'r [Exon],
    /// cDNA position of the last base of the CDS among these.
    pub(crate) coding_end: u32,
}

/// A transcript.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transcript<'r> {
    /// Its number within the reference; names it in caches.
    pub(crate) ordinal: u32,
    /// First base on the contig.
    pub(crate) start: u64,
    /// Last base on the contig.
    pub(crate) end: u64,
    /// Which strand it is read from.
    pub(crate) strand: Strand,
    /// In the transcript's own order, 5' to 3'; cut where the ribosome slips.
    pub(crate) exons: &'r [Exon],
    /// None for transcripts that make no protein.
    pub(crate) coding: Option<Coding>,
    /// Where the ribosome slips, if it does.
    pub(crate) slip: Option<Slip<'r>>,
    /// What to call it.
    pub(crate) names: Names<'r>,
    /// What annotators say of it.
    pub(crate) tags: Tags<'r>,
    /// cDNA positions of codons read as selenocysteine (first base of each), in order.
    pub(crate) selenocysteines: &'r [u32],
    /// Whether Ensembl VEP would read it too.
    pub(crate) read_by_vep: bool,
}

impl Transcript<'_> {
    /// The transcript as if the ribosome did not slip.
    pub(crate) fn without_slip(self) -> Self {
        let Some(slip) = self.slip else { return self };
        let coding = self.coding.map(|coding| Coding { cdna_end: slip.coding_end, ..coding });
        Self { exons: slip.exons, coding, slip: None, ..self }
    }
}
