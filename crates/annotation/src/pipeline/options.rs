//! How to annotate.

use crate::formats::Format;
use crate::index::IndexKind;
use crate::presentation::Presentation;
use crate::vcf::open::Limits;
use crate::vcf::write::Compression;

/// Bases before and after a transcript that count as up- and downstream, as Ensembl VEP has it.
const DEFAULT_DISTANCE: u64 = 5000;
/// Bases of the longest structural variant that is annotated, as Ensembl VEP has it.
const DEFAULT_MAX_STRUCTURE_LENGTH: u64 = 10_000_000;

/// How to annotate a file.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Options {
    /// Worker threads; 0 for one per processor.
    pub threads: usize,
    /// Bases before and after a transcript that count as up- and downstream.
    pub distance: u64,
    /// Whether to name changes as HGVS does.
    pub hgvs: bool,
    /// Whether to name changes on their contigs too, in the field `HGVSg`.
    pub hgvsg: bool,
    /// Whether only known alleles are told, each field of them in an entry of INFO of its own, and no consequences.
    pub known_only: bool,
    /// Whether to answer as Ensembl VEP 115 does even where its code errs.
    pub exact_vep: bool,
    /// Whether it is an error, instead of being counted and said, when an ALT is of no form that VCF knows, the reference
    /// lacks a contig, a REF differs from it, or a collection of known alleles knows none of a thousand.
    pub strict: bool,
    /// Whether alleles of one haplotype are seen together too, and what they do jointly is told in `HAPCSQ`.
    pub phased: bool,
    /// Bases of the longest structural variant that is annotated.
    pub max_structure_length: u64,
    /// What is shown of the rows that are found.
    pub presentation: Presentation,
    /// What an input may cost.
    pub limits: Limits,
    /// What the output is. All but VCF are made of `CSQ`, which must then be among the entries.
    pub format: Format,
    /// Which index to make of an output that is compressed by blocks.
    pub index: Option<IndexKind>,
    /// How the output is packed.
    pub compression: Compression,
    /// The command that the header names.
    pub command_line: String,
    /// Program and version that the header names, as `gas 0.1.0`.
    pub program: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 0,
            distance: DEFAULT_DISTANCE,
            hgvs: true,
            hgvsg: false,
            known_only: false,
            exact_vep: false,
            strict: false,
            phased: false,
            max_structure_length: DEFAULT_MAX_STRUCTURE_LENGTH,
            presentation: Presentation::default(),
            limits: Limits::default(),
            format: Format::Vcf,
            index: None,
            compression: Compression::Plain,
            command_line: String::new(),
            program: concat!("gas ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of the input as it is, packed or not.
    pub bytes_read: u64,
    /// Records written.
    pub records: u64,
}
