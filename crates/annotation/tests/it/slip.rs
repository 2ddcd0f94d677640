//! Where the ribosome slips, as in the polymerase of SARS-CoV-2, and where it reads a stop as selenocysteine.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use gas_annotation::{Options, Reference, annotate, build};

use crate::support::{HEADER, options, plan_of};

/// Consequence, EXON, `HGVSc`, `HGVSp`, `CDS_position`, `Amino_acids` and Codons of the only row.
fn row(fasta: &str, genes: &str, record: &str, exact_vep: bool) -> String {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("small");
    build(&plan_of(&directory, fasta, genes), &place).unwrap();
    let reference = Reference::open(&place).unwrap();
    let mut output = Vec::new();
    let input = format!("{HEADER}1\t{}\t.\t.\t.\n", record.replacen(' ', "\t.\t", 1).replace(' ', "\t"));
    let options = Options { exact_vep, ..options() };
    annotate(input.as_bytes(), "x.vcf", &mut output, &reference, &options, &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    let (_, csq) = output.lines().last().unwrap().split_once("CSQ=").unwrap();
    let fields: Vec<&str> = csq.split('|').collect();
    let name = |index: usize| fields[index].split_once(':').map_or("", |(_, name)| name);
    [fields[1], fields[8], name(10), name(11), fields[13], fields[15], fields[16]].join(" ")
}

/// The codons around the slip of the polymerase: TTA AAC, back a base, CGG GTT; with a start and a stop.
const SLIPS_BACK: &str = ">1\nGGGGGATGTTAAACGGGTTTGCGTAAGGGG\n";
const CODING_PARTS: &str = "##gff-version 3
1\tx\tgene\t6\t26\t.\t+\t.\tID=gene:G;Name=ORF1ab
1\tx\tCDS\t6\t14\t.\t+\t0\tID=CDS:P;Parent=gene:G;protein_id=P.1
1\tx\tCDS\t14\t26\t.\t+\t0\tID=CDS:P;Parent=gene:G;protein_id=P.1
";

#[test]
fn the_frame_after_a_slip_back_is_the_slipped_one() {
    let row = |record: &str| row(SLIPS_BACK, CODING_PARTS, record, false);
    // MLN RVCV*: the C of AAC is read again in CGG.
    assert_eq!(row("9 T C"), "synonymous_variant 1/1 c.4T>C p.Leu2%3D 4 L Tta/Cta");
    assert_eq!(row("14 C G"), "missense_variant 1/1 c.9C>G p.Asn3Lys 9 N/K aaC/aaG");
    assert_eq!(row("15 G A"), "missense_variant 1/1 c.11G>A p.Arg4Gln 11 R/Q cGg/cAg");
    assert_eq!(row("17 G A"), "missense_variant 1/1 c.13G>A p.Val5Ile 13 V/I Gtt/Att");
    assert_eq!(
        row("15 G GAAA"),
        "inframe_insertion 1/1 c.11_12insAAA p.Arg4_Val5insLys 11-12 R/RK cgg/cgAAAg"
    );
}

#[test]
fn vep_reads_on_without_the_slip() {
    let exons = format!(
        "{}1\tx\tmRNA\t6\t26\t.\t+\t.\tID=transcript:T;Parent=gene:H\n1\tx\texon\t6\t26\t.\t+\t.\tParent=transcript:T\n{}",
        "##gff-version 3\n1\tx\tgene\t6\t26\t.\t+\t.\tID=gene:H\n",
        CODING_PARTS
            .lines()
            .skip(2)
            .fold(String::new(), |text, line| text + line + "\n")
            .replace("gene:G", "transcript:T"),
    );
    assert_eq!(
        row(SLIPS_BACK, &exons, "17 G A", true),
        "missense_variant 1/1 c.12G>A p.Gly4%3D 12 G ggG/ggA".replace("missense", "synonymous")
    );
    assert_eq!(
        row(SLIPS_BACK, &exons, "17 G A", false),
        "missense_variant 1/1 c.13G>A p.Val5Ile 13 V/I Gtt/Att"
    );
}

/// M, selenocysteine, W, a stop.
const SELENOPROTEIN: &str = ">1\nGGGGGATGTGATGGTAAGGGG\n";
const SELENOGENE: &str = "1\tx\ttranscript\t1\t21\t.\t+\t.\tgene_id \"G\"; transcript_id \"T\"; transcript_biotype \"protein_coding\";
1\tx\texon\t1\t21\t.\t+\t.\tgene_id \"G\"; transcript_id \"T\";
1\tx\tCDS\t6\t14\t.\t+\t0\tgene_id \"G\"; transcript_id \"T\"; protein_id \"P\";
1\tx\tstop_codon\t15\t17\t.\t+\t0\tgene_id \"G\"; transcript_id \"T\";
1\tx\tSelenocysteine\t9\t11\t.\t+\t.\tgene_id \"G\"; transcript_id \"T\";
";

#[test]
fn selenocysteine_is_no_stop() {
    let row = |record: &str, exact_vep| row(SELENOPROTEIN, SELENOGENE, record, exact_vep);
    assert_eq!(row("10 G A", false), "stop_gained 1/1 c.5G>A p.Sec2Ter 5 U/* tGa/tAa");
    assert_eq!(row("11 A G", false), "missense_variant 1/1 c.6A>G p.Sec2Trp 6 U/W tgA/tgG");
    assert_eq!(row("13 G C", false), "missense_variant 1/1 c.8G>C p.Trp3Ser 8 W/S tGg/tCg");
    let both = "missense_variant 1/1 c.6_7delinsTC p.Sec2_Trp3delinsCysArg 6-7 UW/CR tgATgg/tgTCgg";
    assert_eq!(row("11 AT TC", false), both);
    assert!(row("11 A G", true).starts_with("stop_lost"));
}

/// The same as Ensembl's GFF3 has it, which does not tell the selenocysteine.
const UNTOLD: &str = "##gff-version 3
1\tx\tgene\t1\t21\t.\t+\t.\tID=gene:ENSG1
1\tx\tmRNA\t1\t21\t.\t+\t.\tID=transcript:ENST1;Parent=gene:ENSG1;biotype=protein_coding
1\tx\texon\t1\t21\t.\t+\t.\tParent=transcript:ENST1
1\tx\tCDS\t6\t17\t.\t+\t0\tID=CDS:P;Parent=transcript:ENST1;protein_id=P
";

#[test]
fn uga_within_a_complete_coding_sequence_of_ensembls_vertebrates_is_selenocysteine() {
    let row = |genes: &str, exact_vep| row(SELENOPROTEIN, genes, "11 A G", exact_vep);
    assert_eq!(row(UNTOLD, false), "missense_variant 1/1 c.6A>G p.Sec2Trp 6 U/W tgA/tgG");
    assert!(row(UNTOLD, true).starts_with("stop_lost"));
    assert!(row(&UNTOLD.replace("ENST1", "FBtr1"), false).starts_with("stop_lost"));
    assert!(row(&UNTOLD.replace("protein_id", "gbkey=CDS;protein_id"), false).starts_with("stop_lost"));
    assert!(row(&UNTOLD.replace("biotype=", "tag=cds_end_NF;biotype="), false).starts_with("stop_lost"));
}
