//! Known alleles: matched in any spelling, carried with their values, and refused where they cannot be right.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use gas_annotation::{
    BuildPlan, BuildReport, FieldType, KnownField, KnownSource, Options, Reference, annotate, build,
};
use rstest::rstest;
use tempfile::TempDir;

use crate::support::{HEADER, options, plan_of, project};

//                    1234567890123456789012345
const FASTA: &str = ">1\nGATCCCCTAGGACACACTNRTTACGA\n>2\nACGTACGTACGT\n";
const GENES: &str = "##gff-version 3
1\tx\tmRNA\t1\t9\t.\t+\t.\tID=transcript:T1
1\tx\texon\t1\t9\t.\t+\t.\tParent=transcript:T1
";
const INFO: &str = "##fileformat=VCFv4.2
##INFO=<ID=AF,Number=A,Type=Float,Description=\"x\">
##INFO=<ID=AC,Number=R,Type=Integer,Description=\"x\">
##INFO=<ID=DB,Number=0,Type=Flag,Description=\"x\">
##INFO=<ID=SIG,Number=.,Type=String,Description=\"x\">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
";

/// A folder with the files of a small reference.
struct Bench {
    folder: TempDir,
    plan: BuildPlan,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan_of(&folder, FASTA, GENES);
        Self { folder, plan }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds a file of known alleles.
    fn with(mut self, id: &str, bytes: impl AsRef<[u8]>, keys: &[&str]) -> Self {
        let path = self.path(&format!("{id}{}.vcf", self.plan.known.len()));
        std::fs::write(&path, bytes).unwrap();
        let field = |key: &&str| KnownField { key: (*key).into(), ..KnownField::default() };
        let fields = keys.iter().map(field).collect();
        self.plan.known.push(KnownSource { id: id.into(), path, fields, ..KnownSource::default() });
        self
    }

    fn build(&self) -> Result<(Reference, BuildReport), String> {
        let place = self.path("reference");
        let report = build(&self.plan, &place).map_err(|error| error.to_string())?;
        Ok((Reference::open(&place).unwrap(), report))
    }

    /// What stays of a build that failed.
    fn litter(&self) -> Vec<String> {
        let names = self
            .folder
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| {
                !Path::new(name)
                    .extension()
                    .is_some_and(|end| ["vcf", "fa", "gff3"].iter().any(|it| end == *it))
            })
            .collect()
    }
}

/// `Existing_variation` and the known fields of each allele of a record.
fn known(reference: &Reference, record: &str) -> Vec<String> {
    let input = format!("{HEADER}{}\n", record.replace(' ', "\t"));
    let mut output = Vec::new();
    annotate(input.as_bytes(), "x.vcf", &mut output, reference, &options(), &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    let line = output.lines().last().unwrap();
    let (_, csq) = line.split_once("CSQ=").unwrap_or_else(|| panic!("{line}"));
    let rows = csq.split(',').map(|row| {
        let fields: Vec<&str> = row.split('|').collect();
        let mut shown = vec![fields[17]];
        shown.extend(&fields[fields.len() - reference.manifest().known_fields.len()..]);
        shown.join("|")
    });
    rows.collect()
}

#[rstest]
#[case::as_it_is("1 2 . A G . . .", &["rs1|0.5|7|1|"])]
#[case::second_alternative("1 2 . A C . . .", &["rs1|2.50e-06|9|1|"])]
#[case::both_and_an_unknown_one("1 2 . A C,T,G . . .", &["rs1|2.50e-06|9|1|", "||||", "rs1|0.5|7|1|"])]
#[case::chr_prefix("chr1 2 . A G . . .", &["rs1|0.5|7|1|"])]
#[case::insertion_at_the_left("1 3 . T TC . . .", &["rs2&rs3||||"])]
#[case::insertion_at_the_right("1 7 . C CC . . .", &["rs2&rs3||||"])]
#[case::insertion_padded("1 6 . CCT CCCT . . .", &["rs2&rs3||||"])]
#[case::deletion_of_a_unit("1 12 . ACA A . . .", &["S:g.16_17del||||high&a_b"])]
#[case::deletion_elsewhere_in_the_repeat("1 14 . ACAC AC . . .", &["S:g.16_17del||||high&a_b"])]
#[case::beside_it("1 3 . T G . . .", &["||||"])]
#[case::other_length("1 3 . T TCC . . .", &["||||"])]
#[case::n_is_no_base("1 2 . A N . . .", &["||||"])]
#[case::on_another_contig("2 5 . A G . . .", &["||||"])]
#[case::in_lower_case("1 2 . a g . . .", &["rs1|0.5|7|1|"])]
fn alleles_are_found_in_any_spelling(#[case] record: &str, #[case] expected: &[&str]) {
    let text = format!(
        "{INFO}1\t2\trs1\tA\tG,C\t.\t.\tAF=0.5,2.50e-06;AC=3,7,9;DB
1\t5\trs2;rs3\tC\tCC\t.\t.\t.
1\t14\t.\tACAC\tAC\t.\t.\tSIG=high,a b\n"
    );
    let (reference, _) = Bench::new().with("S", text, &["AF", "AC", "DB", "SIG"]).build().unwrap();
    assert_eq!(known(&reference, record), expected);
    assert_eq!(
        reference.manifest().known_types,
        [FieldType::Float, FieldType::Integer, FieldType::Flag, FieldType::String]
    );
}

#[test]
fn letters_for_several_bases_are_never_taken_for_one() {
    let text = format!(
        "{INFO}1\t18\trsN\tT\tTN\t.\t.\t.\n1\t19\trsAtN\tN\tA\t.\t.\t.\n1\t20\trsAtR\tR\tC\t.\t.\t.\n"
    );
    let (reference, _) = Bench::new().with("S", text, &[]).build().unwrap();
    for (record, expected) in [
        ("1 18 . T TN . . .", "rsN"),
        ("1 18 . T TA . . .", ""),
        ("1 18 . T TT . . .", ""),
        ("1 19 . N A . . .", "rsAtN"),
        ("1 19 . N T . . .", ""),
        ("1 20 . A C . . .", "rsAtR"),
    ] {
        assert_eq!(known(&reference, record), [expected], "{record}");
    }
}

#[test]
fn what_several_collections_and_records_say_is_joined_in_one_order() {
    let own = format!("{INFO}1\t2\tMY1\tA\tG\t.\t.\tAF=0.1\n1\t2\tCOSV9\tA\tG\t.\t.\tAF=0.2\n");
    let dbsnp = format!("{INFO}1\t2\trs7\tA\tG\t.\t.\tAF=0.1\n1\t2\trs7\tA\tG,T\t.\t.\tAF=0.1,0.3\n");
    let (reference, report) =
        Bench::new().with("own", own, &["AF"]).with("dbSNP", dbsnp, &["AF"]).build().unwrap();
    assert_eq!(known(&reference, "1 2 . A G . . ."), ["rs7&COSV9&MY1|0.1&0.2|0.1"]);
    let counts: Vec<_> =
        report.collections.iter().map(|it| (it.id.as_str(), it.records, it.alleles, it.merged)).collect();
    assert_eq!(counts, [("own", 2, 1, 1), ("dbSNP", 2, 2, 1)]);
    assert_eq!(report.collections, reference.manifest().known);
    assert_eq!(reference.manifest().known_types, [FieldType::Float, FieldType::Float]);
    // One value that was said twice is one.
    assert_eq!(reference.manifest().known_several, ["own_AF"]);
}

#[test]
fn one_field_is_filled_from_several_collections() {
    let one = format!("{INFO}1\t2\t.\tA\tG\t.\t.\tAF=0.1;SIG=x\n");
    let other = format!("{INFO}1\t2\t.\tA\tG\t.\t.\tAF=10;SIG=x\n1\t2\t.\tA\tC\t.\t.\tSIG=y\n");
    let mut bench = Bench::new().with("A", one, &["AF", "SIG"]).with("B", other, &["AF", "SIG"]);
    for (key, name) in [(0, "AF"), (1, "SIG")] {
        bench.plan.known.iter_mut().for_each(|source| source.fields[key].name = Some(name.into()));
    }
    bench.plan.known[1].fields[0].percentage = true;
    let (reference, _) = bench.build().unwrap();
    assert_eq!(reference.manifest().known_fields, ["AF", "SIG"]);
    assert_eq!(reference.manifest().known_several, ["AF", "SIG"]);
    assert_eq!(known(&reference, "1 2 . A G,C . . ."), ["A:g.2A>G&B:g.2A>G|0.1|x", "B:g.2A>C||y"]);
}

#[test]
fn an_unsorted_file_is_served_and_counted() {
    let text = format!(
        "{INFO}2\t5\trs5\tA\tG\t.\t.\t.\n1\t9\trs9\tA\tC\t.\t.\t.\n1\t2\trs2\tA\tC\t.\t.\t.\n2\t1\trs1\tA\tG\t.\t.\t.\n"
    );
    let (reference, report) = Bench::new().with("S", text, &[]).build().unwrap();
    for (record, name) in [
        ("2 5 . A G . . .", "rs5"),
        ("1 9 . A C . . .", "rs9"),
        ("1 2 . A C . . .", "rs2"),
        ("2 1 . A G . . .", "rs1"),
    ] {
        assert_eq!(known(&reference, record), [name]);
    }
    assert_eq!((report.known[0].records, report.known[0].alleles, report.known[0].unsorted), (4, 4, 2));
}

#[test]
fn what_is_left_out_is_counted_by_reason_with_examples() {
    let text = format!(
        "{INFO}1\t2\t.\tA\tG,<DEL>,*\t.\t.\tAF=0.5\n1\t3\t.\tG\tA\t.\t.\t.\n1\t4\t.\tC\tC,T\t.\t.\tAF=x,0.1\n1\t5\t.\tC\t.\t.\t.\t.\n\
         3\t4\t.\tC\tT\t.\t.\t.\n1\t9\t.\tA\tT\t.\t.\tAF=a\n1\t99\t.\tA\tT\t.\t.\t."
    );
    let (reference, report) = Bench::new().with("S", text, &["AF"]).build().unwrap();
    insta::assert_json_snapshot!(report.left_out);
    assert_eq!((report.known[0].records, report.known[0].alleles, report.known[0].left_out), (7, 3, 7));
    let left_out: u64 = reference.manifest().known[0]
        .left_out
        .iter()
        .filter(|(reason, _)| reason.starts_with("known allele"))
        .map(|(_, count)| count)
        .sum();
    assert_eq!(left_out, 7);
    assert_eq!(reference.manifest().known_types, [FieldType::String]);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn bgzip(text: &str) -> Vec<u8> {
    let mut writer = noodles_bgzf::io::Writer::new(Vec::new());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

fn many() -> String {
    let records = (0..2000).map(|number| format!("1\t2\trs{}\tA\tG\t.\t.\tAF=0.{number}\n", number * 7919));
    [INFO.to_owned()].into_iter().chain(records).collect()
}

#[test]
fn packed_files_give_what_plain_ones_give() {
    let plain = Bench::new().with("S", many(), &["AF"]).build().unwrap();
    for bytes in [gzip(&many()), bgzip(&many())] {
        let packed = Bench::new().with("S", bytes, &["AF"]).build().unwrap();
        assert_eq!(packed.1.collections, plain.1.collections);
        assert_eq!(known(&packed.0, "1 2 . A G . . ."), known(&plain.0, "1 2 . A G . . ."));
    }
}

#[rstest]
#[case::of_another_assembly("1\t2\t.\tC\tG\t.\t.\tAF=1\n1\t3\t.\tA\tG\t.\t.\t.\n1\t4\t.\tC\tG\t.\t.\t.\n".into(), "AF", "the REF of 2 of 3 records is not the sequence's")]
#[case::on_other_contigs("7\t2\t.\tC\tG\t.\t.\tAF=1\n8\t2\t.\tC\tG\t.\t.\tAF=1\n".into(), "AF", "none of its 2 records is on a sequence of the FASTA; the first is 7:2 C>G")]
#[case::without_the_field("1\t2\t.\tA\tG\t.\t.\tAF=1\n".into(), "AN", "its header has no INFO field `AN`; it has AF, AC, DB, SIG")]
#[case::with_a_broken_line("1\t2\t.\tA\tG\t.\t.\tAF=1\n1\ttwo\t.\tA\tG\t.\t.\t.\n".into(), "AF", "line 8: POS is `two`")]
#[case::with_a_cut_line("1\t2\t.\tA\tG\t.\t.\tAF=1\n1\t3\t.\tT".into(), "AF", "line 8: the line has 4 tab-separated columns")]
fn what_cannot_be_right_is_refused_and_nothing_is_left(
    #[case] records: String,
    #[case] key: &str,
    #[case] expected: &str,
) {
    let bench = Bench::new().with("S", format!("{INFO}{records}"), &[key]);
    let error = bench.build().unwrap_err();
    assert!(error.contains("S0.vcf") && error.contains(expected), "{error}");
    assert_eq!(bench.litter(), [""; 0]);
}

#[rstest]
#[case::gzip_in_the_middle(gzip(&many()), 2, 0, "the gzip data stop in the middle")]
#[case::bgzip_in_the_middle(bgzip(&many()), 2, 0, "the gzip data stop in the middle")]
#[case::bgzip_between_blocks(bgzip(&many()), 1, 28, "its last block is missing: the file was cut off")]
fn a_file_that_was_cut_off_is_refused_and_nothing_is_left(
    #[case] whole: Vec<u8>,
    #[case] part: usize,
    #[case] missing: usize,
    #[case] expected: &str,
) {
    let bench = Bench::new().with("S", &whole[..whole.len() / part - missing], &["AF"]);
    let error = bench.build().unwrap_err();
    assert!(error.contains(expected), "{error}");
    assert_eq!(bench.litter(), [""; 0]);
}

#[test]
fn of_two_builds_into_one_directory_one_is_whole_and_the_other_is_told() {
    let bench = Bench::new().with("S", many(), &["AF"]);
    let outcomes: Vec<Result<BuildReport, String>> = std::thread::scope(|scope| {
        let begin = || {
            scope.spawn(|| build(&bench.plan, &bench.path("reference")).map_err(|error| error.to_string()))
        };
        let both = [begin(), begin()];
        both.into_iter().map(|build| build.join().unwrap()).collect()
    });
    let (built, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((built.len(), refused.len()), (1, 1));
    let error = refused[0].as_ref().unwrap_err();
    assert!(error.contains("exists already"), "{error}");
    let reference = Reference::open(&bench.path("reference")).unwrap();
    assert_eq!(known(&reference, "1 2 . A G . . .").len(), 1);
    assert_eq!(bench.litter(), ["reference"]);
}

#[rstest]
#[case::known(
    "1 2 . A C,T,G . . DP=3 GT 0/1",
    "DP=3;Existing_variation=rs1,.,rs1;S_AF=0.25,.,0.5;S_SIG=a&b,.,a&b",
    1
)]
#[case::not_known("1 2 . A T . . DP=3 GT 0/1", "DP=3", 0)]
#[case::an_earlier_run("1 2 . A T . . S_AF=7;DP=3 GT 0/1", "DP=3", 0)]
#[case::beside_others(
    "1 2 . A *,G,<DEL> . . . GT 0/1",
    "Existing_variation=.,rs1,.;S_AF=.,0.5,.;S_SIG=.,a&b,.",
    1
)]
fn known_alleles_alone_stand_in_entries_of_their_own(
    #[case] record: &str,
    #[case] info: &str,
    #[case] annotated: u64,
) {
    let text = format!("{INFO}1\t2\trs1\tA\tG,C\t.\t.\tAF=0.5,0.25;SIG=a|b\n");
    let (reference, _) = Bench::new().with("S", text, &["AF", "SIG"]).build().unwrap();
    let old = "##fileformat=VCFv4.2\n##INFO=<ID=S_AF,Number=1,Type=String,Description=\"old\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tX\n";
    let input = format!("{old}{}\n", record.replace(' ', "\t"));
    let mut output = Vec::new();
    let options = Options { known_only: true, ..options() };
    let summary = annotate(input.as_bytes(), "x.vcf", &mut output, &reference, &options, &|_| {}).unwrap();
    let output = String::from_utf8(output).unwrap();
    let columns: Vec<&str> = output.lines().last().unwrap().split('\t').collect();
    assert_eq!(columns[7], info);
    assert_eq!(summary.known[0].alleles > 0, annotated > 0);
    let types: Vec<&str> =
        output.lines().filter_map(|line| line.strip_prefix("##INFO=<ID=")?.split(",Desc").next()).collect();
    assert_eq!(
        types,
        ["Existing_variation,Number=A,Type=String", "S_AF,Number=A,Type=Float", "S_SIG,Number=A,Type=String"]
    );
    assert!(!output.contains("CSQ"));
}

#[test]
fn a_bcf_gives_what_its_vcf_gives() {
    let folder = tempfile::tempdir().unwrap();
    let built = |file: &str| {
        let field = |key: &str| KnownField { key: key.into(), ..KnownField::default() };
        let source = KnownSource {
            id: "S".into(),
            path: project().join("crates/annotation/testdata/bcf").join(file),
            fields: ["AF", "DP", "DB"].map(field).to_vec(),
            ..KnownSource::default()
        };
        let shipped = project().join("reference/human-mt");
        let plan = BuildPlan {
            name: "mt".into(),
            fasta: shipped.join("human-mt.fa"),
            genes: shipped.join("human-mt.gff3"),
            known: vec![source],
            ..BuildPlan::default()
        };
        let place = folder.path().join(file);
        let report = build(&plan, &place).unwrap();
        (Reference::open(&place).unwrap(), report)
    };
    let (bcf, vcf) = (built("odd.bcf"), built("odd.vcf"));
    assert_eq!(bcf.1.collections, vcf.1.collections);
    for reference in [bcf.0, vcf.0] {
        assert_eq!(known(&reference, "MT 73 . A G . . .")[0], "rs1&rs2|0.5|14|1");
        assert_eq!(known(&reference, "MT 150 . C CA . . .")[0], "S:m.150_151insA|1e-10|200|");
    }
}
