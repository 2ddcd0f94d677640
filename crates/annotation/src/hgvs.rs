//! Names of variants as the Human Genome Variation Society recommends them, in VEP's spelling.

pub(crate) mod position;
pub(crate) mod protein;
pub(crate) mod residue;
pub(crate) mod shift;
pub(crate) mod transcript;
