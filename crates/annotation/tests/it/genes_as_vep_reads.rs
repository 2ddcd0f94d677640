//! What Ensembl VEP reads of a GFF3, in `exact_vep` mode, and what is read without; answers of VEP 115.2 for such files.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use gas_annotation::{Fields, Options, Presentation, Reference, annotate, build};
use rstest::rstest;

use crate::support::{HEADER, options, plan_of};

/// An exon of twenty bases from 11 on: CACA, ATG GCT TGG AAA TAA and a C; then an intron of 30 bases and an exon.
const FASTA: &str = ">1\nTTTTTTTTTTCACAATGGCTTGGAAATAACGTAAGTCCCCGGGGTTTTCCCCTTTTTCAGGTCTGTAAGCATGACATGCATTTTTTTTTTTTTTTTTTTT\n";

fn reference(genes: &str) -> Reference {
    reference_of(FASTA, genes)
}

fn reference_of(fasta: &str, genes: &str) -> Reference {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("small");
    let lines = genes.lines().map(|line| line.trim().replacen(' ', "\t", 8) + "\n");
    build(&plan_of(&directory, fasta, &lines.collect::<String>()), &place).unwrap();
    Reference::open(&place).unwrap()
}

/// The chosen fields of the rows of a variant.
fn rows(reference: &Reference, variant: &str, fields: &str, exact_vep: bool) -> String {
    let fields = Some(Fields::choose(fields, reference).unwrap());
    let presentation = Presentation { fields, ..Presentation::default() };
    let options = Options { exact_vep, hgvsg: true, distance: 1, presentation, ..options() };
    let [position, reference_allele, alternative] = variant.split(' ').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let input = format!("{HEADER}1\t{position}\t.\t{reference_allele}\t{alternative}\t.\t.\t.\n");
    let mut output = Vec::new();
    annotate(input.as_bytes(), "x.vcf", &mut output, reference, &options, &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    output.lines().last().unwrap().split_once("CSQ=").unwrap().1.to_owned()
}

#[rstest]
#[case::kind("antisense_RNA", "ID=T;Parent=G;gbkey=ncRNA", "gene")]
#[case::biotype_of_no_word("transcript", "ID=T;Parent=G", "gene")]
#[case::class_of_ncrna("ncRNA", "ID=T;Parent=G;gbkey=ncRNA", "gene")]
#[case::kind_of_gene("mRNA", "ID=T;Parent=G", "biological_region")]
fn transcripts_that_vep_passes_over(#[case] kind: &str, #[case] attributes: &str, #[case] gene: &str) {
    let reference = reference(&format!(
        "1 x {gene} 11 30 . + . ID=G;Name=S
         1 x {kind} 11 30 . + . {attributes}
         1 x exon 11 30 . + . Parent=T"
    ));
    assert_eq!(rows(&reference, "12 A C", "Consequence,Feature", true), "intergenic_variant|");
    assert!(rows(&reference, "12 A C", "Consequence,Feature", false).ends_with("_variant|T"));
}

const NAMED: &str = "1 x gene 11 30 . + . ID=Gene:G;Name=A%2CB%3B1 x
     1 x mRNA 11 30 . + . ID=Transcript:rna-gnl|W:|T.1;Parent=Gene:G
     1 x exon 11 30 . + . Parent=Transcript:rna-gnl|W:|T.1
     1 x CDS 15 29 . + 0 ID=C;Parent=Transcript:rna-gnl|W:|T.1";

#[test]
fn names_keep_their_escapes_and_marks_of_the_field_are_replaced() {
    let reference = reference(NAMED);
    let fields = "SYMBOL,Gene,Feature,HGVSc,HGVSp,HGVSg";
    let names = "A%2CB%3B1%20x|G|rna-gnl&W:&T.1|rna-gnl&W:&T.1:c.5C>A";
    assert_eq!(rows(&reference, "19 C A", fields, true), format!("{names}|.1:p.Ala2Asp|1:g.19C>A"));
    assert_eq!(rows(&reference, "19 C A", fields, false), format!("{names}|C.1:p.Ala2Asp|1:g.19C>A"));
}

#[test]
fn a_first_codon_that_may_be_a_start_is_one_to_vep() {
    let reference = reference(
        "1 x gene 16 30 . + . ID=gene:G;Name=S
         1 x mRNA 16 30 . + . ID=transcript:T;Parent=gene:G;biotype=protein_coding
         1 x exon 16 30 . + . Parent=transcript:T
         1 x CDS 16 29 . + 2 ID=CDS:P;Parent=transcript:T;protein_id=P",
    );
    assert_eq!(rows(&reference, "17 G GAAA", "HGVSp", true), "P.1:p.Met1_Ala2insLys");
    assert_eq!(rows(&reference, "17 G GAAA", "HGVSc,HGVSp", false), "T:c.2_3insAAA|");
}

#[test]
fn an_allele_is_named_on_its_contig_once_and_in_intergenic_rows_too() {
    let reference = reference(NAMED);
    let fields = "Allele,HGVSg,Feature";
    let expected = "A|1:g.25_26del|rna-gnl&W:&T.1,TAA|1:g.24A>T|rna-gnl&W:&T.1";
    assert_eq!(rows(&reference, "24 AAA A,TAA", fields, false), expected);
    assert_eq!(rows(&reference, "60 G C", fields, false), "C|1:g.60G>C|");
}

const REVERSE: &str = "1 x gene 1011 1030 . - . ID=gene:G
     1 x lnc_RNA 1011 1030 . - . ID=transcript:T;Parent=gene:G;biotype=lncRNA
     1 x exon 1011 1030 . - . Parent=transcript:T";

#[rstest]
#[case::behind_the_last_base("1011 C CGC", "T:n.20_20+1insCG", "T:n.19_20insGC")]
#[case::a_copy_of_the_last_bases("1012 A ACA", "T:n.19_20dup", "T:n.19_20dup")]
fn insertions_do_not_leave_their_transcript(#[case] variant: &str, #[case] vep: &str, #[case] right: &str) {
    // The transcript ends, on its strand, with TGTG. VEP moves nothing near the ends of a contig.
    let padding = "T".repeat(1000);
    let fasta = format!("{}{padding}\n", FASTA.replace(">1\n", &format!(">1\n{padding}")).trim_end());
    let reference = reference_of(&fasta, REVERSE);
    assert_eq!(rows(&reference, variant, "HGVSc", true), vep);
    assert_eq!(rows(&reference, variant, "HGVSc", false), right);
}
