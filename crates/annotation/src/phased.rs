//! Joint consequences: what the alleles of one haplotype do together to the coding sequence of a transcript.
//!
//! Lines come annotated and in order. A line with phased alleles in coding sequences or 3' UTRs waits until the last of these
//! has passed, and with it what comes after; then the haplotypes of each transcript are put together from the
//! genotypes, cut into groups of changes that must be read together, and what a group does is added to its first
//! line. `bcftools csq` has shown what to see together; terms and names are those of
//! the single alleles.

pub(crate) mod effect;
pub(crate) mod entry;
pub(crate) mod genotype;
pub(crate) mod groups;
pub(crate) mod haplotypes;
pub(crate) mod held;
pub(crate) mod member;
pub(crate) mod transcripts;

use crate::consequence::edit::is_unambiguous;
use crate::contig::Contig;
use crate::phased::entry::SampleNames;
use crate::phased::genotype::{Carrier, read_carriers};
use crate::phased::held::Held;
use crate::phased::member::Member;
use crate::phased::transcripts::{OpenTranscript, Reader};
use crate::pipeline::kept::Kept;
use crate::pipeline::options::Options;
use crate::reference::Reference;
use crate::variant::{Alternative, Change, Kind};
use crate::vcf::batches::lines;
use crate::vcf::line::{Line, cut_ending};

/// Most memory of waiting lines.
const MOST_HELD_BYTES: usize = 64 << 20;

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PhasedCounts {
    /// Entries that say a joint consequence.
    pub(crate) entries: u64,
    /// Lines with entries.
    pub(crate) lines: u64,
    /// Alleles of coding sequences and 3' UTRs on phased haplotypes, each counted for each haplotype.
    pub(crate) carried: u64,
    /// Heterozygous genotypes in coding sequences and 3' UTRs that are not phased.
    pub(crate) unphased: u64,
    /// Changes that another one of the same haplotype leaves no place for.
    pub(crate) overlapping: u64,
    /// Transcripts that were read in parts, for want of memory, and where that began.
    pub(crate) cut: u64,
    pub(crate) first_cut: Option<String>,
}

/// Adds joint consequences to lines.
pub(crate) struct Phaser<'r> {
    reference: &'r Reference,
    most_held_bytes: usize,
    held: Held,
    open: Vec<OpenTranscript<'r>>,
    reader: Reader,
    /// The last record's contig and position; the contig's name asked for last.
    place: Option<(usize, u64)>,
    contig_name: Vec<u8>,
    contig: Option<usize>,
    carriers: Vec<Carrier>,
    counts: PhasedCounts,
}

impl<'r> Phaser<'r> {
    pub(crate) fn new(reference: &'r Reference, options: &Options, column_line: &[u8]) -> Self {
        Self {
            reference,
            most_held_bytes: MOST_HELD_BYTES,
            held: Held::default(),
            open: Vec::new(),
            reader: Reader::new(SampleNames::of(column_line), options.hgvs),
            place: None,
            contig_name: Vec::new(),
            contig: None,
            carriers: Vec::new(),
            counts: PhasedCounts::default(),
        }
    }

    /// Takes in whole lines and appends those to `out` that are done.
    pub(crate) fn take(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for line in lines(text) {
            let waiting = self.read(cut_ending(line).0, out);
            self.held.push(line, &self.carriers, waiting, out);
            if self.held.bytes() > self.most_held_bytes {
                self.give_up(out);
            }
        }
    }

    /// Appends the lines that still wait.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> PhasedCounts {
        self.close_all(out);
        self.counts
    }

    /// Finds out how many transcripts a line must wait for.
    fn read(&mut self, text: &[u8], out: &mut Vec<u8>) -> usize {
        self.carriers.clear();
        if text.is_empty() || text.starts_with(b"#") {
            return 0;
        }
        let Ok(line) = Line::split(text) else { return 0 };
        let Ok(position) = line.position() else { return 0 };
        let contig = self.contig_index(line.contig());
        self.move_to(contig, position, out);
        let Some(index) = contig.filter(|_| !line.after_info().is_empty()) else { return 0 };
        let contig = self.reference.contig(index);
        if Kept::of(&line, position, &contig, false).is_some() {
            return 0;
        }
        self.read_alleles(&line, position, index, &contig)
    }

    fn contig_index(&mut self, name: &[u8]) -> Option<usize> {
        if name != self.contig_name {
            self.contig = self.reference.contig_index(name);
            self.contig_name.clear();
            self.contig_name.extend_from_slice(name);
        }
        self.contig
    }

    /// Closes the transcripts that a record at this place does not belong to.
    fn move_to(&mut self, contig: Option<usize>, position: u64, out: &mut Vec<u8>) {
        let place = contig.map(|contig| (contig, position));
        let goes_on = match (self.place, place) {
            (Some(last), Some(next)) => last.0 == next.0 && last.1 <= next.1,
            _ => false,
        };
        self.place = place;
        if !goes_on {
            self.close_all(out);
        } else if self.open.iter().any(|open| open.last < position) {
            self.close(|open| open.last < position, out);
        }
    }

    fn read_alleles(&mut self, line: &Line<'_>, position: u64, index: usize, contig: &Contig<'r>) -> usize {
        let record = self.held.next_number();
        let last = position + line.reference_allele().len() as u64 - 1;
        let mut waiting = 0;
        let mut has_carriers = false;
        for transcript in self.reference.transcripts_overlapping(index, position, last) {
            let Some(found) = OpenTranscript::of(transcript, contig.sequence) else { continue };
            if found.first > last || found.last < position {
                continue;
            }
            let members = members_of(line, position, &found, record);
            if members.is_empty() {
                continue;
            }
            if !has_carriers {
                has_carriers = true;
                self.counts.unphased += read_carriers(line.after_info(), &mut self.carriers);
                self.counts.carried += self.carriers.len() as u64;
            }
            let carried = |member: &Member| self.carriers.iter().any(|it| it.allele == member.allele);
            let members: Vec<Member> = members.into_iter().filter(carried).collect();
            if members.is_empty() {
                continue;
            }
            waiting += 1;
            let ordinal = found.site.transcript.ordinal;
            match self.open.iter_mut().find(|open| open.site.transcript.ordinal == ordinal) {
                Some(open) => open.members.extend(members),
                None => self.open.push(OpenTranscript { members, ..found }),
            }
        }
        waiting
    }

    /// Closes all transcripts early: more lines wait than there is memory for.
    fn give_up(&mut self, out: &mut Vec<u8>) {
        self.counts.cut += self.open.len() as u64;
        if let (Some(open), Some((contig, position))) = (self.open.first(), self.place) {
            let name = open.site.transcript.names.transcript;
            let contig = self.reference.contig(contig).name;
            self.counts.first_cut.get_or_insert_with(|| format!("{name} at {contig}:{position}"));
        }
        self.close_all(out);
    }

    fn close_all(&mut self, out: &mut Vec<u8>) {
        self.close(|_| true, out);
    }

    fn close(&mut self, is_done: impl Fn(&OpenTranscript<'_>) -> bool, out: &mut Vec<u8>) {
        for open in self.open.extract_if(.., |open| is_done(open)) {
            let found = self.reader.close(&open, &mut self.held);
            self.counts.entries += found.entries;
            self.counts.overlapping += found.overlapping;
            self.counts.unphased += found.sets_left_out;
        }
        self.counts.lines += self.held.release(out);
    }
}

/// The alleles of a record that lie within the coding sequence or the 3' UTR of a transcript.
fn members_of(line: &Line<'_>, position: u64, open: &OpenTranscript<'_>, record: u64) -> Vec<Member> {
    let alternatives = line.alternatives().split(|byte| *byte == b',');
    let members = (1..).zip(alternatives).filter_map(|(allele, alternative)| {
        if Alternative::of(alternative) != Alternative::Bases {
            return None;
        }
        let change = trim(position, line.reference_allele(), alternative);
        if change.kind() == Kind::Unchanged || !is_unambiguous(&change.inserted.to_ascii_uppercase()) {
            return None;
        }
        Member::of(&change, &open.site, record, allele)
    });
    members.collect()
}

/// Takes off what both share, first at the start, as Ensembl VEP does: so an insertion in a repeat lies on the same
/// side of the edge of an exon as in the rows of CSQ.
fn trim<'a>(position: u64, reference: &'a [u8], alternative: &'a [u8]) -> Change<'a> {
    let same = |(one, other): &(&u8, &u8)| one.eq_ignore_ascii_case(other);
    let before = reference.iter().zip(alternative).take_while(same).count();
    Change::trimmed(position + before as u64, &reference[before..], &alternative[before..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuildPlan, build};

    /// `M A W K *` and 60 bases after it.
    fn reference() -> Reference {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let line = |kind: &str, attributes: &str| format!("1\tx\t{kind}\t1\t15\t.\t+\t0\t{attributes}\n");
        let genes = [
            line("gene", "ID=gene:G"),
            line("mRNA", "ID=transcript:T;Parent=gene:G;transcript_id=T;biotype=protein_coding"),
            line("exon", "Parent=transcript:T"),
            line("CDS", "ID=CDS:P;Parent=transcript:T;protein_id=P"),
        ];
        let plan = BuildPlan {
            name: "small".into(),
            fasta: write("x.fa", &format!(">1\nATGGCTTGGAAATAA{}\n", "C".repeat(60))),
            genes: write("x.gff3", &genes.concat()),
            ..BuildPlan::default()
        };
        let place = directory.path().join("reference");
        build(&plan, &place).unwrap();
        Reference::open(&place).unwrap()
    }

    const LINES: &str = "1\t4\t.\tG\tA\t.\t.\t.\tGT\t0|1\n1\t6\t.\tT\tC\t.\t.\t.\tGT\t0|1\n1\t20\t.\tC\tA\t.\t.\t.\tGT\t0|1\n";

    #[test]
    fn lines_go_as_soon_as_the_coding_sequence_has_passed() {
        let reference = reference();
        let mut phaser = Phaser::new(&reference, &Options::default(), b"");
        let mut out = Vec::new();
        let after = LINES.match_indices('\n').nth(1).unwrap().0 + 1;
        phaser.take(&LINES.as_bytes()[..after], &mut out);
        assert!(out.is_empty());
        phaser.take(&LINES.as_bytes()[after..], &mut out);
        assert_eq!(lines(&out).count(), 3);
        let counts = phaser.finish(&mut out);
        assert_eq!((counts.entries, counts.lines, counts.cut), (1, 2, 0));
    }

    #[test]
    fn without_memory_lines_go_early_and_that_is_told() {
        let reference = reference();
        let mut phaser = Phaser::new(&reference, &Options::default(), b"");
        phaser.most_held_bytes = 10;
        let mut out = Vec::new();
        phaser.take(LINES.as_bytes(), &mut out);
        let counts = phaser.finish(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), LINES);
        assert_eq!((counts.entries, counts.cut), (0, 2));
        assert_eq!(counts.first_cut.as_deref(), Some("T at 1:4"));
    }
}
