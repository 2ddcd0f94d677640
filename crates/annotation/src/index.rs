//! The index beside a file that is compressed by blocks, made while the file is written.
//!
//! Source: "The Tabix index file format" and "Coordinate-sorted index (CSI)" of the SAM/BAM specifications.

pub(crate) mod build;
pub(crate) mod spots;

/// Which index to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexKind {
    /// `.tbi`, or `.csi` when the header has a sequence too long for that.
    #[default]
    Fitting,
    /// `.csi`.
    Csi,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// What the file's name ends with behind that of the indexed file: `tbi` or `csi`.
    pub ending: &'static str,
    /// The bytes of the file.
    pub bytes: Vec<u8>,
}

/// Why there is no index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoIndex {
    /// A record stands before one that it should follow.
    #[error("the records are not sorted by position within each sequence")]
    Unsorted,
    /// A position is beyond what the index can hold.
    #[error("a record reaches beyond what the index can hold; `--index csi` holds more")]
    TooFar,
    /// The file is not compressed by blocks.
    #[error("only VCF that is compressed by blocks has an index")]
    NoBlocks,
}
