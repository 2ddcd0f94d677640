//! The workers on the embedded back end, with a shell script in the place of `gas annotate` for the odd ends.
//!
//! Tests that begin with `w` and a number hold off the fault of that number that the first system had.

mod annotate;
mod archive;
mod billing;
mod deletion;
mod doubted_writes;
mod function;
mod interrupted;
mod modes;
mod slow_archive;
mod stage;
mod sweep;
