//! Intervals of all formats, from their file to the fields of CSQ; and files that cannot be used.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use gas_annotation::{
    BuildError, BuildPlan, BuildReport, IntervalField, IntervalMode, IntervalSource, Options, Reference,
    Summary, annotate, build,
};
use proptest::prelude::*;
use rstest::rstest;
use tempfile::TempDir;

use crate::support::{options, plan_of};

const GENES: &str = "chr1\tx\tmRNA\t900\t950\t.\t+\t.\tID=T\nchr1\tx\texon\t900\t950\t.\t+\t.\tParent=T\n";
/// Bases of each of the two sequences.
const LENGTH: usize = 1000;

/// Two sequences, and a place for files.
struct Small {
    directory: TempDir,
}

impl Small {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn source(&self, id: &str, text: &str) -> IntervalSource {
        IntervalSource::new(id, self.file(&format!("{id}.txt"), text.as_bytes()))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn build(&self, sources: Vec<IntervalSource>) -> Result<(Reference, BuildReport), BuildError> {
        let bases = "ACGT".repeat(LENGTH / 4);
        let plan = plan_of(&self.directory, &format!(">chr1\n{bases}\n>chr2\n{bases}\n"), GENES);
        let place = tempfile::tempdir_in(self.directory.path()).unwrap().keep();
        let report = build(&BuildPlan { intervals: sources, ..plan }, &place)?;
        Ok((Reference::open(&place).unwrap(), report))
    }

    fn refusal(&self, source: IntervalSource) -> String {
        self.build(vec![source]).unwrap_err().to_string()
    }
}

/// A record of one alternative: a substitution where `bases` is 1, an insertion where it is 0, else a deletion.
fn record(contig: &str, first: usize, bases: usize) -> String {
    let base = |position: usize| ["A", "C", "G", "T"][(position - 1) % 4];
    let (position, reference, alternative) = match bases {
        0 => (first - 1, base(first - 1).to_owned(), format!("{}GATTACA", base(first - 1))),
        1 => (first, base(first).to_owned(), base(first + 1).to_owned()),
        _ => (first - 1, (first - 1..first + bases).map(base).collect(), base(first - 1).to_owned()),
    };
    format!("{contig}\t{position}\t.\t{reference}\t{alternative}\t.\t.\t.\n")
}

fn run(reference: &Reference, input: &str, options: &Options) -> (String, Summary) {
    let mut output = Vec::new();
    let summary = annotate(input.as_bytes(), "x.vcf", &mut output, reference, options, &|_| {}).unwrap();
    (String::from_utf8(output).unwrap(), summary)
}

/// The interval fields of the first row of each record, joined with `|`.
fn fields(reference: &Reference, input: &str) -> Vec<String> {
    let added = reference.manifest().interval_fields.len();
    let (output, _) = run(reference, input, &options());
    let rows = output.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let csq = line.split("CSQ=").nth(1).unwrap().split(['\t', ';', ',']).next().unwrap();
        let cells: Vec<&str> = csq.split('|').collect();
        cells[cells.len() - added..].join("|")
    });
    rows.collect()
}

const BED: &str =
    "chr1\t9\t20\tA\t5\t+\nchr1\t0\t1000\twhole\t1\t-\nchr1\t14\t30\tB\t.\t+\n2\t99\t100\tC\t7\t+\n";

#[test]
fn names_of_all_overlapping_intervals_stand_in_every_row() {
    let small = Small::new();
    let mut source = small.source("BED", BED);
    source.fields = vec![IntervalField { column: "score".into(), name: Some("BED_points".into()) }];
    source.count = true;
    let (reference, report) = small.build(vec![source]).unwrap();
    assert_eq!((report.intervals[0].intervals, report.intervals[0].format), (4, "bed"));
    assert_eq!(reference.manifest().interval_fields, ["BED", "BED_count", "BED_points"]);
    let input = record("chr1", 9, 1)
        + &record("chr1", 10, 1)
        + &record("1", 20, 1)
        + &record("chr2", 100, 1)
        + &record("chr2", 101, 1);
    let expected = ["whole|1|1", "whole&A|2|1&5", "whole&A&B|3|1&5&.", "C|1|7", "||"];
    assert_eq!(fields(&reference, &input), expected);
    // With a transcript, too.
    assert_eq!(fields(&reference, &record("chr1", 910, 1)), ["whole|1|1"]);
    let (output, summary) = run(&reference, &input, &options());
    assert!(output.contains("|HGVS_OFFSET|BED|BED_count|BED_points\">"), "{output}");
    assert_eq!((summary.intervals[0].alleles, summary.intervals[0].cut), (4, 0));
}

/// An insertion lies within an interval that holds the bases on both its sides.
#[rstest]
#[case::before_the_first_base(10, 0, "")]
#[case::behind_the_first_base(11, 0, "A")]
#[case::before_the_last_base(20, 0, "A")]
#[case::behind_the_last_base(21, 0, "")]
#[case::deletion_up_to_it(5, 5, "")]
#[case::deletion_into_it(5, 6, "A")]
#[case::deletion_out_of_it(20, 5, "A")]
#[case::deletion_behind_it(21, 5, "")]
fn edges(#[case] first: usize, #[case] bases: usize, #[case] expected: &str) {
    let small = Small::new();
    let (reference, _) = small.build(vec![small.source("X", "chr1\t9\t20\tA\n")]).unwrap();
    // Bases that repeat would let the change be written elsewhere; the place is that of the record.
    assert_eq!(fields(&reference, &record("chr1", first, bases)), [expected]);
}

#[test]
fn an_interval_without_bases_is_met_from_both_its_sides() {
    let small = Small::new();
    let (reference, report) = small.build(vec![small.source("X", "chr1\t20\t20\tbetween\n")]).unwrap();
    assert_eq!(report.intervals[0].between_bases, 1);
    let input = record("chr1", 19, 1)
        + &record("chr1", 20, 1)
        + &record("chr1", 21, 1)
        + &record("chr1", 22, 1)
        + &record("chr1", 21, 0);
    assert_eq!(fields(&reference, &input), ["", "between", "between", "", "between"]);
}

#[test]
fn the_nearest_are_told_with_their_distance() {
    let small = Small::new();
    let text =
        "chr1\t99\t110\tleft\nchr1\t104\t110\tsame end\nchr1\t129\t140\tright\nchr1\t129\t150\tsame start\n";
    let source = IntervalSource { mode: IntervalMode::Nearest, ..small.source("N", text) };
    let (reference, _) = small.build(vec![source]).unwrap();
    let input: String = [1, 105, 111, 120, 121, 160].iter().map(|first| record("chr1", *first, 1)).collect();
    let expected = [
        "left|99",
        "left&same_end|0",
        "left&same_end|1",
        "left&same_end&right&same_start|10",
        "right&same_start|9",
        "same_start|10",
    ];
    assert_eq!(fields(&reference, &input), expected);
    assert_eq!(fields(&reference, &record("chr2", 5, 1)), ["|"]);
}

#[test]
fn intervals_are_counted() {
    let small = Small::new();
    let source = IntervalSource { mode: IntervalMode::Count, ..small.source("N", BED) };
    let (reference, _) = small.build(vec![source]).unwrap();
    assert_eq!(fields(&reference, &(record("chr1", 20, 1) + &record("chr2", 5, 1))), ["3", "0"]);
}

#[test]
fn no_more_than_asked_for_are_shown_and_the_rest_is_counted() {
    let small = Small::new();
    let line = |number: usize| format!("chr1\t{number}\t500\tname{}", number / 2);
    let text = (0..9).map(line).collect::<Vec<_>>().join("\n");
    let source = IntervalSource { most: 3, count: true, ..small.source("M", &text) };
    let (reference, _) = small.build(vec![source]).unwrap();
    assert_eq!(fields(&reference, &record("chr1", 100, 1)), ["name0&name1|9"]);
    let (_, summary) = run(&reference, &record("chr1", 100, 1), &options());
    assert_eq!((summary.intervals[0].alleles, summary.intervals[0].cut), (1, 1));
    let mut log = Vec::new();
    summary.write_log(&mut log).unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("of 1 have places in M; of 1 only the first names are shown"), "{log}");
}

#[test]
fn a_promoter_lies_upstream_on_the_strand() {
    let small = Small::new();
    let text = "chr1\tx\tgene\t101\t200\t.\t+\t.\tID=gene:F;Name=FWD\nchr1\tx\tgene\t501\t600\t.\t-\t.\tID=gene:R;Name=REV\n\
                chr1\tx\texon\t501\t600\t.\t-\t.\tID=exon\nchr1\tx\tgene\t701\t710\t.\t.\t.\tName=BARE\n";
    let source = IntervalSource { upstream: 50, types: vec!["gene".into()], ..small.source("GENE", text) };
    let (reference, report) = small.build(vec![source]).unwrap();
    assert_eq!((report.intervals[0].intervals, report.intervals[0].passed_over), (3, 1));
    let places = [50, 51, 200, 201, 500, 501, 650, 651, 760, 761];
    let input: String = places.iter().map(|first| record("chr1", *first, 1)).collect();
    let expected = ["", "FWD", "FWD", "", "", "REV", "REV", "BARE", "BARE", ""];
    assert_eq!(fields(&reference, &input), expected);
}

#[rstest]
#[case::bed3("chr1\t9\t20\n", "chr1:10-20")]
#[case::bed_with_spaces("browser position chr1\ntrack name=x\nchr1 9 20 A\n", "A")]
#[case::bed12("chr1\t9\t20\tA\t0\t+\t9\t20\t0\t1\t11,\t0,\n", "A")]
#[case::bed_graph("track type=bedGraph\nchr1\t9\t20\t0.25\n", "0.25")]
#[case::gff3("##gff-version 3\nchr1\tx\tregion\t10\t20\t.\t+\t.\tName=A\n##FASTA\n>chr1\nACGT\n", "A")]
#[case::gtf("chr1\tx\tgene\t10\t20\t.\t+\t.\tgene_id \"G\"; gene_name \"A\";\n", "A")]
#[case::ucsc_with_bin("585\tchr1\t9\t20\tA\t0\t+\n", "A")]
#[case::ucsc_without_bin("chr1\t9\t20\tA\tgneg\n", "A")]
#[case::ucsc_with_heading(
    "#bin\tswScore\tgenoName\tgenoStart\tgenoEnd\trepName\n585\t9\tchr1\t9\t20\tA\n",
    "A"
)]
#[case::genomic_super_dups(
    "585\tchr1\t9\t20\tchr15:101906152\t0\t-\tchr15\t101906151\t101981189\t75037\n",
    "chr15:101906152"
)]
#[case::phast_cons("585\tchr1\t9\t20\tlod=12\t234\n", "lod=12")]
#[case::wg_rna("585\tchr1\t9\t20\tmir-A\t960\t+\t0\t0\tmiRNA\n", "mir-A")]
#[case::dgv(
    "585\tchr1\t9\t20\tdgv1n82\t0\t+\t9\t20\t139,69,19\tCNV\tSudmant_et_al_2013\t23825009\n",
    "dgv1n82"
)]
#[case::gwas_catalog(
    "585\tchr1\t9\t20\trs1\t21041247\tNalls\t2010-11-01\tN Engl J Med\tTitle\tTrait\n",
    "rs1"
)]
#[case::gene_pred("585\tNM_1\tchr1\t+\t9\t20\t9\t20\t1\t9,\t20,\t0\tA\tcmpl\tcmpl\t0,\n", "A")]
#[case::line_ends_of_windows("chr1\t9\t20\tA\r\n", "A")]
fn formats(#[case] text: &str, #[case] name: &str) {
    let small = Small::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = small.file("packed.txt.gz", &packed.finish().unwrap());
    for source in [small.source("X", text), IntervalSource::new("X", packed)] {
        let (reference, _) = small.build(vec![source]).unwrap();
        let input: String = [9, 10, 20, 21].iter().map(|first| record("chr1", *first, 1)).collect();
        assert_eq!(fields(&reference, &input), ["", name, name, ""], "{text}");
    }
}

#[rstest]
#[case::not_a_number("chr1\t9\t20\tA\nchr1\tnine\t20\tB\n", "X.txt, line 2: `nine` is no position")]
#[case::too_few_columns("chr1\t9\t20\tA\nchr1\t9\n", "X.txt, line 2: it has 2 columns")]
#[case::vcf(
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\nchr1\t9\t.\tA\tC\n",
    "line 3: it is no line of BED"
)]
#[case::nothing("# only a comment\n", "there is no interval in it that can be used")]
#[case::other_sequences(
    "chrUn_1\t9\t20\tA\n",
    "1 interval on a sequence that the FASTA lacks (X), such as chrUn_1"
)]
#[case::wiggle("track type=wiggle_0\nfixedStep chrom=chr1 start=1 step=1\n0.5\n", "wigToBigWig")]
#[case::other_assembly(
    "chr1\t0\t1000\tA\nchr1\t900\t1100\tB\nchr2\t1000\t1200\tC\n",
    "it is of another assembly: intervals end past the ends of 2 sequences, such as chr1, chr2"
)]
fn what_cannot_be_meant_is_refused(#[case] text: &str, #[case] reason: &str) {
    let small = Small::new();
    let error = small.refusal(small.source("X", text));
    assert!(error.contains(reason), "{error}");
    // Nothing is left of the build but its empty place.
    let entries: Vec<_> =
        small.directory.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(entries.iter().all(|name| !name.to_string_lossy().starts_with(".building")), "{entries:?}");
}

#[test]
fn a_cut_file_is_refused() {
    let small = Small::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut state = 1_u32;
    for number in 0..20_000_u32 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        writeln!(packed, "chr1\t{}\t{}\tname{state}", number % 900, number % 900 + 9).unwrap();
    }
    let packed = packed.finish().unwrap();
    let cut = small.file("cut.txt.gz", &packed[..packed.len() / 2]);
    let error = small.refusal(IntervalSource::new("X", cut));
    assert!(error.contains("cut.txt.gz") && error.contains("the file was cut off"), "{error}");
}

#[test]
fn lines_that_cannot_be_used_are_counted_by_reason() {
    let small = Small::new();
    let text = "chr1\t9\t20\tA\nchr1\t20\t9\tbackwards\nchrX\t9\t20\tB\nchrY\t9\t20\tB\nchr2\t990\t1001\tover\nchr1\t\t\tnowhere\n";
    let (reference, report) = small.build(vec![small.source("X", text)]).unwrap();
    assert_eq!((report.intervals[0].intervals, report.intervals[0].left_out), (1, 5));
    let counts: Vec<(&str, u64, &str)> = report
        .left_out
        .iter()
        .map(|(reason, left_out)| (reason, left_out.count, left_out.examples[0].as_str()))
        .collect();
    let expected = [
        ("interval on a sequence that the FASTA lacks (X)", 2, "chrX"),
        ("interval that ends before it starts (X)", 1, "chr1"),
        ("interval that ends past the end of its sequence (X)", 1, "chr2 991-1001 of 1000"),
        ("line without a position (X)", 1, "chr1"),
    ];
    assert_eq!(counts, expected);
    assert_eq!(fields(&reference, &record("chr1", 15, 1)), ["A"]);
}

#[test]
fn fields_of_one_name_and_settings_that_contradict_themselves_are_refused() {
    let small = Small::new();
    let source = || small.source("X", BED);
    let twice = small.build(vec![source(), source()]).unwrap_err().to_string();
    assert!(twice.contains("there is a CSQ field `X` already"), "{twice}");
    for (source, reason) in [
        (IntervalSource { id: "Gene".into(), ..source() }, "CSQ field `Gene` already"),
        (IntervalSource { id: "CCDS".into(), ..source() }, "CSQ field `CCDS` already"),
        (IntervalSource { id: "a|b".into(), ..source() }, "cannot be a name"),
        (IntervalSource { base: Some(2), ..source() }, "`base` is 0 or 1"),
        (IntervalSource { most: 0, ..source() }, "`most` is a number from 1"),
        (IntervalSource { mode: IntervalMode::Count, count: true, ..source() }, "nothing but the number"),
    ] {
        let error = small.refusal(source);
        assert!(error.contains(reason), "{error}");
    }
}

/// A source that is silent about a thousand alleles is doubted where it covers much, and told of where it does not.
#[test]
fn a_silent_source_is_told_and_refused_by_a_strict_run() {
    let small = Small::new();
    let wide = small.source("WIDE", "chr1\t0\t500\tA\nchr2\t0\t1000\tB\n");
    let narrow = small.source("NARROW", "chr1\t3\t4\tA\n");
    let absent = small.source("ABSENT", "chr2\t0\t1000\tB\n");
    let (reference, _) = small.build(vec![wide, narrow, absent]).unwrap();
    let input: String = (501..899).map(|first| record("chr1", first, 1)).collect();
    let (_, summary) = run(&reference, &input, &options());
    let expected = [
        "None of 398 alleles lies in an interval of WIDE on contigs where it has intervals, first chr1 on line 1. Is the file of \
         another assembly?",
        "No allele has its place in an interval of NARROW.",
        "ABSENT has no intervals on any contig of the file.",
        "The file has no #CHROM line; one was added.",
    ];
    assert_eq!(summary.notes, expected);
    let strict = Options { strict: true, ..options() };
    let error = annotate(input.as_bytes(), "x.vcf", Vec::new(), &reference, &strict, &|_| {}).unwrap_err();
    assert!(error.code() == "doubtful" && error.to_string().contains("WIDE"), "{error}");
    assert!(!error.to_string().contains("NARROW"), "{error}");
    // Who asks for known alleles only asks no intervals.
    let known_only = Options { known_only: true, ..strict.clone() };
    let summary = annotate(input.as_bytes(), "x.vcf", Vec::new(), &reference, &known_only, &|_| {}).unwrap();
    assert!(summary.intervals.is_empty());
    // One allele within is enough.
    let fine = input + &record("chr1", 7, 1);
    annotate(fine.as_bytes(), "x.vcf", Vec::new(), &reference, &strict, &|_| {}).unwrap();
}

#[test]
fn structural_variants_meet_intervals_by_the_bases_that_they_change() {
    let small = Small::new();
    let (reference, _) =
        small.build(vec![small.source("X", "chr1\t9\t20\tA\nchr1\t99\t120\tB\nchr2\t9\t20\tC\n")]).unwrap();
    let input = "chr1\t15\t.\tG\t<DEL>\t.\t.\tEND=100\n\
                 chr1\t20\t.\tT\t<DEL>\t.\t.\tEND=99\n\
                 chr1\t20\t.\tT\t<INS>\t.\t.\t.\n\
                 chr1\t19\t.\tG\t<INS>\t.\t.\t.\n";
    assert_eq!(fields(&reference, input), ["A&B", "", "", "A"]);
    // A breakend's row tells of the end that it is for.
    let (output, summary) = run(&reference, "chr1\t15\t.\tG\tG]chr1:910]\t.\t.\tSVTYPE=BND\n", &options());
    let row = output.lines().last().unwrap();
    assert!(row.ends_with('|'), "{row}");
    assert_eq!(summary.intervals[0].alleles, 1);
}

#[test]
fn real_tables_of_bands_and_associations() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/intervals");
    let recipe = format!(
        "name = \"chr21\"\nassembly = \"GRCh38\"\n[sequence]\nfile = \"21.fa\"\n[genes]\nfile = \"21.gff3\"\n\
         [[intervals]]\nid = \"cytoBand\"\nfile = \"{0}/cytoBand.chr21.txt\"\nfields = [{{ column = \"score\", name = \"stain\" }}]\n\
         [[intervals]]\nid = \"GWAS\"\nfile = \"{0}/gwascatalog.chr21.tsv\"\nbase = 1\n\
         columns = {{ chrom = \"Chr_id\", start = \"Chr_pos\", name = \"Disease/Trait\" }}\n\
         fields = [{{ column = \"SNPs\", name = \"GWAS_rs\" }}, {{ column = \"p-Value\", name = \"GWAS_p\" }}]\n",
        data.display()
    );
    let directory = tempfile::tempdir().unwrap();
    let mut fasta = ">21\n".to_owned();
    fasta.push_str(&"N".repeat(46_709_983));
    std::fs::write(directory.path().join("21.fa"), fasta).unwrap();
    std::fs::write(directory.path().join("21.gff3"), GENES.replace("chr1", "21")).unwrap();
    std::fs::write(directory.path().join("recipe.toml"), recipe).unwrap();
    let place = directory.path().join("built");
    let report =
        build(&BuildPlan::from_recipe(&directory.path().join("recipe.toml")).unwrap(), &place).unwrap();
    let counts: Vec<(u64, u64)> =
        report.intervals.iter().map(|count| (count.intervals, count.left_out)).collect();
    assert_eq!(counts, [(14, 0), (24, 2)]);
    let reference = Reference::open(&place).unwrap();
    let input =
        "chr21\t33391982\t.\tC\tT\t.\t.\t.\n21\t3100000\t.\tC\tT\t.\t.\t.\n21\t3100001\t.\tC\tT\t.\t.\t.\n";
    let expected = [
        "q22.11|gneg|Rheumatoid_arthritis&Rheumatoid_arthritis|rs73194058&rs73194058|3E-8&1E-6",
        "p13|gvar|||",
        "p12|stalk|||",
    ];
    assert_eq!(fields(&reference, input), expected);
}

/// What looking at each interval gives.
fn looked_at_each(intervals: &[(usize, usize)], first: usize, bases: usize, mode: IntervalMode) -> String {
    let last = first + bases - 1;
    let mut sorted: Vec<(usize, (usize, usize))> = intervals.iter().copied().enumerate().collect();
    sorted.sort_by_key(|(_, place)| *place);
    let distance = |(start, end): (usize, usize)| match () {
        () if start <= last && end >= first => 0,
        () if end < first => first - end,
        () => start - last,
    };
    let nearest = sorted.iter().map(|(_, place)| distance(*place)).min();
    let wanted = if mode == IntervalMode::Nearest { nearest } else { Some(0) };
    let names = sorted
        .iter()
        .filter(|(_, place)| Some(distance(*place)) == wanted)
        .map(|(number, _)| format!("n{number}"));
    let names: Vec<String> = names.collect();
    match mode {
        IntervalMode::Overlap => names.join("&"),
        IntervalMode::Count => names.len().to_string(),
        IntervalMode::Nearest => {
            format!(
                "{}|{}",
                names.join("&"),
                nearest.map(|distance| distance.to_string()).unwrap_or_default()
            )
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn all_modes_agree_with_looking_at_each(
        intervals in prop::collection::vec((1_usize..880, prop_oneof![6 => 0_usize..20, 1 => 0_usize..600]), 1..40),
        records in prop::collection::vec((2_usize..890, 0_usize..8), 1..80),
        is_sorted in any::<bool>(),
    ) {
        let intervals: Vec<(usize, usize)> =
            intervals.iter().map(|(start, length)| (*start, (start + length).min(LENGTH))).collect();
        let mut records = records;
        if is_sorted {
            records.sort_unstable();
        }
        let small = Small::new();
        let mut text = String::new();
        for (number, (start, end)) in intervals.iter().enumerate() {
            writeln!(text, "chr1\t{}\t{end}\tn{number}", start - 1).unwrap();
        }
        let modes = [("O", IntervalMode::Overlap), ("N", IntervalMode::Nearest), ("C", IntervalMode::Count)];
        let sources = modes.map(|(id, mode)| IntervalSource { mode, ..small.source(id, &text) });
        let (reference, _) = small.build(sources.to_vec()).unwrap();
        let input: String = records.iter().map(|(first, bases)| record("chr1", *first, *bases)).collect();
        let expected = records.iter().map(|(first, bases)| {
            modes.map(|(_, mode)| looked_at_each(&intervals, *first, *bases, mode)).join("|")
        });
        let expected: Vec<String> = expected.collect();
        prop_assert_eq!(fields(&reference, &input), expected);
    }
}
