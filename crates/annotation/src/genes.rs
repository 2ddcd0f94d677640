//! Gene models.

pub(crate) mod account;
pub(crate) mod assemble;
pub(crate) mod features;
pub(crate) mod format;
pub(crate) mod gene_pred;
pub(crate) mod gff3;
pub(crate) mod gtf;
pub(crate) mod naming;
pub(crate) mod read;
pub(crate) mod read_by_vep;
pub(crate) mod selenocysteine;
pub(crate) mod slip;
pub(crate) mod tags;
pub(crate) mod transcript;
