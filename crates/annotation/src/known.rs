//! Known alleles: what public collections say of an allele, found by its normalised form.

pub(crate) mod alleles;
pub(crate) mod info_field;
pub(crate) mod load;
pub(crate) mod name;
