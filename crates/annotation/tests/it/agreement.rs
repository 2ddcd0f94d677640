//! Real loci against the answers of Ensembl VEP 115, row by row and field by field.
//!
//! `testdata/vep/README.md` tells where they are from. A row that differs is a fault of the engine.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use gas_annotation::{BuildPlan, Options, Reference, annotate, build};
use rstest::rstest;

use crate::support::{HUMAN_MT, options};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vep").join(name)
}

fn expected(name: &str) -> String {
    let mut text = String::new();
    let packed = std::fs::File::open(file(&format!("{name}.vep.vcf.gz"))).expect("the file is there");
    MultiGzDecoder::new(packed).read_to_string(&mut text).expect("it is packed text");
    text
}

fn annotated(name: &str, of: &str, input: &str) -> String {
    let options = Options { exact_vep: true, ..options() };
    let mut output = Vec::new();
    let mut run = |reference: &Reference| {
        annotate(input.as_bytes(), name, &mut output, reference, &options, &|_| {}).expect("it is annotated");
    };
    if of == "human-mt" {
        run(&HUMAN_MT);
    } else {
        let directory = tempfile::tempdir().expect("a place to build");
        let place = directory.path().join(name);
        let plan = BuildPlan {
            name: name.into(),
            assembly: "slices".into(),
            fasta: file(&format!("{of}.fa.gz")),
            genes: file(&format!("{of}.gff3.gz")),
            ..BuildPlan::default()
        };
        build(&plan, &place).expect("the reference is built");
        run(&Reference::open(&place).expect("it opens"));
    }
    String::from_utf8(output).expect("text in, text out")
}

/// Fields that VEP was not asked for.
const OURS: [&str; 6] = ["Existing_variation", "CANONICAL", "TSL", "CCDS", "ENSP", "HGVS_OFFSET"];

/// Field names, and for each locus its rows; fields that the other side may lack are left out.
fn rows(vcf: &str) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let format =
        vcf.lines().find(|line| line.starts_with("##INFO=<ID=CSQ")).expect("the header tells the fields");
    let names: Vec<&str> = format
        .split_once("Format: ")
        .map(|(_, names)| names.trim_end_matches("\">").split('|').collect())
        .expect("names");
    let compared = |field: &str| !OURS.contains(&field) && !field.starts_with("MITOMAP");
    vcf.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let csq = columns[7].split(';').find_map(|entry| entry.strip_prefix("CSQ=")).unwrap_or_default();
            let rows = csq
                .split(',')
                .map(|row| {
                    let fields = names.iter().zip(row.split('|')).filter(|(name, _)| compared(name));
                    fields.map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect()
                })
                .collect();
            (columns[..5].join(" "), rows)
        })
        .collect()
}

/// The input that VEP was given: the expected lines without their answers.
fn input(vcf: &str) -> String {
    let mut input = String::new();
    for line in vcf.lines().filter(|line| !line.starts_with("##INFO=<ID=CSQ")) {
        let bare = match (line.split_once("\tCSQ="), line.split_once(";CSQ=")) {
            (Some((columns, _)), _) => format!("{columns}\t."),
            (None, Some((columns, _))) => columns.to_owned(),
            (None, None) => line.to_owned(),
        };
        input.push_str(&bare);
        input.push('\n');
    }
    input
}

#[rstest]
#[case::human_mitochondrion("human-mt", "human-mt", 1_600)]
#[case::genes_of_four_animals("genes", "genes", 3_300)]
#[case::yeast("yeast", "yeast", 100)]
#[case::fly_from_refseq("fly", "fly", 230)]
#[case::human_with_several_alternatives("chr21", "chr21", 500)]
#[case::plant_from_refseq("arabidopsis", "arabidopsis", 1_000)]
#[case::structural_variants("structural", "genes", 1_000)]
fn every_field_is_as_vep_says(#[case] name: &str, #[case] reference: &str, #[case] at_least: usize) {
    let expected = expected(name);
    let theirs = rows(&expected);
    let ours = rows(&annotated(name, reference, &input(&expected)));
    assert!(theirs.values().map(Vec::len).sum::<usize>() >= at_least, "the file is whole");
    let differing: Vec<_> = theirs
        .iter()
        .filter(|(locus, rows)| ours.get(*locus) != Some(rows))
        .map(|(locus, rows)| format!("{locus}\n  VEP  {rows:?}\n  here {:?}", ours.get(locus)))
        .collect();
    assert!(
        differing.is_empty(),
        "{} loci differ\n{}",
        differing.len(),
        differing[..differing.len().min(3)].join("\n")
    );
}
