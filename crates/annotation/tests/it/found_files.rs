//! Files found in the wild, and those that the specification's maintainers say must pass or fail.
//!
//! They are too many to ship. The tests run where they lie: in `../shared/data` beside the project, or where
//! `GAS_TEST_DATA` says. Lines that show what they are about stand here as well.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use gas_annotation::Summary;
use rstest::rstest;

use crate::support::{options, project, run, without_annotations};

/// The folder of a name among the files, if they are there.
fn folder(name: &str) -> Option<PathBuf> {
    let data =
        std::env::var_os("GAS_TEST_DATA").map_or_else(|| project().join("../shared/data"), PathBuf::from);
    let folder = data.join(name);
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

/// All files below a folder, in order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The specification's test files of a kind, `passed` or `failed`.
fn specimens(kind: &str) -> Vec<PathBuf> {
    let folders = ["hts-specs-vcf", "vcf-validator"].into_iter().filter_map(folder);
    let files = folders.flat_map(|folder| files_below(&folder));
    files.filter(|file| file.parent().is_some_and(|parent| parent.ends_with(kind))).collect()
}

fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.starts_with(b"\x1f\x8b") {
        return bytes;
    }
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut text).unwrap();
    text
}

/// Annotates a file and holds what comes out against what went in.
fn goes_through(path: &Path) -> Summary {
    let input = std::fs::read(path).unwrap();
    let (output, summary) =
        run(&input, &options()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let kept: u64 = summary.records.kept.iter().map(|kept| kept.count).sum();
    assert_eq!(summary.records.read, summary.records.annotated + kept, "{}", path.display());
    assert!(without_annotations(&output) == unpacked(input), "{} does not come back", path.display());
    summary
}

#[test]
fn files_that_must_pass_do() {
    for file in specimens("passed") {
        goes_through(&file);
    }
}

/// A row of the table in `docs/input.md`: patterns of names, and the code of the refusal.
struct Row {
    patterns: Vec<String>,
    refusal: Option<String>,
}

fn rows() -> Vec<Row> {
    let page = std::fs::read_to_string(project().join("docs/input.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("failed_")).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let refusal = cells[3].strip_prefix("refused: ").and_then(|code| quoted(code).into_iter().next());
        assert!(refusal.is_some() || cells[3] == "accepted", "{line}");
        Row { patterns: quoted(cells[1]), refusal }
    });
    rows.collect()
}

/// A file's name, with the version's folder before it where a pattern has one.
fn matches(file: &Path, pattern: &str) -> bool {
    let name = file.file_stem().unwrap().to_string_lossy();
    let version = file.ancestors().nth(2).and_then(Path::file_name).unwrap().to_string_lossy();
    is_of(&name, pattern) || is_of(&format!("{version}/{name}"), pattern)
}

/// Whether a name is of a pattern, whose `*` stands for anything.
fn is_of(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len()).any(|end| name.is_char_boundary(end) && is_of(&name[end..], rest))
        }),
    }
}

#[test]
fn files_that_must_fail_do_or_the_documentation_says_why_not() {
    let rows = rows();
    assert!(rows.len() > 15);
    let mut used = vec![false; rows.len()];
    let files = specimens("failed");
    for file in &files {
        let row = rows.iter().position(|row| row.patterns.iter().any(|pattern| matches(file, pattern)));
        let row = row.unwrap_or_else(|| panic!("{} stands in no row", file.display()));
        used[row] = true;
        match &rows[row].refusal {
            None => drop(goes_through(file)),
            Some(code) => {
                let outcome = run(&std::fs::read(file).unwrap(), &options());
                let error = outcome.err().unwrap_or_else(|| panic!("{} is accepted", file.display()));
                assert_eq!(error.code(), code, "{}", file.display());
                assert_eq!(error.line().is_some(), code != "empty_file", "{}", file.display());
            }
        }
    }
    assert!(files.is_empty() || used.iter().all(|used| *used), "a row of the documentation is of no file");
}

#[test]
fn files_found_in_the_wild_come_back_and_say_what_the_reference_lacks() {
    for file in
        ["inputs", "gas-inputs"].into_iter().filter_map(folder).flat_map(|folder| files_below(&folder))
    {
        if file.extension().is_some_and(|extension| extension == "bcf") {
            continue;
        }
        let summary = goes_through(&file);
        assert!(summary.records.read > 0, "{}", file.display());
        if summary.contigs.iter().any(|contig| !contig.in_reference) {
            let said =
                summary.notes.iter().any(|note| note.contains("has none of") || note.contains("lacks the"));
            assert!(said, "{}: {:?}", file.display(), summary.notes);
        }
    }
}

#[test]
fn a_bcf_found_in_the_wild_gives_the_lines_that_bcftools_prints() {
    let Some(folder) = folder("inputs") else { return };
    for file in files_below(&folder).iter().filter(|file| file.extension().is_some_and(|end| end == "bcf")) {
        let printed =
            std::process::Command::new("bcftools").args(["view", "--no-version"]).arg(file).output();
        let Ok(printed) = printed else {
            eprintln!("skipped: there is no bcftools");
            return;
        };
        let (output, summary) = run(&std::fs::read(file).unwrap(), &options()).unwrap();
        assert!(without_annotations(&output) == printed.stdout, "{}", file.display());
        assert!(summary.notes.iter().any(|note| note.starts_with("The file is BCF")));
    }
}

const OK: Option<(&str, u32)> = None;

/// Lines of those files, one for each thing that they are about, moved onto the mitochondrion.
#[rstest]
#[case::no_id_quality_or_filter("MT\t123\t.\tG\tA\t.\t.\t.\tGT\t0|0", OK)]
#[case::several_ids("MT\t123\trs1;rs2\tG\tA,T\t100\tPASS\tNS=3\tGT\t0|2", OK)]
#[case::spaces_in_id("MT\t123\trs 1\tG\tA\t100\tPASS\t.\tGT\t0|0", OK)]
#[case::quality_is_a_word("MT\t123\t.\tG\tA\tquality\tPASS\t.\tGT\t0|0", OK)]
#[case::filter_ends_with_a_semicolon("MT\t123\t.\tG\tA\t9\tq10;\t.\tGT\t0|0", OK)]
#[case::filter_is_zero("MT\t123\t.\tG\tA\t9\t0\t.\tGT\t0|0", OK)]
#[case::negative_count("MT\t123\t.\tG\tA\t9\tPASS\tAC=-1;AN=2.5\tGT\t0|0", OK)]
#[case::flag_with_a_value("MT\t123\t.\tG\tA\t9\tPASS\tSOMATIC=5;1000G=x\tGT\t0|0", OK)]
#[case::format_with_a_space("MT\t123\t.\tG\tA\t9\tPASS\t.\tGT:D S\t0|0", OK)]
#[case::genotype_first_is_not("MT\t123\t.\tG\tA\t9\tPASS\t.\tDS:GT\t0.05:0|0", OK)]
#[case::allele_out_of_range("MT\t123\t.\tG\tA\t9\tPASS\t.\tGT\t0|5", OK)]
#[case::more_values_than_keys("MT\t123\t.\tG\tA\t9\tPASS\t.\tGT\t0|0:1:2:3", OK)]
#[case::ploidy("MT\t123\t.\tG\tA\t9\tPASS\t.\tGT:PL\t0/1/1:1,2,3", OK)]
#[case::zero_length_local_alleles("MT\t123\t.\tG\tA\t9\tPASS\t.\tLAA:LGT\t.:0/0", OK)]
#[case::symbolic("MT\t123\t.\tG\t<DUP:TANDEM>\t.\tPASS\tEND=130;SVLEN=7\tGT\t0|1", OK)]
#[case::symbolic_with_brackets("MT\t123\t.\tG\t<INS>BLAH>\t.\tPASS\t.\tGT\t0|1", OK)]
#[case::breakend("MT\t123\tb\tG\tG]MT:300]\t.\tPASS\tSVTYPE=BND\tGT\t0|1", OK)]
#[case::single_breakend("MT\t123\tb\tG\t.A\t.\tPASS\t.\tGT\t0|1", OK)]
#[case::overlapping_deletion("MT\t123\t.\tG\t*,A\t.\tPASS\t.\tGT\t1|2", OK)]
#[case::space_in_alternative("MT\t123\t.\tG\tA T\t.\tPASS\t.\tGT\t0|1", OK)]
#[case::telomere("MT\t0\t.\tN\t]13:123]T\t.\tPASS\tSVTYPE=BND\tGT\t0|1", OK)]
#[case::letter_for_several_bases("MT\t123\t.\tB\tA\t.\tPASS\t.\tGT\t0|1", OK)]
#[case::contig_with_a_star("chr*1\t123\t.\tG\tA\t.\tPASS\t.\tGT\t0|1", OK)]
#[case::contig_with_a_colon("HLA:A\t123\t.\tG\tA\t.\tPASS\t.\tGT\t0|1", OK)]
#[case::contig_with_a_space("chr 1\t123\t.\tG\tA\t.\tPASS\t.\tGT\t0|1", Some(("chromosome_name", 1)))]
#[case::position_with_letters("MT\t123abc\t.\tG\tA\t.\tPASS\t.\tGT\t0|1", Some(("position_not_a_number", 2)))]
#[case::negative_position("MT\t-123\t.\tG\tA\t.\tPASS\t.\tGT\t0|1", Some(("position_not_a_number", 2)))]
#[case::two_references("MT\t123\t.\tG,A\tT\t.\tPASS\t.\tGT\t0|1", Some(("reference_allele", 4)))]
#[case::no_reference("MT\t123\t.\t.\tT\t.\tPASS\t.\tGT\t0|1", Some(("reference_allele", 4)))]
fn lines_of_the_specifications_files(#[case] line: &str, #[case] refusal: Option<(&str, u32)>) {
    let text =
        format!("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\n{line}\n");
    match (run(text.as_bytes(), &options()), refusal) {
        (Ok((output, _)), None) => assert_eq!(String::from_utf8(without_annotations(&output)).unwrap(), text),
        (Err(error), Some((code, column))) => {
            assert_eq!((error.code(), error.line(), error.column()), (code, Some(3), Some(column)));
        }
        (Ok(_), Some(expected)) => panic!("accepted instead of {expected:?}"),
        (Err(error), None) => panic!("{error}"),
    }
}
