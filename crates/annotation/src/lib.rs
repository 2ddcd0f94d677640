//! The annotation engine: what each variant of a VCF does to every transcript that it meets.
//!
//! A [`Reference`] is built once from public files with [`build()`], and opened by mapping from then on.
//! [`annotate()`] reads a VCF, writes it with a `CSQ` entry added to INFO and every other byte as it was, and
//! returns a [`Summary`] that accounts for every line. It knows nothing of networks, jobs or users.
//!
//! ```
//! use gas_annotation::{BuildPlan, Options, Reference, annotate, build};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let directory = folder.path().join("human-mt");
//! # let recipe = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reference/human-mt/recipe.toml");
//! let report = build(&BuildPlan::from_recipe(&recipe)?, &directory)?;
//! assert_eq!((report.genes, report.coding_transcripts), (37, 13));
//!
//! let reference = Reference::open(&directory)?;
//! let input = "MT\t3243\t.\tA\tG\t.\t.\t.\n";
//! let mut output = Vec::new();
//! let summary = annotate(input.as_bytes(), "one.vcf", &mut output, &reference, &Options::default(), &|_| {})?;
//! assert_eq!((summary.records.read, summary.records.annotated), (1, 1));
//! assert!(String::from_utf8(output)?.contains("G|non_coding_transcript_exon_variant|MODIFIER|MT-TL1|"));
//! # Ok(())
//! # }
//! ```

mod consequence;
mod contig;
mod error;
mod formats;
mod genes;
mod hgvs;
mod index;
mod intervals;
mod known;
mod output;
mod phased;
mod pipeline;
mod presentation;
mod record;
mod reference;
pub mod variant;
mod vcf;

pub use error::{Error, Fault, Place};
pub use formats::{Cells, Format};
pub use genes::account::{Account, LeftOut};
pub use index::{Index, IndexKind, NoIndex};
pub use intervals::load::IntervalCount;
pub use intervals::source::{
    IntervalColumn, IntervalColumns, IntervalField, IntervalFormat, IntervalMode, IntervalSource,
};
pub use known::build::{KnownCollection, KnownCount};
pub use known::info_field::FieldType;
pub use output::haplotypes::HaplotypesSummary;
pub use output::summary::{
    AllelesSummary, ConsequenceSummary, ContigSummary, GeneSummary, ImpactsSummary, InputSummary,
    IntervalsSummary, KeptSummary, KnownSummary, RecordsSummary, ReferenceSummary, RowsSummary, Summary,
    WithoutRowsSummary,
};
pub use pipeline::conversion::{Conversion, Converted, convert};
pub use pipeline::options::{Options, Progress};
pub use pipeline::{annotate, annotate_with_index};
pub use presentation::fields::{Fields, UnknownField};
pub use presentation::pick::Pick;
pub use presentation::{Entries, Presentation};
pub use reference::build::{BuildError, BuildReport, build};
pub use reference::manifest::{Manifest, PartEntry, Provenance, Source};
pub use reference::part::PartFault;
pub use reference::plan::{BuildPlan, KnownField, KnownSource};
pub use reference::{Reference, ReferenceError};
pub use vcf::open::{Limits, Packing};
pub use vcf::write::Compression;
