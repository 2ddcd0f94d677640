//! What was found out about the alleles of one record, for the summary.

use std::ops::Range;

use crate::consequence::term::Terms;
use crate::intervals::lookup::Told;
use crate::record::no_rows::NoRows;
use crate::variant::Kind;

/// One allele of ALT that has rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlleleTally {
    pub(crate) kind: Kind,
    /// Its number in ALT, from 0.
    pub(crate) alternative: usize,
    /// The terms of all its rows together.
    pub(crate) terms: Terms,
    /// For a change of one base, whether it is a transition.
    pub(crate) transition: Option<bool>,
    /// Collections that know it: bit `n` for the one of index `n`.
    pub(crate) known: u64,
    /// Sources of intervals that have something to say of its place.
    pub(crate) intervals: Told,
}

/// One row of an allele.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowTally {
    /// Index of its allele within [`Tally::alleles`].
    pub(crate) allele: u32,
    /// Which alternative of ALT it speaks of, from 0; none where it speaks of several.
    pub(crate) alternative: Option<u32>,
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
    /// Alternatives without rows, by reason.
    pub(crate) no_rows: [u64; NoRows::ALL.len()],
}

impl AlleleTally {
    /// An allele of which nothing is known yet.
    pub(crate) fn of(kind: Kind, alternative: usize) -> Self {
        let intervals = Told::default();
        Self { kind, alternative, terms: Terms::default(), transition: None, known: 0, intervals }
    }
}

impl Tally {
    pub(crate) fn clear(&mut self) {
        self.alleles.clear();
        self.rows.clear();
        self.no_rows = Default::default();
    }

    /// Notes a row that speaks of the alleles of these indexes; it counts once.
    pub(crate) fn note_row(&mut self, alleles: Range<usize>, transcript: Option<u32>, terms: Terms) {
        let allele = u32::try_from(alleles.start).unwrap_or(u32::MAX);
        let alone = self.alleles.get(alleles.start).filter(|_| alleles.len() == 1);
        let alternative = alone.and_then(|allele| u32::try_from(allele.alternative).ok());
        self.rows.push(RowTally { allele, alternative, transcript, terms });
        for allele in self.alleles.get_mut(alleles).unwrap_or_default() {
            allele.terms = allele.terms.union(terms);
        }
    }
}
