//! The engine from outside: references are built and files annotated with them.

#[path = "it/accounts.rs"]
mod accounts;
#[path = "it/agreement.rs"]
mod agreement;
#[path = "it/build.rs"]
mod build;
#[path = "it/csq.rs"]
mod csq;
#[path = "it/flow.rs"]
mod flow;
#[path = "it/formats.rs"]
mod formats;
#[path = "it/found_files.rs"]
mod found_files;
#[path = "it/gene_formats.rs"]
mod gene_formats;
#[path = "it/genes_as_vep_reads.rs"]
mod genes_as_vep_reads;
#[path = "it/intervals.rs"]
mod intervals;
#[path = "it/known_alleles.rs"]
mod known_alleles;
#[path = "it/phased.rs"]
mod phased;
#[path = "it/presentation.rs"]
mod presentation;
#[path = "it/properties.rs"]
mod properties;
#[path = "it/round_trip.rs"]
mod round_trip;
#[path = "it/slip.rs"]
mod slip;
#[path = "it/strict.rs"]
mod strict;
#[path = "it/structural.rs"]
mod structural;
#[path = "it/support.rs"]
mod support;
#[path = "it/transcript_fields.rs"]
mod transcript_fields;
#[path = "it/where_vep_errs.rs"]
mod where_vep_errs;
#[path = "it/whole_files.rs"]
mod whole_files;
