//! Gene models.

pub(crate) mod account;
pub(crate) mod assemble;
pub(crate) mod gff3;
pub(crate) mod naming;
pub(crate) mod read_gff3;
pub(crate) mod transcript;
