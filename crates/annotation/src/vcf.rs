//! Reading and writing VCF: plain, gzip or bgzip, as borrowed bytes; and BCF, read as VCF lines.

pub(crate) mod batches;
pub(crate) mod bcf;
pub(crate) mod header;
pub(crate) mod insert_info;
pub(crate) mod line;
pub(crate) mod open;
pub(crate) mod sniff;
pub(crate) mod write;
