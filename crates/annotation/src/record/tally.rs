//! What was found out about the alleles of one record, for the summary.

use crate::consequence::term::Terms;
use crate::variant::Kind;

/// One allele of ALT that has rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlleleTally {
    pub(crate) kind: Kind,
    /// The terms of all its rows together.
    pub(crate) terms: Terms,
    /// For a change of one base, whether it is a transition.
    pub(crate) transition: Option<bool>,
    /// Collections that know it: bit `n` for the one of index `n`.
    pub(crate) known: u64,
}

/// One row of an allele.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowTally {
    /// Index of its allele within [`Tally::alleles`].
    pub(crate) allele: u32,
    /// Ordinal of its transcript; none for an intergenic row.
    pub(crate) transcript: Option<u32>,
    pub(crate) terms: Terms,
}

/// What was found out about the alleles of one record. Cleared and filled again for every record, so
/// that its memory is reused.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) alleles: Vec<AlleleTally>,
    pub(crate) rows: Vec<RowTally>,
}

impl Tally {
    pub(crate) fn clear(&mut self) {
        self.alleles.clear();
        self.rows.clear();
    }
}
