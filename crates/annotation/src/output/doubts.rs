//! Signs that a file and a reference do not belong together: always said, and refused by a strict run.

use crate::error::{Fault, Misfit, Place, quoted};
use crate::output::silent_intervals;
use crate::pipeline::counts::{ContigCounts, Counts};
use crate::pipeline::kept::Kept;
use crate::reference::Reference;

/// A collection that has alleles on the file's contigs is expected to know one of so many.
const HEARD_OF_ONE_IN: u64 = 1000;

/// One sign.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// The first line that shows it.
    pub(crate) line: Option<u64>,
    /// What there is, where first and how often: a sentence without its full stop.
    pub(crate) text: String,
    /// Whether another assembly would explain it.
    pub(crate) asks: bool,
}

impl Doubt {
    /// The sign as a note.
    pub(crate) fn note(&self) -> String {
        format!("{}.{}", self.text, if self.asks { " Is the file of another assembly?" } else { "" })
    }
}

/// All signs that a run met, in order of their weight.
pub(crate) fn doubts(counts: &Counts<'_>, reference: &Reference) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> =
        [missing_contigs(counts, reference), differing(counts)].into_iter().flatten().collect();
    doubts.extend(silent_collections(counts, reference));
    doubts.extend(silent_intervals::doubts(counts, reference));
    doubts
}

/// Refuses a run in which there are signs.
pub(crate) fn refuse(counts: &Counts<'_>, reference: &Reference) -> Result<(), Misfit> {
    let doubts = doubts(counts, reference);
    if doubts.is_empty() {
        return Ok(());
    }
    let place = Place { line: doubts.iter().filter_map(|doubt| doubt.line).min(), column: None };
    let findings: Vec<&str> = doubts.iter().map(|doubt| doubt.text.as_str()).collect();
    let fault = Fault::Doubtful { findings: findings.join(". ") };
    Err(Misfit { place, fault })
}

fn missing_contigs(counts: &Counts<'_>, reference: &Reference) -> Option<Doubt> {
    let missing = &counts.kept[Kept::ContigNotInReference as usize];
    let line = missing.first_line?;
    let (name, assembly) = (reference.name(), reference.assembly());
    let contigs = match counts.missing.len() as u64 + u64::from(counts.missing_others > 0) {
        1 => String::new(),
        _ if counts.missing_others > 0 => format!(" of more than {} contigs", counts.missing.len()),
        number => format!(" of {number} contigs"),
    };
    let (lines, first) = (lines(missing.count), &missing.first);
    let text = if missing.count == counts.records {
        format!(
            "Nothing was annotated: the reference {name} ({assembly}) has none of the file's contigs; {lines}{contigs} kept as \
             they were, first line {line}: {first}"
        )
    } else {
        format!(
            "The reference {name} ({assembly}) lacks the contigs of {lines}{contigs}, first on line {line}: {first}"
        )
    };
    Some(Doubt { line: Some(line), text, asks: false })
}

fn differing(counts: &Counts<'_>) -> Option<Doubt> {
    let differing = &counts.kept[Kept::ReferenceDiffers as usize];
    let line = differing.first_line?;
    let (lines, first) = (lines(differing.count), &differing.first);
    let text = format!("REF differs from the reference on {lines}, first on line {line}: {first}");
    Some(Doubt { line: Some(line), text, asks: true })
}

/// Collections that know none of many alleles, although they have alleles on the same contigs.
fn silent_collections(counts: &Counts<'_>, reference: &Reference) -> Vec<Doubt> {
    let sources = reference.manifest().known_sources.iter().zip(&counts.known).enumerate();
    let silent = sources.filter(|(_, (_, known))| **known == 0);
    silent.filter_map(|(bit, (name, _))| silent_collection(bit, name, counts, reference)).collect()
}

fn silent_collection(bit: usize, name: &str, counts: &Counts<'_>, reference: &Reference) -> Option<Doubt> {
    // The table is only searched where there is something to be doubted at all.
    if counts.contigs.values().map(|contig| contig.alleles).sum::<u64>() < HEARD_OF_ONE_IN {
        return None;
    }
    let shared = || {
        let table = reference.known();
        counts
            .contigs
            .iter()
            .filter(move |(contig, counts)| counts.alleles > 0 && table.has_alleles_of(bit, **contig))
    };
    let alleles: u64 = shared().map(|(_, counts)| counts.alleles).sum();
    let first = shared().map(|(_, counts)| counts).min_by_key(|counts| counts.first_line)?;
    let (line, contig) = (first.first_line, quoted(first.name.as_bytes()));
    (alleles >= HEARD_OF_ONE_IN).then(|| Doubt {
        line: Some(line),
        text: format!(
            "{name} knows none of {alleles} alleles on contigs where it has alleles, first {contig} on line {line}"
        ),
        asks: true,
    })
}

/// Alleles with consequences on a contig.
pub(crate) fn alleles_of(contig: &ContigCounts) -> u64 {
    contig.bins.iter().flatten().sum()
}

/// A number of lines in words.
pub(crate) fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
