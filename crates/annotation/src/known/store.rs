//! The store of known alleles: sorted blocks of bit-packed columns that are read in place.

pub(crate) mod bits;
pub(crate) mod column;
pub(crate) mod dictionary;
pub(crate) mod draft;
pub(crate) mod keys;
pub(crate) mod layout;
pub(crate) mod number_form;
pub(crate) mod sort;
pub(crate) mod table;
pub(crate) mod write;
