//! Structural variants, breakends and gVCF from end to end, on two contigs with a transcript each.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::fmt::Write as _;
use std::sync::LazyLock;

use gas_annotation::{Entries, Options, Presentation, Reference, Summary, annotate, build};

use crate::support::{HEADER, log_of, options, plan_of};

/// Each contig has 30,000 bases, and a gene at 10,001 to 10,300: two exons of 100 bases, with 30 bases before and 40
/// bases after the coding ones.
static TWO: LazyLock<Reference> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let mut fasta = String::new();
    let mut genes = "##gff-version 3\n".to_owned();
    for (contig, strand) in [("one", "+"), ("two", "-")] {
        writeln!(fasta, ">{contig}\n{}", "ACGT".repeat(7500)).unwrap();
        for (kind, attributes, places) in [
            ("gene", "ID=gene:G_{};biotype=protein_coding", &[(10_001, 10_300)][..]),
            ("mRNA", "ID=transcript:T_{};Parent=gene:G_{};biotype=protein_coding", &[(10_001, 10_300)]),
            ("exon", "Parent=transcript:T_{}", &[(10_001, 10_100), (10_201, 10_300)]),
            ("CDS", "Parent=transcript:T_{};protein_id=P_{}", &[(10_031, 10_100), (10_201, 10_260)]),
        ] {
            for (start, end) in places {
                let attributes = attributes.replace("{}", contig);
                writeln!(genes, "{contig}\tx\t{kind}\t{start}\t{end}\t.\t{strand}\t.\t{attributes}").unwrap();
            }
        }
    }
    let place = directory.path().join("reference");
    build(&plan_of(&directory, &fasta, &genes), &place).unwrap();
    Reference::open(&place).unwrap()
});

fn run(records: &[&str], options: &Options) -> (Vec<String>, Summary) {
    let text = format!("{HEADER}{}\n", records.join("\n").replace(' ', "\t"));
    let mut output = Vec::new();
    let summary = annotate(text.as_bytes(), "x.vcf", &mut output, &TWO, options, &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    (output.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect(), summary)
}

/// Of each row: Allele, Consequence, Feature, and the place in the protein.
fn rows(record: &str, options: &Options) -> Vec<String> {
    let (lines, _) = run(&[record], options);
    let info = lines[0].split('\t').nth(7).unwrap();
    let csq = info.split(';').find_map(|entry| entry.strip_prefix("CSQ=")).unwrap_or_default();
    let row = |row: &str| {
        let fields: Vec<&str> = row.split('|').collect();
        [0, 1, 6, 14].map(|field| fields[field]).join(" ").trim_end().to_owned()
    };
    csq.split(',').filter(|text| !text.is_empty()).map(row).collect()
}

fn default_rows(record: &str) -> Vec<String> {
    rows(record, &options())
}

fn rows_as_vep(record: &str) -> Vec<String> {
    rows(record, &Options { exact_vep: true, ..options() })
}

#[test]
fn other_alleles_beside_those_without_rows_are_annotated() {
    for record in ["one 10051 . G C,* . . .", "one 10051 . G *,C . . .", "one 10051 . G C,<NON_REF> . . ."] {
        let (lines, summary) = run(&[record], &options());
        assert!(lines[0].contains("CSQ=C|"), "{}", lines[0]);
        assert_eq!(lines[0].matches("|Transcript|").count(), 1);
        assert_eq!((summary.alleles.total, summary.alleles.without_rows.len()), (1, 1));
    }
}

#[test]
fn vep_annotates_no_record_with_non_ref() {
    assert!(rows_as_vep("one 10051 . G C,<NON_REF> . . .").is_empty());
    assert_eq!(rows_as_vep("one 10051 . G C,* . . .").len(), 1);
}

#[test]
fn alternatives_have_their_rows_in_their_order() {
    assert_eq!(
        default_rows("one 10039 . G C,<DEL>,<DUP> . . END=10042"),
        [
            "C synonymous_variant T_one 3",
            "deletion feature_truncation&inframe_deletion T_one 4",
            "duplication feature_elongation&coding_sequence_variant T_one 4",
        ]
    );
}

#[test]
fn a_deletion_says_what_its_length_does() {
    for (info, terms) in [
        ("END=10042", "feature_truncation&inframe_deletion T_one 4"),
        ("SVLEN=-2", "frameshift_variant&feature_truncation T_one 4"),
        (
            "END=10400",
            "splice_acceptor_variant&splice_donor_variant&stop_lost&feature_truncation&splice_donor_5th_base_variant&coding_sequence_variant&3_prime_UTR_variant&intron_variant T_one 4-?",
        ),
    ] {
        assert_eq!(
            default_rows(&format!("one 10039 . G <DEL> . . SVTYPE=DEL;{info}")),
            [format!("deletion {terms}")]
        );
    }
    assert_eq!(default_rows("two 9000 . T <DEL> . . END=11000"), ["deletion transcript_ablation T_two"]);
    assert_eq!(default_rows("two 20000 . T <DEL> . . END=21000"), ["deletion intergenic_variant"]);
    assert_eq!(default_rows("two 15000 . T <DEL> . . END=15010"), ["deletion upstream_gene_variant T_two"]);
}

#[test]
fn indels_as_vcf_3_has_them_are_read_as_bases() {
    assert_eq!(default_rows("one 10040 . T D3 . . ."), ["- inframe_deletion T_one 4"]);
    assert_eq!(default_rows("one 10040 . T IAC . . ."), ["AC frameshift_variant T_one 4"]);
    assert_eq!(
        default_rows("one 9000 . T D9000 . . ."),
        ["deletion transcript_ablation T_one"],
        "longer than what is spelled out"
    );
    // VEP takes the words for bases that it does not know.
    assert_eq!(rows_as_vep("one 10040 . T D3 . . ."), ["D3 coding_sequence_variant T_one 4"]);
    let (lines, summary) = run(&["one 10040 . T D3,G,IAC . . ."], &options());
    assert_eq!(lines[0].matches("|Transcript|").count(), 3);
    assert_eq!((summary.alleles.total, summary.alleles.without_rows.len()), (3, 0));
}

#[test]
fn repeats_whose_units_are_told_are_read_as_bases() {
    let told = "one 10039 . G <CNV:TR> . . SVLEN=4;RUS=TACG;RUC=2";
    assert_eq!(default_rows(told), ["TACG frameshift_variant T_one 5"]);
    assert_eq!(
        default_rows(&told.replace("RUC=2", "RUC=1")),
        Vec::<String>::new(),
        "as the reference has it"
    );
    assert_eq!(
        default_rows(&told.replace("RUC", "XXX")),
        ["tandem_repeat feature_elongation&coding_sequence_variant T_one 4-5"]
    );
    let two = "one 10039 . G <CNV:TR>,<CNV:TR> . . SVLEN=4,4;RN=1,2;RUS=TACG,TAC,GGG;RUC=4,1,1";
    let rows = default_rows(two);
    assert_eq!(rows.len(), 2);
    assert!(
        rows[0].starts_with("TACGTACGTACG inframe_insertion") && rows[1].starts_with("GG frameshift"),
        "{rows:?}"
    );
}

#[test]
fn alternatives_of_one_class_are_told_apart() {
    let record = "one 10039 . G <DEL>,<DEL> . . SVLEN=3,4";
    assert_eq!(
        default_rows(record),
        [
            "deletion feature_truncation&inframe_deletion T_one 4",
            "deletion frameshift_variant&feature_truncation T_one 4-5",
        ]
    );
    let presentation = Presentation { entries: Entries::Ann, ..Presentation::default() };
    let options = Options { presentation, ..options() };
    let (lines, _) = run(&[&record.replace("<DEL>,<DEL>", "<DUP>,<DEL>")], &options);
    assert!(
        lines[0].contains("ANN=<DEL>|frameshift_variant") && lines[0].contains(",<DUP>|"),
        "{}",
        lines[0]
    );
}

#[test]
fn a_lone_any_allele_has_rows_as_from_vep_only() {
    let record = "one 10051 . G <*> . . END=10060";
    assert_eq!(rows_as_vep(record), ["<*> coding_sequence_variant T_one 7"]);
    assert!(default_rows(record).is_empty());
}

#[test]
fn a_single_breakend_cuts_the_transcript() {
    let record = "one 10050 . C C. . . .";
    assert_eq!(
        default_rows(record),
        ["chromosome_breakpoint feature_truncation&coding_sequence_variant T_one 7"]
    );
    assert_eq!(rows_as_vep(record), ["chromosome_breakpoint coding_sequence_variant T_one 7"]);
}

#[test]
fn a_missing_alternative_with_a_kind_is_a_structural_variant() {
    let record = "one 9000 . T . . . SVTYPE=DUP;END=11000";
    for rows in [default_rows(record), rows_as_vep(record)] {
        assert_eq!(rows, ["duplication transcript_amplification T_one"]);
    }
    let (_, summary) = run(&[record, "one 9000 . T . . . END=11000"], &options());
    assert_eq!((summary.records.annotated, summary.alleles.total), (1, 1));
    assert!(summary.alleles.without_rows.is_empty());
}

#[test]
fn a_breakend_is_told_at_both_ends() {
    // In an exon of one transcript, and in the intron of the other.
    let record = "one 10050 . C C[two:10150[ . . SVTYPE=BND";
    assert_eq!(
        default_rows(record),
        [
            "C. feature_truncation&coding_sequence_variant T_one 7",
            "C[two:10150[ feature_truncation&intron_variant T_two",
        ]
    );
    // VEP holds the near end's place against the other transcript too.
    assert_eq!(
        rows_as_vep(record),
        [
            "C. feature_truncation&coding_sequence_variant T_one 7",
            "C[two:10150[ feature_truncation&coding_sequence_variant T_two 37",
        ]
    );
}

#[test]
fn a_breakend_far_from_transcripts_has_a_row_of_its_own() {
    let record = "one 20000 . T T[two:20000[ . . SVTYPE=BND";
    assert_eq!(default_rows(record), ["T. intergenic_variant"]);
    assert!(rows_as_vep(record).is_empty());
    assert_eq!(default_rows("one 20000 . T T[elsewhere:5[ . . ."), ["T. intergenic_variant"]);
    assert_eq!(default_rows("one 20000 . T T. . . ."), ["chromosome_breakpoint intergenic_variant"]);
}

#[test]
fn variants_longer_than_the_limit_are_kept_and_counted() {
    let short = Options { max_structure_length: 100, ..options() };
    let (lines, summary) =
        run(&["one 9000 . T <DEL> . . END=11000", "one 9000 . T <DEL> . . END=9100"], &short);
    assert!(!lines[0].contains("CSQ") && lines[1].contains("CSQ=deletion|upstream_gene_variant|"));
    let without: Vec<(&str, u64)> =
        summary.alleles.without_rows.iter().map(|alleles| (&*alleles.reason, alleles.count)).collect();
    assert_eq!(without, [("structural_too_long", 1)]);
}

#[test]
fn the_log_accounts_for_every_allele() {
    let records = [
        "one 9999 . G <DEL> . . END=10400",
        "one 10050 . C <INS:ME:ALU> . . SVTYPE=INS;SVLEN=280",
        "one 10050 . C G]two:10150] . . SVTYPE=BND",
        "one 10051 . G A,*,<NON_REF> . . .",
        "one 10051 . G <NON_REF> . . END=10060",
        "one 10052 . T <CPX> . . SVTYPE=CPX;END=10060",
        "one 10052 . T <DEL> . . .",
        "one 10052 . T T,A,A . . .",
    ];
    let (lines, summary) = run(&records, &options());
    assert_eq!(lines.len(), records.len());
    let log = log_of(summary);
    let end = log.find("\nRows, one").unwrap();
    insta::assert_snapshot!(&log[log.find("Lines with").unwrap()..end]);
}

#[test]
fn hostile_records_go_through() {
    let ends = ["-5", "0", "9223372036854775807", "99999999999999999999", "x", "", "10051"];
    let forms = [
        "<DEL>",
        "<DUP>",
        "<INS>",
        "<INV>",
        "<CNV>",
        "<BND>",
        "<>",
        "<é>",
        "G]two:9223372036854775807]",
        "[two:0[G",
        "G[two:99999999999999999999[",
        "].:].",
        "<DEL>,<DEL>",
        ".G",
        "G.",
        "C,]two:5]G",
        "<CNV:TR>",
        "D3",
        "D99999999999999999999",
        "D10000000",
        "IACG,<*>",
    ];
    for exact_vep in [false, true] {
        for (form, end) in forms.iter().flat_map(|form| ends.iter().map(move |end| (form, end))) {
            let infos = [
                format!("END={end}"),
                format!("SVLEN={end};SVTYPE=DEL"),
                format!("CHR2=two;END2={end}"),
                format!("SVLEN=9;RN={end};RUS={end};RUC=3;RB={end}"),
            ];
            for info in infos {
                let record = format!("one 10051 . G {form} . . {info}");
                let (lines, summary) = run(&[&record], &Options { exact_vep, ..options() });
                assert_eq!((lines.len(), summary.records.read), (1, 1), "{record}");
            }
        }
    }
}
