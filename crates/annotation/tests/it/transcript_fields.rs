//! The fields after FLAGS: there when the reference has something for them, with the words of Ensembl VEP.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use gas_annotation::{Options, Reference, annotate, build};

use crate::support::{HEADER, options, plan_of};

const FASTA: &str = ">1\nGGGGGACGTTTTTCAGCATGCATGACGAGCAGCTACGATCAGCTACGACTAGCATCAGCATCACG\n";

const GENES: &str = "##gff-version 3
1\tx\tgene\t1\t60\t.\t+\t.\tID=gene:G;Name=ONE
1\tx\tmRNA\t1\t30\t.\t+\t.\tID=transcript:A;Parent=gene:G;biotype=protein_coding;tag=basic,Ensembl_canonical,MANE_Select,appris_principal_1;ccdsid=CCDS1.1;transcript_support_level=1 (assigned to previous version 3)
1\tx\texon\t1\t30\t.\t+\t.\tParent=transcript:A
1\tx\tCDS\t4\t27\t.\t+\t0\tID=CDS:P;Parent=transcript:A;protein_id=P
1\tx\tmRNA\t1\t30\t.\t-\t.\tID=transcript:B;Parent=gene:G;biotype=lncRNA;transcript_support_level=NA
1\tx\texon\t1\t30\t.\t-\t.\tParent=transcript:B
";

/// Names of the fields after FLAGS, and their values in each row.
fn fields(genes: &str, record: &str, options: &Options) -> (String, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("small");
    build(&plan_of(&directory, FASTA, genes), &place).unwrap();
    let mut output = Vec::new();
    let input = format!("{HEADER}{record}\t.\t.\t.\n");
    let reference = Reference::open(&place).unwrap();
    annotate(input.as_bytes(), "x.vcf", &mut output, &reference, options, &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    let (_, names) = output.split_once("|FLAGS").unwrap();
    let names = names.split_once('"').unwrap().0.trim_start_matches('|').to_owned();
    let (_, csq) = output.lines().last().unwrap().split_once("CSQ=").unwrap();
    let values = csq.split(',').map(|row| row.splitn(22, '|').nth(21).unwrap_or_default().to_owned());
    (names, values.collect())
}

#[test]
fn tags_of_ensembl_and_the_move_of_a_deletion() {
    let (names, rows) = fields(GENES, "1\t8\t.\tGT\tG", &options());
    assert_eq!(names, "CANONICAL|MANE|MANE_SELECT|TSL|APPRIS|CCDS|ENSP|HGVS_OFFSET");
    // One of five T goes: named at its 3' end, which is four bases on for A, and where it is for B.
    assert_eq!(rows, ["YES|MANE_Select||1|P1|CCDS1.1|P|4", "|||||||"]);
    let (_, rows) = fields(GENES, "1\t12\t.\tTT\tT", &options());
    assert_eq!(rows, ["YES|MANE_Select||1|P1|CCDS1.1|P|", "|||||||-4"]);
}

#[test]
fn what_no_transcript_has_is_no_field() {
    let untagged = GENES.lines().filter(|line| !line.contains(":A;") && !line.ends_with(":A"));
    let bare = untagged.fold(String::new(), |text, line| text + line + "\n");
    assert_eq!(fields(&bare, "1\t8\t.\tG\tA", &options()), ("HGVS_OFFSET".into(), vec![String::new()]));
    let without = Options { hgvs: false, ..options() };
    assert_eq!(fields(&bare, "1\t8\t.\tG\tA", &without), (String::new(), vec![String::new()]));
}

#[test]
fn rows_without_a_transcript_have_empty_fields() {
    let near = Options { distance: 1, ..options() };
    assert_eq!(fields(GENES, "1\t50\t.\tT\tA", &near).1, ["|||||||"]);
}
