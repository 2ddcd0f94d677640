//! Formats other than VCF, held against the VCF of the same run.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use gas_annotation::{
    Cells, Compression, Conversion, Format, IndexKind, Limits, NoIndex, Options, annotate_with_index, convert,
};
use parquet::file::reader::{FileReader, SerializedFileReader};
use rstest::rstest;

use crate::support::{HEADER, HUMAN_MT, input, options, run};

/// A change of a codon with a known name, an insertion beside a deletion, a structural variant, and a line that is kept.
const RECORDS: &str = "MT\t3308\trs28358582\tT\tC\t.\tPASS\tAC=1\n\
    MT\t8270\t.\tCACCCCCTCT\tC,CACCCCCTCTACCCCCTCT\t.\t.\t.\n\
    MT\t9000\t.\tA\t<DEL>\t.\t.\tSVTYPE=DEL;END=9100\n\
    unknown\t1\t=cmd\tA\tG\t.\t.\tDP=7\n";

fn text(input: &str, format: Format) -> String {
    let options = Options { format, ..options() };
    String::from_utf8(run(format!("{HEADER}{input}").as_bytes(), &options).unwrap().0).unwrap()
}

fn csq_rows(vcf: &str) -> Vec<Vec<String>> {
    let records = vcf.lines().filter(|line| !line.starts_with('#'));
    let values = records
        .filter_map(|line| line.split('\t').nth(7)?.split(';').find_map(|entry| entry.strip_prefix("CSQ=")));
    values.flat_map(|value| value.split(',')).map(|row| row.split('|').map(str::to_owned).collect()).collect()
}

fn names(vcf: &str) -> Vec<&str> {
    let line = vcf.lines().find(|line| line.starts_with("##INFO=<ID=CSQ,")).unwrap();
    line.split_once("Format: ").unwrap().1.trim_end_matches("\">").split('|').collect()
}

#[test]
fn every_row_of_csq_is_a_line_of_tab() {
    for records in [RECORDS.to_owned(), records_of("free_1.vcf")] {
        let vcf = text(&records, Format::Vcf);
        let tab = text(&records, Format::Tab(Cells::Defused));
        let mut lines = tab.lines().skip_while(|line| line.starts_with("## "));
        let header: Vec<&str> = lines.next().unwrap().trim_start_matches('#').split('\t').collect();
        let cells = lines.map(|line| line.split('\t').collect::<Vec<_>>());
        let annotated: Vec<Vec<&str>> =
            cells.filter(|cells| cells[header.len() - 1..] != ["-"] || cells[6] != "-").collect();
        let rows = csq_rows(&vcf);
        assert_eq!(annotated.len(), rows.len());
        for (cells, row) in annotated.iter().zip(&rows) {
            for (name, value) in names(&vcf).iter().zip(row) {
                let cell = cells[header.iter().position(|column| column == name).unwrap()];
                let expected = value.replace('&', ",").replace("%3B", ";");
                assert_eq!(cell, if expected.is_empty() { "-" } else { &expected }, "{name}");
            }
        }
    }
}

/// Whose cells are plain differs in nothing but the mark before what a spreadsheet would compute.
#[test]
fn plain_cells_are_as_they_were() {
    let [defused, plain] = [Cells::Defused, Cells::Plain].map(|cells| text(RECORDS, Format::Tab(cells)));
    assert!(defused.contains("\n'=cmd\t") && !defused.contains("\n=cmd\t"), "{defused}");
    assert_eq!(plain, defused.replace("\n'=cmd\t", "\n=cmd\t"));
}

fn records_of(name: &str) -> String {
    let text = String::from_utf8(input(name)).unwrap();
    let records = text.lines().filter(|line| !line.starts_with('#'));
    records.map(|line| line.splitn(9, '\t').take(8).collect::<Vec<_>>().join("\t") + "\n").collect()
}

#[test]
fn tab_shows_places_names_and_what_was_kept() {
    let tab = text(RECORDS, Format::Tab(Cells::Defused));
    let mut places: Vec<String> = tab
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').take(3).collect::<Vec<_>>().join(" "))
        .collect();
    places.dedup();
    places.sort();
    places.dedup();
    insta::assert_snapshot!(places.join("\n"));
    insta::assert_snapshot!(
        "tab_header",
        tab.lines()
            .filter(|line| line.starts_with("## Column") || line.starts_with("#U"))
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn json_has_an_object_for_each_record() {
    let json = text(RECORDS, Format::JsonLines);
    let objects: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let inputs: Vec<&str> = objects.iter().map(|object| object["input"].as_str().unwrap()).collect();
    assert_eq!(inputs, RECORDS.lines().collect::<Vec<_>>());
    let rows = |object: &serde_json::Value, list: &str| object[list].as_array().map_or(0, Vec::len);
    let count: usize = objects
        .iter()
        .map(|object| rows(object, "transcript_consequences") + rows(object, "intergenic_consequences"))
        .sum();
    assert_eq!(count, csq_rows(&text(RECORDS, Format::Vcf)).len());
    let mut first = objects[0].clone();
    let rows = first["transcript_consequences"].as_array_mut().unwrap();
    rows.retain(|row| row["gene_symbol"] == "MT-ND1");
    insta::assert_json_snapshot!(first);
}

#[rstest]
fn threads_and_packing_make_no_difference(
    #[values(Format::Tab(Cells::Plain), Format::JsonLines)] format: Format,
) {
    let records = records_of("free_1.vcf").repeat(3);
    let one =
        run(format!("{HEADER}{records}").as_bytes(), &Options { format, threads: 1, ..options() }).unwrap().0;
    let packed = Options { format, compression: Compression::Bgzf, threads: 3, ..options() };
    let several = run(format!("{HEADER}{records}").as_bytes(), &packed).unwrap().0;
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&several[..]), &mut unpacked).unwrap();
    assert_eq!(unpacked, one);
}

fn conversion(format: Format) -> Conversion {
    Conversion { format, compression: Compression::Plain, index: None, threads: 2, limits: Limits::default() }
}

#[rstest]
fn converting_gives_what_annotating_gives(
    #[values(Format::Vcf, Format::Tab(Cells::Defused), Format::JsonLines, Format::Parquet)] format: Format,
) {
    let records = RECORDS.to_owned() + &records_of("free_1.vcf");
    let vcf = text(&records, Format::Vcf);
    let direct = run(format!("{HEADER}{records}").as_bytes(), &Options { format, ..options() }).unwrap().0;
    let mut converted = Vec::new();
    let told = convert(vcf.as_bytes(), "x.vcf", &mut converted, &conversion(format), &|_| {}).unwrap();
    assert_eq!(told.records, records.lines().count() as u64);
    assert!(converted == direct, "{format:?}");
}

#[test]
fn what_has_no_annotations_is_not_converted() {
    let input = format!("{HEADER}{RECORDS}");
    let error =
        convert(input.as_bytes(), "x.vcf", Vec::new(), &conversion(Format::Tab(Cells::Defused)), &|_| {})
            .unwrap_err();
    assert_eq!(error.code(), "not_annotated");
    let bad = text(RECORDS, Format::Vcf).replace("3308", "far");
    let error =
        convert(bad.as_bytes(), "x.vcf", Vec::new(), &conversion(Format::Tab(Cells::Defused)), &|_| {})
            .unwrap_err();
    assert_eq!((error.code(), error.column()), ("position_not_a_number", Some(2)));
}

#[test]
fn parquet_has_a_row_for_each_row() {
    let parquet =
        run(format!("{HEADER}{RECORDS}").as_bytes(), &Options { format: Format::Parquet, ..options() });
    let file = SerializedFileReader::new(bytes::Bytes::from(parquet.unwrap().0)).unwrap();
    let rows = csq_rows(&text(RECORDS, Format::Vcf)).len();
    assert_eq!(usize::try_from(file.metadata().file_metadata().num_rows()).unwrap(), rows + 1);
    let origins = file.metadata().file_metadata().key_value_metadata().unwrap();
    assert!(origins.iter().any(|origin| origin.key == "gas_command"));
}

#[test]
fn a_value_of_another_type_than_its_column_is_refused() {
    let input = format!("{HEADER}MT\t3308\t.\tT\tC\tgood\t.\t.\n");
    let error = run(input.as_bytes(), &Options { format: Format::Parquet, ..options() }).unwrap_err();
    assert_eq!((error.code(), error.line()), ("value_type", Some(3)));
    assert_eq!(error.reason(), "QUAL is `good`, which is no number");
}

#[rstest]
#[case::sorted(&[73, 73, 150], IndexKind::Fitting, Ok("tbi"))]
#[case::on_request(&[73, 150], IndexKind::Csi, Ok("csi"))]
#[case::empty(&[], IndexKind::Fitting, Ok("tbi"))]
#[case::unsorted(&[150, 73], IndexKind::Fitting, Err(NoIndex::Unsorted))]
#[case::too_far(&[73, 1 << 30], IndexKind::Fitting, Err(NoIndex::TooFar))]
fn sorted_files_get_an_index(
    #[case] positions: &[u64],
    #[case] kind: IndexKind,
    #[case] expected: Result<&str, NoIndex>,
) {
    let records: Vec<String> =
        positions.iter().map(|position| format!("MT\t{position}\t.\tA\tG\t.\t.\t.\n")).collect();
    let options = Options { compression: Compression::Bgzf, index: Some(kind), ..options() };
    let input = format!("{HEADER}{}", records.concat());
    let (_, index) =
        annotate_with_index(input.as_bytes(), "x.vcf", Vec::new(), &HUMAN_MT, &options, &|_| {}).unwrap();
    assert_eq!(index.map(|index| index.ending), expected);
}

#[test]
fn bcf_says_what_the_lines_say() {
    const HEAD: &str = "##fileformat=VCFv4.2\n##contig=<ID=MT,length=16569>\n\
        ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"x\">\n##INFO=<ID=AF,Number=A,Type=Float,Description=\"x\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">\n##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"x\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\n";
    const LINES: &str = "MT\t73\trs1;x\tA\tG,T\t3.5\tPASS\tAC=1,70000;AF=0.5,.;DB;OWN=a,b\tGT:AD:FT\t0|1:3,4,5:ok\t./.:.:.\n\
        MT\t150\t.\tTC\t.\t.\tq10;s50\t.\tGT:AD\t0/1/1:-5\t1:.,300\n\
        MT\t152\t.\tT\tC\t.\t.\tAC=.\tGT\t0\t2\n";
    let vcf = run(format!("{HEAD}{LINES}").as_bytes(), &options()).unwrap().0;
    let bgzf = |format| Conversion { compression: Compression::Bgzf, ..conversion(format) };
    let (mut bcf, mut back) = (Vec::new(), Vec::new());
    convert(&vcf[..], "x.vcf", &mut bcf, &bgzf(Format::Bcf), &|_| {}).unwrap();
    convert(&bcf[..], "x.bcf", &mut back, &conversion(Format::Vcf), &|_| {}).unwrap();
    let records = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    };
    assert_eq!(records(&back), records(&vcf));
    let header = String::from_utf8_lossy(&back).into_owned();
    assert!(header.contains("##INFO=<ID=OWN,Number=.,Type=String,Description=\"Not in the header\">"));
    let direct = Options { format: Format::Bcf, compression: Compression::Bgzf, ..options() };
    assert!(run(format!("{HEAD}{LINES}").as_bytes(), &direct).unwrap().0 == bcf);
}

#[rstest]
#[case("MT\t73\t.\tA\tG\t.\t.\tAC=x\n", "value_type", "AC is `x`, which is no whole number of 32 bits")]
#[case(
    "MT\t73\t.\tA\tG\t.\t.\tAC=99999999999\n",
    "value_type",
    "AC is `99999999999`, which is no whole number of 32 bits"
)]
fn what_bcf_cannot_say_is_an_error(#[case] line: &str, #[case] code: &str, #[case] reason: &str) {
    let header = "##fileformat=VCFv4.2\n##INFO=<ID=AC,Number=A,Type=Integer,Description=\"x\">\n";
    let input = format!("{header}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{line}");
    let error = convert(input.as_bytes(), "x", Vec::new(), &conversion(Format::Bcf), &|_| {}).unwrap_err();
    assert_eq!((error.code(), error.line(), error.reason().as_str()), (code, Some(4), reason));
}

#[test]
fn a_name_that_comes_late_is_missed_by_its_place() {
    let early = "MT\t73\t.\tA\tG\t.\t.\tDP=1\n".repeat(20_000);
    let input = format!("{HEADER}{early}MT\t73\t.\tA\tG\t.\t.\tLATE=1\n");
    let error = convert(input.as_bytes(), "x", Vec::new(), &conversion(Format::Bcf), &|_| {}).unwrap_err();
    assert_eq!((error.code(), error.line()), ("undeclared", Some(20_003)));
    assert_eq!(error.reason(), "the header has no line for INFO `LATE`, and BCF cannot do without it");
}
