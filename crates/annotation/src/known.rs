//! What is known of alleles: read from the VCF files that a reference lists, stored, and looked up.

pub(crate) mod build;
pub(crate) mod info_field;
pub(crate) mod lookup;
pub(crate) mod name;
pub(crate) mod source;
pub(crate) mod store;
