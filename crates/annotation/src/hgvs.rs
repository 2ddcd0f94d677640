//! Names of variants as the Human Genome Variation Society recommends them, in VEP's spelling.

mod change;
pub(crate) mod genomic;
pub(crate) mod position;
pub(crate) mod protein;
pub(crate) mod residue;
pub(crate) mod shift;
pub(crate) mod transcript;
