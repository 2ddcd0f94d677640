//! Building references and annotating texts.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gas_annotation::{BuildPlan, Error, Options, Reference, Summary, annotate, build};
use tempfile::TempDir;

pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One of the real inputs.
pub(crate) fn input(name: &str) -> Vec<u8> {
    std::fs::read(project().join("tests/inputs").join(name)).unwrap()
}

/// The shipped reference, built once for all tests of this program.
pub(crate) static HUMAN_MT: LazyLock<Reference> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("human-mt");
    let plan = BuildPlan::from_recipe(&project().join("reference/human-mt/recipe.toml")).unwrap();
    build(&plan, &place).unwrap();
    // The maps stay although the files go.
    Reference::open(&place).unwrap()
});

/// Files from which a reference can be built.
pub(crate) fn plan_of(directory: &TempDir, fasta: &str, genes: &str) -> BuildPlan {
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    BuildPlan {
        name: "small".into(),
        assembly: "none".into(),
        fasta: write("small.fa", fasta),
        genes: write("small.gff3", genes),
        ..BuildPlan::default()
    }
}

pub(crate) fn options() -> Options {
    Options {
        threads: 2,
        command_line: "gas annotate x.vcf".into(),
        program: "gas test".into(),
        ..Options::default()
    }
}

pub(crate) fn run(input: &[u8], options: &Options) -> Result<(Vec<u8>, Summary), Error> {
    let mut output = Vec::new();
    let summary = annotate(input, "x.vcf", &mut output, &HUMAN_MT, options, &|_| {})?;
    Ok((output, summary))
}

pub(crate) fn run_text(input: &str) -> (String, Summary) {
    let (output, summary) = run(input.as_bytes(), &options()).unwrap();
    (String::from_utf8(output).unwrap(), summary)
}

/// The log without what changes from run to run.
pub(crate) fn log_of(mut summary: Summary) -> String {
    summary.seconds = 0.0;
    summary.reference.build = "BUILD".into();
    let mut log = Vec::new();
    summary.write_log(&mut log).unwrap();
    String::from_utf8(log).unwrap()
}

pub(crate) const HEADER: &str = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

/// Starts of entries and of header lines that runs add.
const ENTRIES: [&[u8]; 3] = [b"CSQ=", b"ANN=", b"HAPCSQ="];
const LINES: [&[u8]; 7] = [
    b"##INFO=<ID=CSQ,",
    b"##INFO=<ID=ANN,",
    b"##INFO=<ID=HAPCSQ,",
    b"##gas_command=",
    b"##gas_field=",
    b"##gas_input=",
    b"##gas_reference=",
];

/// An annotated file without the lines and entries that were added to it.
pub(crate) fn without_annotations(output: &[u8]) -> Vec<u8> {
    let added = |line: &&[u8]| LINES.iter().any(|start| line.starts_with(start));
    let lines = output.split_inclusive(|byte| *byte == b'\n').filter(|line| !added(line));
    lines.flat_map(without_csq).collect()
}

fn without_csq(line: &[u8]) -> Vec<u8> {
    let end = line.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
    let (text, ending) = line.split_at(end);
    let mut columns: Vec<&[u8]> = text.splitn(9, |byte| *byte == b'\t').collect();
    let mut rest = Vec::new();
    if let Some(info) = columns.get_mut(7).filter(|_| !line.starts_with(b"#")) {
        let others: Vec<&[u8]> = info
            .split(|byte| *byte == b';')
            .filter(|entry| !ENTRIES.iter().any(|start| entry.starts_with(start)))
            .collect();
        rest = if others.is_empty() { b".".to_vec() } else { others.join(&b';') };
        *info = &rest;
    }
    let whole = columns.join(&b'\t');
    drop(rest);
    [&whole, ending].concat()
}
