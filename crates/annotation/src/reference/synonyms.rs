//! A file of other names of sequences: each line holds the names of one, as the files for Ensembl VEP's `--synonyms`
//! and UCSC's `chromAlias` tables do.

use std::collections::HashMap;
use std::io::Read;

use crate::contig;
use crate::genes::account::Account;
use crate::reference::write_contigs::ContigDraft;
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::open::{Input, Limits};

const BATCH_BYTES: usize = 1 << 18;

/// Adds the names of a file, plain or packed, to the contigs. Lines that no contig or several answer to are counted.
///
/// # Errors
/// A line, when it is one line's fault, and a clause.
pub(crate) fn add(
    file: impl Read,
    index: &HashMap<String, usize>,
    contigs: &mut [ContigDraft],
    account: &mut Account,
) -> Result<(), (Option<u64>, String)> {
    let limits = Limits { max_unpack_ratio: u64::MAX, ..Limits::default() };
    let input = Input::open(file, &limits).map_err(|fault| (None, fault.to_string()))?;
    let mut source = Batches::new(input, BATCH_BYTES, limits.max_line_bytes);
    let mut batch = Batch::default();
    while source.fill(&mut batch).map_err(|misfit| (misfit.place.line, misfit.fault.to_string()))? {
        for line in lines(&batch.bytes) {
            let line = String::from_utf8_lossy(line);
            let names: Vec<&str> = line.split_ascii_whitespace().collect();
            if names.first().is_some_and(|first| !first.starts_with('#')) {
                add_line(&names, index, contigs, account);
            }
        }
    }
    Ok(())
}

fn add_line(
    names: &[&str],
    index: &HashMap<String, usize>,
    contigs: &mut [ContigDraft],
    account: &mut Account,
) {
    let mut found: Vec<usize> = names.iter().filter_map(|name| index.get(*name).copied()).collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [] => account.add("line of synonyms that no sequence answers to", names[0]),
        [number] => {
            let contig = &mut contigs[number];
            contig.names.extend(names.iter().map(|name| (*name).to_owned()));
            if names.iter().any(|name| contig::is_mitochondrial_name(name)) {
                contig.mitochondrial = true;
                contig.circular = true;
            }
        }
        _ => account.add("line of synonyms that several sequences answer to", names[0]),
    }
}
