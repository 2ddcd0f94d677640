//! Why a reference could not be built.

use std::io;
use std::path::PathBuf;

use crate::reference::part::PartFault;

/// A reference that could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A source cannot be read or is not what it should be.
    #[error("{}{}: {reason}", path.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Source {
        /// The file.
        path: PathBuf,
        /// The line, where it is one line's fault.
        line: Option<u64>,
        /// What is wrong, as a clause.
        reason: String,
    },
    /// A name that cannot stand where it would have to.
    #[error("`{name}` cannot be a name: use letters, digits, `.`, `_` and `-`")]
    Name {
        /// The name.
        name: String,
    },
    /// The place is taken.
    #[error("{} exists already; remove it first, or build elsewhere", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// No transcript lies on any sequence: the files do not belong together.
    #[error(
        "no transcript of {} lies on a sequence of the FASTA; its sequences are named {genes}, those of the FASTA {fasta}",
        path.display()
    )]
    NothingInCommon {
        /// The file of genes.
        path: PathBuf,
        /// Some names in it.
        genes: String,
        /// Some names in the FASTA.
        fasta: String,
    },
    /// The reference cannot be written.
    #[error("writing the reference in {} failed ({source})", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A part that was just written cannot be read back.
    #[error("reading {} back failed: {fault}", path.display())]
    ReadBack {
        /// The part.
        path: PathBuf,
        /// Why.
        fault: PartFault,
    },
}
