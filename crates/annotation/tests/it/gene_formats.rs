//! One set of genes in several formats gives one set of answers.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use gas_annotation::{BuildPlan, BuildReport, Reference, annotate, build};

use crate::support::options;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vep").join(name)
}

/// Loci of yeast.
fn input() -> String {
    let packed = std::fs::File::open(file("yeast.vep.vcf.gz")).unwrap();
    let mut text = String::new();
    MultiGzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

/// The records with their rows, without the header, which names the file of genes.
fn answers(genes: &str) -> (BuildReport, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("yeast");
    let plan = BuildPlan {
        name: "yeast".into(),
        assembly: "R64-1-1".into(),
        fasta: file("yeast.fa.gz"),
        genes: file(genes),
        ..BuildPlan::default()
    };
    let report = build(&plan, &place).unwrap();
    let reference = Reference::open(&place).unwrap();
    let mut output = Vec::new();
    annotate(input().as_bytes(), "yeast", &mut output, &reference, &options(), &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    (report, output.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect())
}

/// What rows say apart from the names of genes and biotypes, which genePred does not have.
fn of_coordinates(records: &[String]) -> Vec<String> {
    const NAMES: [usize; 3] = [3, 4, 7];
    const TO_FLAGS: usize = 21;
    let rows = records.iter().flat_map(|record| record.split("CSQ=").last().unwrap().split(','));
    rows.map(|row| {
        let fields = row.split('|').take(TO_FLAGS).enumerate().filter(|(index, _)| !NAMES.contains(index));
        fields.map(|(_, field)| field).collect::<Vec<_>>().join("|")
    })
    .collect()
}

#[test]
fn gtf_gives_what_gff3_gives() {
    let (report, records) = answers("yeast.gtf.gz");
    let (of_gff3, expected) = answers("yeast.gff3.gz");
    assert_eq!((report.genes_format, of_gff3.genes_format), ("GTF", "GFF3"));
    assert_eq!((report.transcripts, report.coding_transcripts), (42, of_gff3.coding_transcripts));
    assert!(expected.len() >= 19);
    assert_eq!(records, expected);
}

#[test]
fn gene_pred_gives_the_coordinates_that_gff3_gives() {
    let (report, records) = answers("yeast.genePred.gz");
    let (of_gff3, expected) = answers("yeast.gff3.gz");
    assert_eq!(report.genes_format, "genePred");
    assert_eq!(report.coding_transcripts, of_gff3.coding_transcripts);
    let version = |row: String| row.replace("_mRNA.1:p.", "_mRNA:p.");
    let expected: Vec<String> = of_coordinates(&expected).into_iter().map(version).collect();
    assert_eq!(of_coordinates(&records), expected);
}
