//! What a worker counts. Each worker has its own; they are added up at the end.

use rustc_hash::FxHashMap;

use crate::consequence::term::{Impact, Term};
use crate::pipeline::kept::Kept;
use crate::pipeline::options::Options;
use crate::record::no_rows::NoRows;
use crate::record::tally::{AlleleTally, Tally};
use crate::reference::Reference;
use crate::variant::Kind;

/// Most bins of a contig.
const MOST_BINS: u64 = 100;
/// Most names of contigs that the reference lacks; a hostile file has a new one on every line.
const MOST_MISSING: usize = 100_000;

/// Lines kept for one reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptLines {
    pub(crate) count: u64,
    pub(crate) first_line: Option<u64>,
    /// What the first of them shows, for the log.
    pub(crate) first: String,
}

/// Records on one contig of the reference.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContigCounts {
    /// The first line, and the contig's name there.
    pub(crate) first_line: u64,
    pub(crate) name: String,
    pub(crate) length: u64,
    pub(crate) records: u64,
    pub(crate) annotated: u64,
    /// Alleles of annotated records.
    pub(crate) alleles: u64,
    pub(crate) bin_size: u64,
    /// Alleles by their impact, along the contig.
    pub(crate) bins: Vec<[u64; 4]>,
}

/// Records on a contig that the reference lacks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MissingContig {
    pub(crate) first_line: u64,
    pub(crate) records: u64,
}

/// A gene with what is counted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Gene<'r> {
    pub(crate) symbol: &'r str,
    pub(crate) id: &'r str,
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts<'r> {
    pub(crate) records: u64,
    pub(crate) annotated: u64,
    pub(crate) kept: [KeptLines; Kept::ALL.len()],
    pub(crate) kinds: [u64; Kind::ALL.len()],
    /// Alternatives without rows, by reason.
    pub(crate) no_rows: [u64; NoRows::ALL.len()],
    pub(crate) transitions: u64,
    pub(crate) transversions: u64,
    /// Alleles by their most severe term.
    pub(crate) alleles_by_term: TermCounts,
    /// Rows by each of their terms.
    pub(crate) rows_by_term: TermCounts,
    pub(crate) impacts: [u64; 4],
    pub(crate) contigs: FxHashMap<usize, ContigCounts>,
    pub(crate) missing: FxHashMap<Vec<u8>, MissingContig>,
    /// Records on further contigs that the reference lacks.
    pub(crate) missing_others: u64,
    /// Alleles by collection that knows them.
    pub(crate) known: Vec<u64>,
    /// Alleles by source of intervals that has something to say of their places.
    pub(crate) intervals: Vec<u64>,
    /// Those of them of which it has more to say than is shown.
    pub(crate) intervals_cut: Vec<u64>,
    /// Alleles with an impact above MODIFIER, by gene.
    pub(crate) genes: FxHashMap<Gene<'r>, u64>,
    /// Records on which annotations of an earlier run stay.
    pub(crate) stale: u64,
    scratch: Vec<(u32, Gene<'r>)>,
}

/// A number for each term.
#[derive(Clone, Debug)]
pub(crate) struct TermCounts(pub(crate) [u64; Term::ALL.len()]);

impl Default for TermCounts {
    fn default() -> Self {
        Self([0; Term::ALL.len()])
    }
}

/// Where a record is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot<'a> {
    pub(crate) line: u64,
    /// Name of the contig as the file has it, and its index in the reference.
    pub(crate) contig_name: &'a [u8],
    pub(crate) contig: usize,
    pub(crate) position: u64,
}

impl<'r> Counts<'r> {
    /// No counts yet, of all sources of a reference that are asked.
    pub(crate) fn of(reference: &Reference, options: &Options) -> Self {
        let manifest = reference.manifest();
        let interval_sources = if options.known_only { 0 } else { manifest.interval_sources.len() };
        Self::new(manifest.known_sources.len(), interval_sources)
    }

    fn new(known_sources: usize, interval_sources: usize) -> Self {
        Self {
            known: vec![0; known_sources],
            intervals: vec![0; interval_sources],
            intervals_cut: vec![0; interval_sources],
            ..Self::default()
        }
    }

    /// Counts a record that is kept as it was. `first` describes it if it is the first of its kind.
    pub(crate) fn keep(&mut self, reason: Kept, line: u64, first: impl FnOnce() -> String) {
        let entry = &mut self.kept[reason as usize];
        entry.count += 1;
        if entry.first_line.is_none() {
            entry.first_line = Some(line);
            entry.first = first();
        }
    }

    /// Counts a record on a contig that the reference lacks.
    pub(crate) fn miss(&mut self, name: &[u8], line: u64) {
        if let Some(missing) = self.missing.get_mut(name) {
            missing.records += 1;
        } else if self.missing.len() < MOST_MISSING {
            self.missing.insert(name.to_owned(), MissingContig { first_line: line, records: 1 });
        } else {
            self.missing_others += 1;
        }
    }

    /// The counts of a contig of the reference.
    pub(crate) fn contig(&mut self, spot: Spot<'_>, length: u64) -> &mut ContigCounts {
        self.contigs.entry(spot.contig).or_insert_with(|| ContigCounts {
            first_line: spot.line,
            name: String::from_utf8_lossy(spot.contig_name).into_owned(),
            length,
            bin_size: bin_size(length),
            ..ContigCounts::default()
        })
    }

    /// Counts the alleles of an annotated record.
    pub(crate) fn add(&mut self, tally: &Tally, spot: Spot<'_>, reference: &'r Reference) {
        self.annotated += 1;
        for allele in &tally.alleles {
            self.add_allele(allele, spot);
        }
        for row in &tally.rows {
            for term in row.terms.iter() {
                self.rows_by_term.0[term as usize] += 1;
            }
        }
        self.add_genes(tally, reference);
    }

    /// Counts the alternatives of a record that have no rows, whether others of it have or not.
    pub(crate) fn add_without_rows(&mut self, tally: &Tally) {
        add_all(&mut self.no_rows, &tally.no_rows);
    }

    fn add_allele(&mut self, allele: &AlleleTally, spot: Spot<'_>) {
        self.kinds[allele.kind as usize] += 1;
        match allele.transition {
            Some(true) => self.transitions += 1,
            Some(false) => self.transversions += 1,
            None => {}
        }
        if let Some(contig) = self.contigs.get_mut(&spot.contig) {
            contig.alleles += 1;
        }
        add_bits(&mut self.known, allele.known);
        add_bits(&mut self.intervals, allele.intervals.hits);
        add_bits(&mut self.intervals_cut, allele.intervals.cut);
        if let Some(term) = allele.terms.most_severe() {
            self.alleles_by_term.0[term as usize] += 1;
            self.impacts[term.impact() as usize] += 1;
            if let Some(contig) = self.contigs.get_mut(&spot.contig) {
                contig.add(spot.position, term.impact());
            }
        }
    }

    fn add_genes(&mut self, tally: &Tally, reference: &'r Reference) {
        self.scratch.clear();
        for row in
            tally.rows.iter().filter(|row| row.terms.impact().is_some_and(|impact| impact < Impact::Modifier))
        {
            if let Some((symbol, id)) = row.transcript.and_then(|ordinal| reference.gene_of(ordinal)) {
                self.scratch.push((row.allele, Gene { symbol, id }));
            }
        }
        self.scratch.sort_unstable();
        self.scratch.dedup();
        for (_, gene) in &self.scratch {
            *self.genes.entry(*gene).or_default() += 1;
        }
    }

    /// Adds what another worker counted.
    pub(crate) fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.annotated += other.annotated;
        self.transitions += other.transitions;
        self.transversions += other.transversions;
        self.missing_others += other.missing_others;
        self.stale += other.stale;
        add_all(&mut self.kinds, &other.kinds);
        add_all(&mut self.no_rows, &other.no_rows);
        add_all(&mut self.alleles_by_term.0, &other.alleles_by_term.0);
        add_all(&mut self.rows_by_term.0, &other.rows_by_term.0);
        add_all(&mut self.impacts, &other.impacts);
        add_all(&mut self.known, &other.known);
        add_all(&mut self.intervals, &other.intervals);
        add_all(&mut self.intervals_cut, &other.intervals_cut);
        for (mine, theirs) in self.kept.iter_mut().zip(other.kept) {
            mine.merge(theirs);
        }
        for (contig, theirs) in other.contigs {
            match self.contigs.get_mut(&contig) {
                Some(mine) => mine.merge(theirs),
                None => drop(self.contigs.insert(contig, theirs)),
            }
        }
        for (name, theirs) in other.missing {
            let mine = self.missing.entry(name).or_insert(MissingContig { first_line: u64::MAX, records: 0 });
            mine.records += theirs.records;
            mine.first_line = mine.first_line.min(theirs.first_line);
        }
        for (gene, count) in other.genes {
            *self.genes.entry(gene).or_default() += count;
        }
    }
}

fn add_bits(counts: &mut [u64], bits: u64) {
    for (bit, count) in counts.iter_mut().enumerate() {
        *count += bits >> bit & 1;
    }
}

fn add_all(mine: &mut [u64], theirs: &[u64]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += theirs;
    }
}

impl KeptLines {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        let earlier = other.first_line.is_some_and(|line| self.first_line.is_none_or(|mine| line < mine));
        if earlier {
            (self.first_line, self.first) = (other.first_line, other.first);
        }
    }
}

impl ContigCounts {
    fn add(&mut self, position: u64, impact: Impact) {
        let bin = usize::try_from(position.saturating_sub(1) / self.bin_size.max(1)).unwrap_or(usize::MAX);
        if bin >= self.bins.len() && bin < usize::try_from(MOST_BINS).unwrap_or(0) {
            let bins = self.length.div_ceil(self.bin_size.max(1));
            self.bins.resize(usize::try_from(bins).unwrap_or(0), [0; 4]);
        }
        if let Some(bin) = self.bins.get_mut(bin) {
            bin[impact as usize] += 1;
        }
    }

    fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.annotated += other.annotated;
        self.alleles += other.alleles;
        if other.first_line < self.first_line {
            (self.first_line, self.name) = (other.first_line, other.name);
        }
        if self.bins.is_empty() {
            self.bins = other.bins;
        } else {
            for (mine, theirs) in self.bins.iter_mut().zip(other.bins) {
                add_all(mine, &theirs);
            }
        }
    }
}

/// A round size (1, 2 or 5 with zeros) of which at most [`MOST_BINS`] cover the length.
fn bin_size(length: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for size in [power, 2 * power, 5 * power] {
            if length.div_ceil(size) <= MOST_BINS {
                return size;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(16_569, 200)]
    #[case(100, 1)]
    #[case(101, 2)]
    #[case(0, 1)]
    #[case(248_956_422, 5_000_000)]
    fn bins_are_round_and_at_most_a_hundred(#[case] length: u64, #[case] size: u64) {
        assert_eq!(bin_size(length), size);
    }

    #[test]
    fn counts_add_up_whatever_the_order() {
        let spot = |line| Spot { line, contig_name: b"chrM", contig: 0, position: 16_569 };
        let mut one = Counts::new(1, 1);
        one.keep(Kept::ReferenceDiffers, 9, || "later".into());
        one.contig(spot(9), 16_569).add(1, Impact::High);
        one.miss(b"1", 8);
        let mut other = Counts::new(1, 1);
        other.keep(Kept::ReferenceDiffers, 3, || "first".into());
        other.contig(spot(3), 16_569).add(16_569, Impact::Low);
        other.miss(b"1", 2);
        for (mut sum, rest) in [(one.clone(), other.clone()), (other, one)] {
            sum.merge(rest);
            let kept = &sum.kept[Kept::ReferenceDiffers as usize];
            assert_eq!((kept.count, kept.first_line, kept.first.as_str()), (2, Some(3), "first"));
            let contig = &sum.contigs[&0];
            assert_eq!((contig.first_line, contig.bins.len()), (3, 83));
            assert_eq!((contig.bins[0], contig.bins[82]), ([1, 0, 0, 0], [0, 0, 1, 0]));
            assert_eq!((sum.missing[&b"1"[..]].records, sum.missing[&b"1"[..]].first_line), (2, 2));
        }
    }

    #[test]
    fn names_of_missing_contigs_are_bounded() {
        let mut counts = Counts::new(0, 0);
        for number in 0..100_007_u64 {
            counts.miss(number.to_string().as_bytes(), number);
        }
        assert_eq!((counts.missing.len(), counts.missing_others), (100_000, 7));
    }
}
