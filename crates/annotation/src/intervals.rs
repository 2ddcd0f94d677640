//! Intervals: what public tracks say of a place, found by overlap, by nearness, or counted.

pub(crate) mod columns;
pub(crate) mod format;
pub(crate) mod load;
pub(crate) mod lookup;
pub(crate) mod row;
pub(crate) mod source;
pub(crate) mod store;
pub(crate) mod tree;
