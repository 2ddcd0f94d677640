//! Laws that hold for any input, tried on real genes and the variants on them.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use gas_annotation::{BuildPlan, Options, Reference, annotate, build};

use crate::support::{HEADER, options};

fn unpacked(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vep").join(name);
    let mut text = String::new();
    MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn built(fasta: &str, genes: &str) -> Reference {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let plan = BuildPlan {
        name: "any".into(),
        assembly: "any".into(),
        fasta: write("any.fa", fasta),
        genes: write("any.gff3", genes),
        ..BuildPlan::default()
    };
    build(&plan, &directory.path().join("reference")).unwrap();
    Reference::open(&directory.path().join("reference")).unwrap()
}

/// Contig, first base (from 1), bases that go and come, with the base before.
struct Variant {
    contig: String,
    position: usize,
    reference: String,
    alternative: String,
}

impl Variant {
    fn line(&self) -> String {
        format!("{}\t{}\t.\t{}\t{}\t.\t.\t.\n", self.contig, self.position, self.reference, self.alternative)
    }
}

fn variants(name: &str) -> Vec<Variant> {
    let text = unpacked(name);
    let records = text.lines().filter(|line| !line.starts_with('#'));
    let variant = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [contig, reference, alternative] = [0, 3, 4].map(|column| columns[column].to_owned());
        Variant { contig, position: columns[1].parse().unwrap(), reference, alternative }
    };
    records.map(variant).filter(|variant| !variant.alternative.contains(',')).collect()
}

type Row = BTreeMap<String, String>;

/// The rows of each record, with some fields left out.
fn rows(input: &str, reference: &Reference, without: &[&str]) -> Vec<Vec<Row>> {
    let output = annotated(input, reference, &options());
    let names = output.lines().find_map(|line| line.split_once("Format: ")).map(|(_, names)| names).unwrap();
    let names: Vec<&str> = names.trim_end_matches("\">").split('|').collect();
    let row = |text: &str| -> Row {
        let fields = names.iter().zip(text.split('|')).filter(|(name, _)| !without.contains(name));
        fields.map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect()
    };
    let records = output.lines().filter(|line| !line.starts_with('#'));
    let csq =
        |line: &str| line.split_once("CSQ=").map_or(Vec::new(), |(_, csq)| csq.split(',').map(row).collect());
    records.map(csq).collect()
}

fn annotated(input: &str, reference: &Reference, options: &Options) -> String {
    let input = format!("{HEADER}{input}");
    let mut output = Vec::new();
    annotate(input.as_bytes(), "x.vcf", &mut output, reference, options, &|_| {}).unwrap();
    String::from_utf8(output).unwrap()
}

fn complement(base: char) -> char {
    match base {
        'A' => 'T',
        'C' => 'G',
        'G' => 'C',
        'T' => 'A',
        other => other,
    }
}

fn turned(bases: &str) -> String {
    bases.chars().rev().map(complement).collect()
}

fn contigs(fasta: &str) -> BTreeMap<String, String> {
    let entries = fasta.split('>').filter(|entry| !entry.is_empty());
    let contig = |entry: &str| {
        let (name, bases) = entry.split_once('\n').unwrap();
        let name = name.split_whitespace().next().unwrap();
        (name.to_owned(), bases.replace('\n', "").to_ascii_uppercase())
    };
    entries.map(contig).collect()
}

/// The same annotation of the other strand.
fn turned_genes(genes: &str, contigs: &BTreeMap<String, String>) -> String {
    let mut turned = String::new();
    for line in genes.lines().filter(|line| !line.starts_with('#')) {
        let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let length = contigs[&columns[0]].len();
        let [start, end] = [3, 4].map(|column| columns[column].parse::<usize>().unwrap());
        (columns[3], columns[4]) = ((length + 1 - end).to_string(), (length + 1 - start).to_string());
        columns[6] = (if columns[6] == "+" { "-" } else { "+" }).into();
        writeln!(turned, "{}", columns.join("\t")).unwrap();
    }
    turned
}

/// The same change of the other strand, with the base before it there.
fn turned_variant(variant: &Variant, bases: &str) -> Variant {
    let shared = usize::from(variant.reference.len() != variant.alternative.len());
    let (gone, come) = (&variant.reference[shared..], &variant.alternative[shared..]);
    let start = variant.position + shared;
    let end = start + gone.len() - 1;
    let anchor = if shared == 1 { &bases[end..=end] } else { "" };
    let with_anchor = |text: &str| format!("{}{}", turned(anchor), turned(text));
    Variant {
        contig: variant.contig.clone(),
        position: bases.len() + 1 - end - shared,
        reference: with_anchor(gone),
        alternative: with_anchor(come),
    }
}

#[test]
fn the_other_strand_gives_the_same_answers() {
    let (fasta, genes) = (unpacked("genes.fa.gz"), unpacked("genes.gff3.gz"));
    let contigs = contigs(&fasta);
    let mut other_fasta = String::new();
    for (name, bases) in &contigs {
        writeln!(other_fasta, ">{name}\n{}", turned(bases)).unwrap();
    }
    // Insertions and deletions alone keep their place whichever end they are trimmed from.
    let is_simple = |variant: &Variant| {
        let lengths = (variant.reference.len(), variant.alternative.len());
        let anchored = variant.reference[..1] == variant.alternative[..1];
        lengths.0 == lengths.1 || (anchored && (lengths.0 == 1 || lengths.1 == 1))
    };
    let variants: Vec<Variant> = variants("genes.vep.vcf.gz").into_iter().filter(is_simple).collect();
    assert!(variants.len() > 500, "{} variants", variants.len());
    let input: String = variants.iter().map(Variant::line).collect();
    let other_input: String =
        variants.iter().map(|variant| turned_variant(variant, &contigs[&variant.contig]).line()).collect();
    let without = ["Allele", "STRAND", "HGVS_OFFSET"];
    let one = rows(&input, &built(&fasta, &genes), &without);
    let other = rows(&other_input, &built(&other_fasta, &turned_genes(&genes, &contigs)), &without);
    for ((variant, one), other) in variants.iter().zip(&one).zip(&other) {
        assert!(!one.is_empty(), "{}", variant.line());
        assert_eq!(one, other, "{}", variant.line());
    }
}

#[test]
fn alternatives_are_the_same_together_and_apart() {
    let reference = built(&unpacked("genes.fa.gz"), &unpacked("genes.gff3.gz"));
    let mut sites: BTreeMap<(String, usize, String), Vec<String>> = BTreeMap::new();
    for Variant { contig, position, reference, alternative } in variants("genes.vep.vcf.gz") {
        // Beside what was found there, an insertion and a substitution, so that lengths and forms differ.
        let first = &reference[..1];
        let other = if first == "A" { "C" } else { "A" };
        let more = [format!("{reference}GT"), format!("{other}{}", &reference[1..])];
        let alternatives = sites.entry((contig, position, reference.clone())).or_default();
        for alternative in more.into_iter().chain([alternative]) {
            if alternative != reference && !alternatives.contains(&alternative) {
                alternatives.push(alternative);
            }
        }
    }
    let (mut together, mut apart, mut counts) = (String::new(), String::new(), Vec::new());
    for ((contig, position, reference), alternatives) in &sites {
        writeln!(together, "{contig}\t{position}\t.\t{reference}\t{}\t.\t.\t.", alternatives.join(","))
            .unwrap();
        for alternative in alternatives {
            writeln!(apart, "{contig}\t{position}\t.\t{reference}\t{alternative}\t.\t.\t.").unwrap();
        }
        counts.push(alternatives.len());
    }
    assert!(counts.iter().all(|count| *count > 1) && counts.len() > 500);
    let sorted = |mut rows: Vec<Row>| {
        rows.sort();
        rows
    };
    // These two tell of the record's place, which its alternatives share, as VEP has it.
    let of_the_record = ["Allele", "DISTANCE"];
    let mut singles = rows(&apart, &reference, &of_the_record).into_iter();
    for (site, together) in rows(&together, &reference, &of_the_record).into_iter().enumerate() {
        let apart: Vec<Row> = singles.by_ref().take(counts[site]).flatten().collect();
        assert_eq!(sorted(together), sorted(apart), "{:?}", sites.keys().nth(site));
    }
}

#[test]
fn threads_do_not_show() {
    let reference = built(&unpacked("genes.fa.gz"), &unpacked("genes.gff3.gz"));
    let input: String = variants("genes.vep.vcf.gz").iter().map(Variant::line).collect::<String>().repeat(4);
    let with = |threads| annotated(&input, &reference, &Options { threads, ..options() });
    let one = with(1);
    assert!(one.matches("CSQ=").count() > 2000);
    assert_eq!(one, with(3));
    assert_eq!(one, with(8));
}
