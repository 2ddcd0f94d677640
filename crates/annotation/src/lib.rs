//! The annotation engine.

mod consequence;
mod contig;
mod error;
mod genes;
mod hgvs;
mod known;
mod output;
mod pipeline;
mod record;
mod reference;
pub mod variant;
mod vcf;

pub use error::{Error, Fault, Place};
pub use genes::account::{Account, LeftOut};
pub use known::load::KnownCount;
pub use output::summary::{
    AllelesSummary, ConsequenceSummary, ContigSummary, GeneSummary, ImpactsSummary, InputSummary,
    KeptSummary, KnownSummary, RecordsSummary, ReferenceSummary, RowsSummary, Summary,
};
pub use pipeline::annotate;
pub use pipeline::options::{Options, Progress};
pub use reference::build::{BuildError, BuildReport, build};
pub use reference::manifest::{Manifest, PartEntry, Provenance, Source};
pub use reference::part::PartFault;
pub use reference::plan::{BuildPlan, KnownField, KnownSource};
pub use reference::{Reference, ReferenceError};
pub use vcf::open::{Limits, Packing};
pub use vcf::write::Compression;
