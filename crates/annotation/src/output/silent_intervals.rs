//! Sources of intervals that have nothing to say of any allele: always said, and refused by a strict run where chance is not
//! enough to explain it.

use crate::error::quoted;
use crate::intervals::store::SourceView;
use crate::output::doubts::{Doubt, alleles_of};
use crate::pipeline::counts::{ContigCounts, Counts};
use crate::reference::Reference;

/// Alleles that a source would have to meet, were the alleles spread evenly, before its silence is doubted.
const EXPECTED_HITS: f64 = 20.0;

/// A source that has something to say of no allele.
struct Silent<'r> {
    name: &'r str,
    source: SourceView<'r>,
}

/// Sources whose intervals cover so much of the file's contigs that some allele should lie in one.
pub(crate) fn doubts(counts: &Counts<'_>, reference: &Reference) -> Vec<Doubt> {
    silent(counts, reference)
        .filter(|silent| expected(&silent.source, counts) >= EXPECTED_HITS)
        .filter_map(|silent| doubt(&silent, counts))
        .collect()
}

/// What is said of the others.
pub(crate) fn notes(counts: &Counts<'_>, reference: &Reference) -> Vec<String> {
    let total: u64 = counts.contigs.values().map(alleles_of).sum();
    if total == 0 {
        return Vec::new();
    }
    let unremarkable =
        silent(counts, reference).filter(|silent| expected(&silent.source, counts) < EXPECTED_HITS);
    let note = |silent: Silent<'_>| match shared(&silent.source, counts).next() {
        Some(_) => format!("No allele has its place in an interval of {}.", silent.name),
        None => format!("{} has no intervals on any contig of the file.", silent.name),
    };
    unremarkable.map(note).collect()
}

fn silent<'r>(counts: &Counts<'_>, reference: &'r Reference) -> impl Iterator<Item = Silent<'r>> {
    let named = reference.manifest().interval_sources.iter().zip(reference.intervals().sources());
    let silent: Vec<Silent<'r>> = named
        .zip(&counts.intervals)
        .filter(|(_, alleles)| **alleles == 0)
        .map(|((name, source), _)| Silent { name, source })
        .collect();
    silent.into_iter()
}

/// Contigs on which there are both alleles and intervals, with the bases that lie in one.
fn shared<'c>(
    source: &SourceView<'_>,
    counts: &'c Counts<'_>,
) -> impl Iterator<Item = (&'c ContigCounts, u64)> {
    let contigs = counts.contigs.iter().filter(|(_, contig)| alleles_of(contig) > 0);
    contigs.filter_map(|(index, contig)| Some((contig, source.covered(*index)?)))
}

/// Alleles that would lie in an interval, were they spread evenly over their contigs.
#[expect(
    clippy::cast_precision_loss,
    reason = "lengths and counts are far below 2^52, and it is an estimate"
)]
fn expected(source: &SourceView<'_>, counts: &Counts<'_>) -> f64 {
    shared(source, counts)
        .map(|(contig, covered)| alleles_of(contig) as f64 * covered as f64 / contig.length.max(1) as f64)
        .sum()
}

fn doubt(silent: &Silent<'_>, counts: &Counts<'_>) -> Option<Doubt> {
    let alleles: u64 = shared(&silent.source, counts).map(|(contig, _)| alleles_of(contig)).sum();
    let (first, _) = shared(&silent.source, counts).min_by_key(|(contig, _)| contig.first_line)?;
    let (line, contig) = (first.first_line, quoted(first.name.as_bytes()));
    Some(Doubt {
        line: Some(line),
        text: format!(
            "None of {alleles} alleles lies in an interval of {} on contigs where it has intervals, first {contig} on line {line}",
            silent.name
        ),
        asks: true,
    })
}
