//! Where Ensembl VEP errs: its answer with `exact_vep`, the right one without.
//!
//! Each case is a row of the table "Where VEP errs" in `docs/annotation.md`, which tells what settles it.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::sync::LazyLock;

use gas_annotation::{Options, Reference, annotate, build};
use rstest::rstest;

use crate::support::{HEADER, options, plan_of};

/// Ten bases, an exon (UTR of 4 bases, then M A W K P and a third of S), an intron of 30 bases, an exon (the rest
/// of S, L, a stop and a UTR of 12 bases), twenty bases. The second transcript has an intron right after its stop.
const FASTA: &str = ">1\nTTTTTTTTTTCACAATGGCTTGGAAACCGAGTAAGTCCCCGGGGTTTTCCCCTTTTTCAGGTCTGTAAGCATGACATGCATTTTTTTTTTTTTTTTTTTT\n";

const GENES: &str = "##gff-version 3
1	x	gene	11	90	.	+	.	ID=gene:G;Name=S;biotype=protein_coding
1	x	mRNA	11	80	.	+	.	ID=transcript:ONE;Parent=gene:G;biotype=protein_coding
1	x	exon	11	30	.	+	.	Parent=transcript:ONE
1	x	exon	61	80	.	+	.	Parent=transcript:ONE
1	x	CDS	15	30	.	+	0	ID=CDS:P1;Parent=transcript:ONE;protein_id=P1
1	x	CDS	61	68	.	+	2	ID=CDS:P1;Parent=transcript:ONE;protein_id=P1
1	x	mRNA	11	90	.	+	.	ID=transcript:TWO;Parent=gene:G;biotype=protein_coding
1	x	exon	11	30	.	+	.	Parent=transcript:TWO
1	x	exon	61	68	.	+	.	Parent=transcript:TWO
1	x	exon	86	90	.	+	.	Parent=transcript:TWO
1	x	CDS	15	30	.	+	0	ID=CDS:P2;Parent=transcript:TWO;protein_id=P2
1	x	CDS	61	68	.	+	2	ID=CDS:P2;Parent=transcript:TWO;protein_id=P2
1	x	mRNA	16	30	.	+	.	ID=transcript:THREE;Parent=gene:G;biotype=protein_coding
1	x	exon	16	30	.	+	.	Parent=transcript:THREE
1	x	CDS	16	30	.	+	1	ID=CDS:P3;Parent=transcript:THREE;protein_id=P3
";

static SMALL: LazyLock<Reference> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("small");
    build(&plan_of(&directory, FASTA, GENES), &place).unwrap();
    Reference::open(&place).unwrap()
});

/// Consequence, `HGVSc` and `HGVSp` of a transcript's row.
fn row(variant: &str, transcript: &str, exact_vep: bool) -> String {
    let options = Options { exact_vep, ..options() };
    let [position, reference, alternative] = variant.split(' ').collect::<Vec<_>>()[..] else { panic!() };
    let input = format!("{HEADER}1\t{position}\t.\t{reference}\t{alternative}\t.\t.\t.\n");
    let mut output = Vec::new();
    annotate(input.as_bytes(), "x.vcf", &mut output, &SMALL, &options, &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    let (_, csq) = output.lines().last().unwrap().split_once("CSQ=").unwrap();
    let fields: Vec<&str> = csq
        .split(',')
        .map(|row| row.split('|').collect())
        .find(|row: &Vec<&str>| row[6] == transcript)
        .unwrap();
    let name =
        |field: &'static str, index: usize| fields[index].split_once(field).map_or("", |(_, name)| name);
    format!("{} {} {}", fields[1], name(":", 10), name(":", 11)).trim_end().to_owned()
}

#[rstest]
#[case::premature_stop(
    "22 G GGTAA",
    "inframe_insertion&stop_retained_variant c.8_9insGTAA p.Trp3_Lys4insTer",
    "stop_gained&frameshift_variant c.9_10insTAAG p.Lys4Ter"
)]
#[case::frame_lost_before_the_stop(
    "65 G GC",
    "inframe_insertion&stop_retained_variant c.21_22insC",
    "frameshift_variant c.21_22insC p.Ter8LeuextTer?"
)]
#[case::residue_before_the_stop(
    "65 G GCTG",
    "inframe_insertion&stop_retained_variant c.19_21dup p.Leu7dup",
    "inframe_insertion c.19_21dup p.Leu7dup"
)]
#[case::start_lost_and_retained(
    "14 AA A",
    "frameshift_variant&start_lost&start_retained_variant c.1del p.Met1?",
    "start_retained_variant c.1del"
)]
#[case::start_behind_longer_utr(
    "15 A ATA",
    "frameshift_variant&start_lost&start_retained_variant c.1_2dup p.Met1?",
    "start_retained_variant c.1_2dup"
)]
#[case::splice_region_of_an_earlier_base(
    "63 CTG ATC",
    "missense_variant c.19_21delinsATC p.Leu7Ile",
    "missense_variant&splice_region_variant c.19_21delinsATC p.Leu7Ile"
)]
#[case::same_residues(
    "23 GAAA GAAG",
    "synonymous_variant c.12A>G p.TrpLys3%3D",
    "synonymous_variant c.12A>G p.Trp3_Lys4%3D"
)]
#[case::stop_as_before_behind_a_repeat(
    "64 T TGTAAG",
    "inframe_insertion&stop_retained_variant c.21_*1dup",
    "stop_retained_variant c.21_*1dup"
)]
#[case::stop_deleted(
    "65 GTAA G",
    "stop_lost&inframe_deletion c.23_*1del",
    "stop_lost&inframe_deletion c.22_24del p.Ter8AlaextTer1"
)]
#[case::stop_deleted_with_more(
    "62 TCTGTAA T",
    "stop_lost&inframe_deletion&splice_region_variant c.19_24del p.Leu7_Ter8delextTer?",
    "stop_lost&inframe_deletion&splice_region_variant c.19_24del p.Leu7_Ter8delinsAlaTer"
)]
#[case::stop_replaced_with_more(
    "64 TGT CGC",
    "stop_lost c.20_22delinsCGC p.Leu7_Ter8delinsProGln",
    "stop_lost c.20_22delinsCGC p.Leu7_Ter8delinsProGlnAlaTer"
)]
fn vep_and_right(#[case] variant: &str, #[case] vep: &str, #[case] right: &str) {
    assert_eq!((row(variant, "ONE", true).as_str(), row(variant, "ONE", false).as_str()), (vep, right));
}

#[test]
fn an_intron_after_the_stop_is_counted_from_its_last_base() {
    assert_eq!(
        row("70 C A", "TWO", true),
        "splice_donor_variant&splice_polypyrimidine_tract_variant c.*2C>A"
    );
    assert_eq!(
        row("70 C A", "TWO", false),
        "splice_donor_variant&splice_polypyrimidine_tract_variant c.24+2C>A"
    );
}

#[test]
fn bases_of_a_partial_cds_are_counted_alike_whatever_the_change() {
    assert_eq!(row("18 G A", "THREE", true), "missense_variant c.5G>A p.Gly2Asp");
    assert_eq!(row("18 G A", "THREE", false), "missense_variant c.3G>A p.Gly2Asp");
    assert_eq!(row("17 GG G", "THREE", false), "frameshift_variant c.3del p.Gly2AlafsTer?");
}

#[test]
fn an_insertion_is_one_beside_other_alternatives_too() {
    assert_eq!(row("23 G GA,T", "ONE", true), "frameshift_variant c.9_10insA p.Pro5ThrfsTer?");
    assert_eq!(row("23 G GA,T", "ONE", false), "frameshift_variant c.12dup p.Pro5ThrfsTer?");
}
