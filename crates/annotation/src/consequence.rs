//! What a variant does to a transcript, in the terms of the Sequence Ontology.
//!
//! The rules are those of Ensembl VEP 115, as its answers show them; each file cites the functions of Ensembl's
//! code whose behaviour it has. `docs/annotation.md` tells the rules in words.

pub(crate) mod coding;
pub(crate) mod edit;
pub(crate) mod genetic_code;
pub(crate) mod place;
pub(crate) mod predict;
pub(crate) mod sequence;
pub(crate) mod splice;
pub(crate) mod structural;
pub(crate) mod term;
