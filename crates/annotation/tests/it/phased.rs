//! Joint consequences in whole files.

use std::sync::LazyLock;

use gas_annotation::{Compression, Options, Reference, Summary, annotate, build};
use rstest::rstest;

use crate::support::{options, plan_of};

/// Ten bases, an exon (UTR of 4 bases, then M A W K P and a third of S), an intron of 30 bases, an exon (the rest of
/// S, L, a stop and a UTR of 12 bases), twenty bases.
const FORWARD: &str = "TTTTTTTTTT\
    CACAATGGCTTGGAAACCGA\
    GTAAGTCCCCGGGGTTTTCCCCTTTTTCAG\
    GTCTGTAAGCATGACATGCA\
    TTTTTTTTTTTTTTTTTTTT";

fn gene(contig: &str, length: u32, strand: char) -> String {
    let turned = |start: u32, end: u32| {
        if strand == '+' { (start, end) } else { (length + 1 - end, length + 1 - start) }
    };
    let line = |kind: &str, start: u32, end: u32, phase: &str, attributes: &str| {
        let (start, end) = turned(start, end);
        format!("{contig}\tx\t{kind}\t{start}\t{end}\t.\t{strand}\t{phase}\t{attributes}\n")
    };
    [
        line("gene", 11, 80, ".", "ID=gene:G;Name=ONE;gene_id=G"),
        line(
            "mRNA",
            11,
            80,
            ".",
            "ID=transcript:T;Parent=gene:G;transcript_id=T;version=2;biotype=protein_coding",
        ),
        line("exon", 11, 30, ".", "Parent=transcript:T"),
        line("exon", 61, 80, ".", "Parent=transcript:T"),
        line("CDS", 15, 30, "0", "ID=CDS:P;Parent=transcript:T;protein_id=P"),
        line("CDS", 61, 68, "2", "ID=CDS:P;Parent=transcript:T;protein_id=P"),
    ]
    .concat()
}

fn turned(bases: &str) -> String {
    let complement = |base: char| match base {
        'A' => 'T',
        'T' => 'A',
        'C' => 'G',
        'G' => 'C',
        other => other,
    };
    bases.chars().rev().map(complement).collect()
}

/// The gene on contig `f`, and on contig `r` the same from the other strand.
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a place to build");
    let place = directory.path().join("two");
    let fasta = format!(">f\n{FORWARD}\n>r\n{}\n", turned(FORWARD));
    let genes = format!("##gff-version 3\n{}{}", gene("f", 100, '+'), gene("r", 100, '-'));
    build(&plan_of(&directory, &fasta, &genes), &place).expect("the reference is built");
    Reference::open(&place).expect("it opens")
});

fn run(text: &str, options: &Options) -> (String, Summary) {
    let mut output = Vec::new();
    let summary = annotate(text.as_bytes(), "x.vcf", &mut output, &REFERENCE, options, &|_| {});
    (String::from_utf8(output).expect("text"), summary.expect("it is annotated"))
}

fn phased() -> Options {
    Options { phased: true, ..options() }
}

const HEADER: &str = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA;1\tB\n";

/// A file of `POS REF ALT genotype-of-A genotype-of-B`, with `GT:PS` where a genotype has a colon.
fn vcf(contig: &str, records: &[&str]) -> String {
    let lines = records.iter().map(|record| {
        let fields: Vec<&str> = record.split(' ').collect();
        let [position, reference, alternatives, first, second] = fields[..] else { panic!("five fields") };
        let format = if first.contains(':') { "GT:PS" } else { "GT" };
        format!(
            "{contig}\t{position}\t.\t{reference}\t{alternatives}\t.\t.\tX=1\t{format}\t{first}\t{second}\n"
        )
    });
    std::iter::once(HEADER.to_owned()).chain(lines).collect()
}

/// The HAPCSQ of each record, `.` where there is none.
fn joint(output: &str) -> Vec<String> {
    let of = |line: &str| {
        let info = line.split('\t').nth(7).expect("eight columns");
        info.split(';').find_map(|entry| entry.strip_prefix("HAPCSQ=")).unwrap_or(".").to_owned()
    };
    output.lines().filter(|line| !line.starts_with('#')).map(of).collect()
}

fn without_joint(output: &str) -> String {
    let mut text = String::new();
    for line in output.lines().filter(|line| !line.starts_with("##INFO=<ID=HAPCSQ")) {
        match line.split_once(";HAPCSQ=") {
            Some((before, after)) => {
                text.push_str(before);
                text.push_str(&after[after.find('\t').expect("more columns")..]);
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[rstest]
#[case::one_codon(
    &["18 G A 0|1 0|0", "20 T C 0|1 1|1"],
    &["missense_variant|MODERATE|ONE|G|T|T.2:c.[4G>A%3B6T>C]|P.1:p.Ala2Thr|2|A/T|18G>A&20T>C||1|A%3B1:2", "@18"]
)]
#[case::a_codon_over_an_intron(
    &["30 A G 1|0 0|0", "61 G T 1|0 0|0"],
    &["missense_variant&splice_region_variant|MODERATE|ONE|G|T|T.2:c.[16A>G%3B17G>T]|P.1:p.Ser6Val|6|S/V|30A>G&61G>T||1|A%3B1:1", "@30"]
)]
#[case::two_haplotypes(&["18 G A 0|1 0|0", "20 T C 1|0 0|0"], &[".", "."])]
#[case::two_codons(&["18 G A 0|1 1|1", "21 T C 0|1 1|1"], &[".", "."])]
#[case::not_phased(&["18 G A 0/1 0/0", "20 T C 0/1 0/1"], &[".", "."])]
#[case::homozygous_without_phase(
    &["18 G A 0/0 1/1", "20 T C 0/1 1/1"],
    &["missense_variant|MODERATE|ONE|G|T|T.2:c.[4G>A%3B6T>C]|P.1:p.Ala2Thr|2|A/T|18G>A&20T>C||2|B:1&B:2", "@18"]
)]
#[case::one_phase_set(
    &["18 G A 0|1:18 0|0:18", "20 T C 0|1:18 0|0:18"],
    &["missense_variant|MODERATE|ONE|G|T|T.2:c.[4G>A%3B6T>C]|P.1:p.Ala2Thr|2|A/T|18G>A&20T>C||1|A%3B1:2", "@18"]
)]
#[case::two_phase_sets(&["18 G A 0|1:18 0|0:18", "20 T C 0|1:20 0|0:20"], &[".", "."])]
#[case::haploid(
    &["18 G A 1 0", "20 T C 1 ."],
    &["missense_variant|MODERATE|ONE|G|T|T.2:c.[4G>A%3B6T>C]|P.1:p.Ala2Thr|2|A/T|18G>A&20T>C||1|A%3B1:1", "@18"]
)]
#[case::frame_made_good(
    &["20 T TA 0|1 0|0", "23 GA G 0|1 0|0"],
    &["missense_variant|MODERATE|ONE|G|T|T.2:c.[6_7insA%3B12del]|P.1:p.Trp3_Lys4delinsMetGlu|3-4|WK/ME|20T>TA&23GA>G||1|A%3B1:2", "@20"]
)]
#[case::three_in_a_codon(
    &["24 A T 0|1 0|0", "25 A G 0|1 0|0", "26 A C 0|1 0|0"],
    &["missense_variant|MODERATE|ONE|G|T|T.2:c.[10A>T%3B11A>G%3B12A>C]|P.1:p.Lys4Cys|4|K/C|24A>T&25A>G&26A>C||1|A%3B1:2", "@24", "@24"]
)]
#[case::behind_a_stop(
    &["22 G A 0|1 0|0", "61 G A 0|1 0|0"],
    &[".", "coding_sequence_variant|MODIFIER|ONE|G|T|T.2:c.[8G>A%3B17G>A]||||22G>A&61G>A|behind_stop|1|A%3B1:2"]
)]
#[case::a_stop_together(
    &["24 A T 0|1 0|0", "26 A G 1|1 0|0", "61 G A 0|1 0|0"],
    &[
        "stop_gained|HIGH|ONE|G|T|T.2:c.[10A>T%3B12A>G]|P.1:p.Lys4Ter|4|K/*|24A>T&26A>G||1|A%3B1:2",
        "@24",
        "coding_sequence_variant|MODIFIER|ONE|G|T|T.2:c.[10A>T%3B17G>A]||||24A>T&61G>A|behind_stop|1|A%3B1:2"
    ]
)]
#[case::several_alternatives(
    &["18 G C,A 1|2 0|0", "20 T C 0|1 0|0"],
    &["missense_variant|MODERATE|ONE|G|T|T.2:c.[4G>A%3B6T>C]|P.1:p.Ala2Thr|2|A/T|18G>A&20T>C||1|A%3B1:2", "@18"]
)]
#[case::behind_a_lost_stop(
    &["66 T C 0|1 0|0", "72 T C 0|1 0|0", "76 A G 1|1 0|0"],
    &[
        "stop_lost&3_prime_UTR_variant|HIGH|ONE|G|T|T.2:c.[22T>C%3B*4T>C%3B*8A>G]|P.1:p.Ter8GlnextTer?|8|*/Q|66T>C&72T>C&76A>G||1|A%3B1:2",
        "@66",
        "@66"
    ]
)]
#[case::behind_a_stop_that_stays(&["62 T C 0|1 0|0", "69 G T 0|1 0|0"], &[".", "."])]
#[case::one_in_the_other(&["17 GGCT G 0|1 0|0", "19 C A 0|1 0|0"], &[".", "."])]
fn what_stands_on_one_haplotype_is_seen_together(#[case] records: &[&str], #[case] expected: &[&str]) {
    assert_eq!(joint(&run(&vcf("f", records), &phased()).0), expected);
    assert_eq!(mirrored(records), expected.iter().map(|entries| plain(entries)).collect::<Vec<_>>());
}

/// An entry without what the strand changes: its place, and positions.
fn plain(entries: &str) -> String {
    if entries == "." || entries.starts_with('@') {
        return String::new();
    }
    let fields: Vec<&str> = entries.split('|').collect();
    [&fields[..9], &fields[10..]].concat().join("|")
}

/// The same on the mirror image, in the order of the original. An entry stands at another record of its group there.
fn mirrored(records: &[&str]) -> Vec<String> {
    let turn = |record: &&str| {
        let fields: Vec<&str> = record.split(' ').collect();
        let position: usize = fields[0].parse().expect("a position");
        let reference = fields[1];
        // An indel keeps the base before it: on the other strand that is the base after it.
        let length = fields[1].len().max(fields[2].split(',').map(str::len).max().unwrap_or(0));
        if length == 1 {
            let alternatives: Vec<String> = fields[2].split(',').map(turned).collect();
            let rest = fields[3..].join(" ");
            return format!("{} {} {} {rest}", 101 - position, turned(reference), alternatives.join(","));
        }
        let end = position + reference.len();
        let after = &FORWARD[end - 1..end];
        let alleles = [reference, fields[2]].map(|allele| turned(&format!("{}{after}", &allele[1..])));
        format!("{} {} {} {}", 101 - end, alleles[0], alleles[1], fields[3..].join(" "))
    };
    let mut turned: Vec<String> = records.iter().map(turn).collect();
    turned.reverse();
    let turned: Vec<&str> = turned.iter().map(String::as_str).collect();
    let mut entries: Vec<String> =
        joint(&run(&vcf("r", &turned), &phased()).0).iter().map(|it| plain(it)).collect();
    entries.reverse();
    // The first record of a group has the entry: there it is the last one here.
    let mut first = 0;
    for index in 0..entries.len() {
        if entries[index].is_empty() {
            continue;
        }
        if !entries[index].contains("behind_stop") {
            entries.swap(first, index);
        }
        first = index + 1;
    }
    entries
}

/// Many records on both contigs, phased and not.
fn long() -> String {
    let records: Vec<String> = (15..=27)
        .map(|position| {
            let base = &FORWARD[position - 1..position];
            let other = if base == "A" { "C" } else { "A" };
            let genotypes = ["0|1 1|0", "1|1 0/1", "0/0 0|1", "1|0 ./."][position % 4];
            format!("{position} {base} {other} {genotypes}")
        })
        .collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let block = vcf("f", &records);
    let (header, lines) = block.split_at(HEADER.len());
    // A contig that the reference lacks in between, so that each block is by itself.
    let other = "q\t5\t.\tA\tG\t.\t.\t.\tGT\t0|1\t1|0\n";
    format!("{header}{}", format!("{lines}{other}").repeat(600))
}

#[test]
fn all_else_stays_as_it_is_whatever_the_threads() {
    let text = long();
    let (plain, _) = run(&text, &options());
    let with = |threads| run(&text, &Options { threads, ..phased() });
    let (one, mut summary) = with(1);
    assert_eq!(without_joint(&one), plain);
    let haplotypes = summary.haplotypes.clone().expect("asked for");
    assert_eq!(haplotypes.records, joint(&one).iter().filter(|entry| *entry != ".").count() as u64);
    assert!(haplotypes.entries >= 600 && haplotypes.unphased > 0, "{haplotypes:?}");
    for threads in [2, 5] {
        let (many, theirs) = with(threads);
        assert!(many == one, "{threads} threads");
        summary.seconds = theirs.seconds;
        assert_eq!(summary, theirs);
    }
}

#[test]
fn packed_output_unpacks_to_the_plain_one() {
    let text = long();
    let mut packed = Vec::new();
    let options = Options { compression: Compression::Bgzf, ..phased() };
    annotate(text.as_bytes(), "x.vcf", &mut packed, &REFERENCE, &options, &|_| {}).expect("it is annotated");
    let mut unpacked = String::new();
    let mut reader = flate2::read::MultiGzDecoder::new(&packed[..]);
    std::io::Read::read_to_string(&mut reader, &mut unpacked).expect("it unpacks");
    assert!(unpacked == run(&text, &phased()).0);
}

#[test]
fn annotating_twice_is_annotating_once() {
    let (once, _) = run(&vcf("f", &["18 G A 0|1 0|0", "20 T C 0|1 0|0"]), &phased());
    assert_eq!(run(&once, &phased()).0, once);
    let apart = once.replace("\t0|1\t", "\t0/1\t");
    let (again, summary) = run(&apart, &phased());
    assert_eq!(joint(&again), [".", "."]);
    assert!(
        summary.notes.iter().any(|note| note.contains("leave out 2 heterozygous")),
        "{:?}",
        summary.notes
    );
}

#[test]
fn a_file_out_of_order_is_read_in_parts() {
    let (output, _) = run(&vcf("f", &["20 T C 0|1 0|0", "18 G A 0|1 0|0"]), &phased());
    assert_eq!(joint(&output), [".", "."]);
}

#[test]
fn a_file_without_haplotypes_says_so() {
    let text =
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nf\t18\t.\tG\tA\t.\t.\t.\n";
    let (output, summary) = run(text, &phased());
    assert!(output.contains("##INFO=<ID=HAPCSQ,"));
    assert!(
        summary.notes.iter().any(|note| note.starts_with("No joint consequences")),
        "{:?}",
        summary.notes
    );
    assert!(run(text, &options()).1.haplotypes.is_none());
}
