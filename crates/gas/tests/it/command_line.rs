//! The program as it is typed.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, ExitStatus, Output, Stdio},
};

use tempfile::TempDir;

const INPUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/inputs/free_1.vcf");
const HEADER: &str = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

/// A home of its own, with nothing from the caller's environment.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gas"));
        command.args(arguments).current_dir(self.path()).env_clear().env("HOME", self.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A line of the output as it was before it was annotated.
fn without_annotation(line: &str) -> String {
    let (before, _) = line.split_once(";CSQ=").unwrap_or((line, ""));
    before.to_owned()
}

#[test]
fn standard_input_is_annotated_to_standard_output_and_all_else_stays() {
    let home = Home::new();
    let input = fs::read_to_string(INPUT).unwrap();
    let output = home.command(&["annotate", "-"]).stdin(fs::File::open(INPUT).unwrap()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let annotated = text(&output.stdout);
    assert!(annotated.contains("##gas_command="), "the header says how the file came to be");
    assert!(annotated.contains("|missense_variant|MODERATE|MT-ND1|ENSG00000198888|"));
    let added = ["##INFO=<ID=CSQ,", "##gas_"];
    let rest = annotated.lines().filter(|line| !added.iter().any(|start| line.starts_with(start)));
    let rest: Vec<String> = rest.map(without_annotation).collect();
    assert_eq!(rest, input.lines().collect::<Vec<_>>());
}

#[test]
fn a_file_gets_its_name_only_when_it_is_whole() {
    let home = Home::new();
    home.write("bad.vcf", format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\t.\nMT\tx\t.\tA\tG\t.\t.\t.\n"));
    let output = home.run(&["annotate", "bad.vcf", "-o", "bad.annot.vcf", "--log", "bad.log"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("bad.vcf, line 4, column 2 (POS)"), "{said}");
    let names: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        names.iter().all(|name| name == "bad.vcf" || name == ".local"),
        "nothing half written: {names:?}"
    );
}

#[test]
fn a_strict_run_refuses_what_another_only_says() {
    let home = Home::new();
    home.write("two.vcf", format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\t.\n1\t5\t.\tA\tG\t.\t.\t.\n"));
    let said = home.run(&["annotate", "two.vcf", "-o", "said.vcf"]);
    assert!(
        said.status.success()
            && text(&said.stderr).contains("lacks the contigs of 1 line, first on line 4: 1")
    );
    let refused = home.run(&["annotate", "two.vcf", "-o", "refused.vcf", "--strict"]);
    assert_eq!(refused.status.code(), Some(1));
    let reason = text(&refused.stderr);
    assert!(
        reason.contains("two.vcf, line 4: the file and the reference do not belong together"),
        "{reason}"
    );
    assert!(!home.path().join("refused.vcf").exists());
}

#[test]
fn phased_alleles_of_a_codon_are_told_together() {
    let home = Home::new();
    let line =
        |position: u32, genotypes: &str| format!("MT\t{position}\t.\tC\tA\t.\t.\t.\tGT\t{genotypes}\n");
    let header = HEADER.replace("INFO\n", "INFO\tFORMAT\tone\ttwo\n");
    home.write("in.vcf", format!("{header}{}{}", line(3310, "0|1\t0/1"), line(3311, "0|1\t1/0")));
    let output = home.run(&["annotate", "in.vcf", "-o", "out.vcf", "--log", "out.log", "--phased"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let annotated = home.read("out.vcf");
    assert!(annotated.contains("##INFO=<ID=HAPCSQ,"), "the header tells of the entry");
    assert!(annotated.contains(";HAPCSQ=missense_variant|MODERATE|MT-ND1|ENSG00000198888|"), "{annotated}");
    assert!(annotated.contains("|3310C>A&3311C>A||1|one:2\tGT"), "{annotated}");
    assert!(annotated.contains(";HAPCSQ=@3310\tGT"), "{annotated}");
    assert!(home.read("out.log").contains("2 heterozygous"), "those without phase are counted");
    let plain = home.run(&["annotate", "in.vcf", "-o", "-"]);
    assert!(!text(&plain.stdout).contains("HAPCSQ"));
}

#[test]
fn the_name_of_the_output_decides_how_it_is_packed() {
    let home = Home::new();
    let flags = ["annotate", INPUT, "-o", "out.vcf.gz", "--log", "out.log", "--summary", "out.json"];
    let output = home.run(&flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let packed = fs::read(home.path().join("out.vcf.gz")).unwrap();
    assert_eq!(&packed[..4], b"\x1f\x8b\x08\x04", "bgzip's header");
    assert!(home.read("out.log").contains("1,140  annotated"));
    let summary: serde_json::Value = serde_json::from_str(&home.read("out.json")).unwrap();
    assert_eq!(summary["records"]["read"], 1141);
}

#[test]
fn references_are_found_by_name_and_told_when_missing() {
    let home = Home::new();
    let listed = home.run(&["reference", "list"]);
    assert_eq!(text(&listed.stdout), "human-mt  rCRS\n");
    let shown = home.run(&["reference", "inspect", "human-mt"]);
    assert!(text(&shown.stdout).contains("CC BY 3.0"), "terms are shown");
    let missing = home.run(&["annotate", INPUT, "--reference", "narnia"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("there is no reference `narnia`"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    let mut child =
        home.command(&["annotate", INPUT]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let home = Home::new();
    home.write("gas.toml", "[embedded.smtp]\nurl = \"smtps://ada:sesame@mail.example.org\"\n");
    let output = home.run(&["check"]);
    let shown = text(&output.stdout);
    assert!(shown.contains("[plans.free]") && shown.contains("[embedded.smtp]"), "{shown}");
    assert!(!shown.contains("sesame"), "{shown}");
    assert!(shown.contains("# ok       reference `human-mt` (rCRS)"), "{shown}");
}

#[test]
fn an_unknown_setting_is_an_error_that_names_it() {
    let home = Home::new();
    let output = home.command(&["check"]).env("GAS__PLANS__FREE__RETENTOIN", "5s").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("retentoin"), "{}", text(&output.stderr));
}

/// Runs the annotator's child with a limit on an input that never ends.
fn endless(home: &Home, limit: &[&str], chunk: &[u8]) -> ExitStatus {
    let flags = ["annotate", "-", "-o", "out.vcf", "--log", "out.log", "--report"];
    let mut child = home
        .command(&[&flags[..], limit].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let fed: io::Result<()> = stdin.write_all(HEADER.as_bytes()).and_then(|()| {
        // Far more than any limit lets through; the child's end breaks the pipe.
        (0..1_000_000).try_for_each(|_| stdin.write_all(chunk))
    });
    assert!(fed.is_err(), "the child ended before its input did");
    child.wait().unwrap()
}

#[test]
fn too_large_an_output_ends_the_child_by_its_signal() {
    let home = Home::new();
    let status = endless(&home, &["--max-output", "100000"], &b"MT\t73\t.\tA\tG\t.\t.\t.\n".repeat(1000));
    assert_eq!(status.signal(), Some(25), "SIGXFSZ: {status:?}");
}

#[test]
fn too_much_processor_time_ends_the_child_by_its_signal() {
    let home = Home::new();
    home.run(&["reference", "list"]);
    let status = endless(&home, &["--max-cpu-time", "1"], &b"MT\t3308\t.\tT\tC\t.\t.\t.\n".repeat(1000));
    assert_eq!(status.signal(), Some(24), "SIGXCPU: {status:?}");
}

#[test]
fn too_much_memory_ends_the_child_and_nothing_else() {
    let home = Home::new();
    let long_line = vec![b'A'; 1 << 20];
    let status = endless(&home, &["--max-memory", "60000000"], &long_line);
    assert_eq!(status.signal(), Some(6), "SIGABRT, as Rust ends when memory is refused: {status:?}");
}

#[test]
fn a_reference_larger_than_the_limit_of_memory_can_be_used() {
    let home = Home::new();
    // One sequence of 70 million bases; a limit of the addressed memory would not even let it be mapped.
    let line = format!("{}\n", "A".repeat(1_000_000));
    home.write("big.fa", format!(">1\n{}", line.repeat(70)));
    home.write(
        "big.gff3",
        "##gff-version 3\n1\tx\tgene\t100\t300\t.\t+\t.\tID=gene:G;biotype=lncRNA\n\
        1\tx\tlnc_RNA\t100\t300\t.\t+\t.\tID=transcript:T;Parent=gene:G;biotype=lncRNA\n\
        1\tx\texon\t100\t300\t.\t+\t.\tParent=transcript:T\n",
    );
    let flags = [
        "reference",
        "build",
        "--name",
        "big",
        "--assembly",
        "x",
        "--fasta",
        "big.fa",
        "--genes",
        "big.gff3",
    ];
    let built = home.run(&flags);
    assert!(built.status.success(), "{}", text(&built.stderr));
    home.write("a.vcf", format!("{HEADER}1\t200\t.\tA\tG\t.\t.\t.\n"));
    let output = home.run(&["annotate", "a.vcf", "--reference", "big", "--max-memory", "60000000"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("non_coding_transcript_exon_variant"), "{}", text(&output.stdout));
}

#[test]
fn an_index_lies_beside_the_file_and_goes_with_it() {
    let home = Home::new();
    home.write("sorted.vcf", format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\t.\n"));
    home.write("unsorted.vcf", format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\t.\nMT\t72\t.\tT\tC\t.\t.\t.\n"));
    let exists = |name: &str| home.path().join(name).exists();
    assert!(home.run(&["annotate", "sorted.vcf", "-o", "out.vcf.gz"]).status.success());
    assert!(exists("out.vcf.gz.tbi"));
    assert!(home.run(&["convert", "out.vcf.gz", "-o", "copy.vcf.gz", "--index", "csi"]).status.success());
    assert!(exists("copy.vcf.gz.csi"));
    let output = home.run(&["annotate", "unsorted.vcf", "-o", "out.vcf.gz"]);
    assert!(text(&output.stderr).contains("note: there is no index: the records are not sorted"));
    assert!(!exists("out.vcf.gz.tbi"), "an index of another file would lead astray");
}

#[test]
fn a_file_is_converted_into_what_its_name_tells() {
    let home = Home::new();
    assert!(home.run(&["annotate", INPUT, "-o", "a.vcf.gz", "--index", "none"]).status.success());
    for (name, start) in [("a.tsv", "## gas_command="), ("a.jsonl", "{\"id\":")] {
        let output = home.run(&["convert", "a.vcf.gz", "-o", name]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(home.read(name).starts_with(start));
    }
    home.write("formula.vcf", format!("{HEADER}MT\t73\t=1+1\tA\tG\t.\t.\t.\n"));
    for (format, cell) in [("tsv", "\n'=1+1\t"), ("plain-tsv", "\n=1+1\t")] {
        assert!(
            text(&home.run(&["annotate", "formula.vcf", "-O", format]).stdout).contains(cell),
            "{format}"
        );
    }
    let refused = home.run(&["convert", INPUT, "-O", "tsv"]);
    assert!(text(&refused.stderr).contains("Annotate the file first"), "{}", text(&refused.stderr));
    let refused = home.run(&["annotate", INPUT, "-O", "json", "--ann"]);
    assert!(text(&refused.stderr).contains("`--ann` adds entries to INFO"));
}

#[test]
fn a_report_is_made_of_the_counts() {
    let home = Home::new();
    home.run(&["annotate", INPUT, "--summary", "a.json", "--report-html", "first.html", "-o", "a.vcf"]);
    let page = home.run(&["report", "a.json"]);
    assert_eq!(text(&page.stdout), home.read("first.html"));
    let table: serde_json::Value =
        serde_json::from_slice(&home.run(&["report", "a.json", "-O", "multiqc"]).stdout).unwrap();
    assert!(table["data"].is_object(), "{table}");
    home.write("a.json", "{}");
    assert!(!home.run(&["report", "a.json"]).status.success());
}
