//! The annotation engine.

mod error;
mod genes;
mod known;
pub mod variant;
mod vcf;

pub use error::{Error, Fault, Place};
pub use vcf::open::{Limits, Packing};
pub use vcf::write::Compression;
