//! What a run leaves besides the annotated lines: header lines, summary, log.

pub(crate) mod csq;
pub(crate) mod doubts;
pub(crate) mod haplotypes;
pub(crate) mod header;
pub(crate) mod log;
pub(crate) mod multiqc;
pub(crate) mod number;
pub(crate) mod page;
pub(crate) mod silent_intervals;
pub(crate) mod summary;
pub(crate) mod tell;
