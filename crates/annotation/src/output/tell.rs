//! Making the summary of what was counted.

use std::collections::BTreeMap;

use crate::consequence::term::Term;
use crate::error::quoted;
use crate::output::doubts::{Doubt, doubts, lines};
use crate::output::haplotypes::{self, HaplotypesSummary};
use crate::output::silent_intervals;
use crate::output::summary::{
    AllelesSummary, ConsequenceSummary, ContigSummary, FORMAT, GeneSummary, ImpactsSummary, InputSummary,
    IntervalsSummary, KeptSummary, KnownSummary, RecordsSummary, ReferenceSummary, RowsSummary, Summary,
    WithoutRowsSummary,
};
use crate::phased::PhasedCounts;
use crate::pipeline::counts::Counts;
use crate::pipeline::kept::Kept;
use crate::pipeline::options::Options;
use crate::record::no_rows::NoRows;
use crate::reference::Reference;
use crate::reference::manifest::Source;
use crate::variant::Kind;
use crate::vcf::header::Header;
use crate::vcf::open::Packing;

/// Most contigs that a summary lists.
const MOST_CONTIGS: usize = 1000;
/// Most genes that a summary lists.
const MOST_GENES: usize = 20;

/// What is known of an input besides its records.
pub(crate) struct Facts<'a> {
    pub(crate) file_name: &'a str,
    pub(crate) header: &'a Header,
    pub(crate) had_mark: bool,
    pub(crate) packing: Packing,
    /// The lines were made of a BCF.
    pub(crate) is_bcf: bool,
    pub(crate) bytes: u64,
    pub(crate) lacks_end_block: bool,
    pub(crate) unsorted: Option<u64>,
    pub(crate) phased: Option<&'a PhasedCounts>,
    pub(crate) seconds: f64,
}

/// Makes the summary of a run.
pub(crate) fn tell(
    facts: &Facts<'_>,
    counts: &Counts<'_>,
    reference: &Reference,
    options: &Options,
) -> Summary {
    let [high, moderate, low, modifier] = counts.impacts;
    let manifest = reference.manifest();
    Summary {
        format: FORMAT,
        program: options.program.clone(),
        reference: ReferenceSummary {
            name: manifest.name.clone(),
            assembly: manifest.assembly.clone(),
            build: manifest.build.clone(),
            sources: manifest.sources.iter().map(describe).collect(),
        },
        input: InputSummary {
            file_name: facts.file_name.to_owned(),
            file_format: facts.header.file_format.clone(),
            samples: facts.header.samples(),
            packing: facts.packing,
            bytes: facts.bytes,
        },
        seconds: (facts.seconds * 1000.0).round() / 1000.0,
        records: records(counts),
        alleles: alleles(counts),
        consequences: consequences(counts),
        consequences_of_transcripts: rows(counts),
        impacts: ImpactsSummary { high, moderate, low, modifier },
        contigs: contigs(counts),
        known: known(counts, reference),
        intervals: intervals(counts, reference),
        genes: genes(counts),
        haplotypes: facts.phased.map(HaplotypesSummary::from),
        notes: notes(facts, counts, reference),
    }
}

fn describe(source: &Source) -> String {
    let provenance = &source.provenance;
    let more = [&provenance.version, &provenance.licence, &provenance.citation].into_iter().flatten();
    let more: String = more.flat_map(|text| [", ", text.as_str()]).collect();
    format!("{}: {}{more}", source.id, source.file)
}

fn records(counts: &Counts<'_>) -> RecordsSummary {
    let kept = Kept::ALL.iter().map(|reason| {
        let lines = &counts.kept[*reason as usize];
        KeptSummary {
            reason: reason.name().to_owned(),
            count: lines.count,
            first_line: lines.first_line,
            first: lines.first_line.map(|_| lines.first.clone()),
            explanation: reason.explanation().to_owned(),
        }
    });
    RecordsSummary { read: counts.records, annotated: counts.annotated, kept: kept.collect() }
}

fn alleles(counts: &Counts<'_>) -> AllelesSummary {
    let kinds = Kind::ALL.iter().map(|kind| (kind.name().to_owned(), counts.kinds[*kind as usize]));
    let by_kind: BTreeMap<String, u64> = kinds.filter(|(_, count)| *count > 0).collect();
    AllelesSummary {
        total: by_kind.values().sum(),
        by_kind,
        transitions: counts.transitions,
        transversions: counts.transversions,
        ts_tv: ratio(counts.transitions, counts.transversions),
        without_rows: without_rows(counts),
    }
}

fn without_rows(counts: &Counts<'_>) -> Vec<WithoutRowsSummary> {
    let each = NoRows::ALL.iter().map(|reason| WithoutRowsSummary {
        reason: reason.name().to_owned(),
        count: counts.no_rows[*reason as usize],
        explanation: reason.explanation().to_owned(),
    });
    each.filter(|alleles| alleles.count > 0).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of alleles are far below 2^52, and three digits are shown"
)]
fn ratio(transitions: u64, transversions: u64) -> Option<f64> {
    (transversions > 0).then(|| (transitions as f64 / transversions as f64 * 1000.0).round() / 1000.0)
}

fn consequences(counts: &Counts<'_>) -> Vec<ConsequenceSummary> {
    let each = Term::ALL.iter().map(|term| ConsequenceSummary {
        term: term.name().to_owned(),
        impact: term.impact().name().to_owned(),
        alleles: counts.alleles_by_term.0[*term as usize],
    });
    each.filter(|consequence| consequence.alleles > 0).collect()
}

fn rows(counts: &Counts<'_>) -> Vec<RowsSummary> {
    let each = Term::ALL.iter().map(|term| RowsSummary {
        term: term.name().to_owned(),
        rows: counts.rows_by_term.0[*term as usize],
    });
    each.filter(|rows| rows.rows > 0).collect()
}

fn contigs(counts: &Counts<'_>) -> Vec<ContigSummary> {
    let here = counts.contigs.values().map(|contig| {
        let summary = ContigSummary {
            name: contig.name.clone(),
            in_reference: true,
            length: Some(contig.length),
            records: contig.records,
            annotated: contig.annotated,
            bin_size: Some(contig.bin_size),
            bins: contig.bins.clone(),
        };
        (contig.first_line, summary)
    });
    let missing = counts.missing.iter().map(|(name, contig)| {
        let summary = ContigSummary {
            name: quoted(name),
            in_reference: false,
            length: None,
            records: contig.records,
            annotated: 0,
            bin_size: None,
            bins: Vec::new(),
        };
        (contig.first_line, summary)
    });
    let mut contigs: Vec<(u64, ContigSummary)> = here.chain(missing).collect();
    contigs.sort_by_key(|(first_line, _)| *first_line);
    contigs.into_iter().map(|(_, contig)| contig).take(MOST_CONTIGS).collect()
}

fn known(counts: &Counts<'_>, reference: &Reference) -> Vec<KnownSummary> {
    let sources = reference.manifest().known_sources.iter().zip(&counts.known);
    sources.map(|(source, alleles)| KnownSummary { source: source.clone(), alleles: *alleles }).collect()
}

fn intervals(counts: &Counts<'_>, reference: &Reference) -> Vec<IntervalsSummary> {
    let counted = counts.intervals.iter().zip(&counts.intervals_cut);
    let sources = reference.manifest().interval_sources.iter().zip(counted);
    let summary = |(source, (alleles, cut)): (&String, (&u64, &u64))| IntervalsSummary {
        source: source.clone(),
        alleles: *alleles,
        cut: *cut,
    };
    sources.map(summary).collect()
}

fn genes(counts: &Counts<'_>) -> Vec<GeneSummary> {
    let mut genes: Vec<_> = counts.genes.iter().collect();
    genes.sort_by(|(one, one_count), (other, other_count)| other_count.cmp(one_count).then(one.cmp(other)));
    let each = genes.into_iter().take(MOST_GENES).map(|(gene, alleles)| GeneSummary {
        symbol: gene.symbol.to_owned(),
        gene: gene.id.to_owned(),
        alleles: *alleles,
    });
    each.collect()
}

fn notes(facts: &Facts<'_>, counts: &Counts<'_>, reference: &Reference) -> Vec<String> {
    let mut notes = Vec::new();
    if counts.records == 0 {
        notes.push("The file has no variants.".to_owned());
    }
    notes.extend(doubts(counts, reference).iter().map(Doubt::note));
    notes.extend(silent_intervals::notes(counts, reference));
    notes.extend(wrong_lengths(facts.header, reference));
    if let Some(line) = facts.unsorted {
        notes.push(format!(
            "The file is not sorted by position: line {line} should stand before the one above it."
        ));
    }
    if facts.lacks_end_block {
        notes.push(
            "The end block of bgzip is missing: the file may have been cut off between two blocks."
                .to_owned(),
        );
    }
    if facts.is_bcf {
        notes.push("The file is BCF; the result has its records as VCF lines.".to_owned());
    }
    if facts.had_mark {
        notes.push("A byte order mark before the first line was left out.".to_owned());
    }
    if facts.header.columns.is_none() {
        notes.push("The file has no #CHROM line; one was added.".to_owned());
    }
    if facts.header.had_annotations {
        notes.push("The file had CSQ annotations of an earlier run; they were replaced.".to_owned());
    }
    if counts.stale > 0 {
        notes.push(format!(
            "Annotations of an earlier run stay on {} kept as it was; they may have other fields than the header now says.",
            lines(counts.stale)
        ));
    }
    notes.extend(facts.phased.into_iter().flat_map(haplotypes::notes));
    notes
}

/// Contigs to which the file's own header gives another length than the reference has.
fn wrong_lengths(header: &Header, reference: &Reference) -> Vec<String> {
    const MOST: usize = 5;
    let wrong = header.contigs.iter().filter_map(|(name, length)| {
        let contig = reference.contig(reference.contig_index(name.as_bytes())?);
        let known = contig.sequence.len() as u64;
        let length = length.filter(|length| *length != known)?;
        Some(format!(
            "The file's header gives {} {length} bases where the reference has {known}: it is of another assembly.",
            quoted(name.as_bytes())
        ))
    });
    wrong.take(MOST).collect()
}
