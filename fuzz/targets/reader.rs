//! Any bytes as an input: annotated, kept or refused, never a panic; and without CSQ what is left is the input.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use gas_annotation::{BuildPlan, Entries, Fault, Limits, Options, Presentation, Reference, annotate, build};
use libfuzzer_sys::fuzz_target;

static HUMAN_MT: LazyLock<Reference> = LazyLock::new(|| {
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reference/human-mt/recipe.toml");
    let folder = tempfile::tempdir().expect("a folder for the reference");
    let place = folder.path().join("human-mt");
    build(&BuildPlan::from_recipe(&recipe).expect("the recipe"), &place).expect("the build");
    Reference::open(&place).expect("the reference")
});

fuzz_target!(|bytes: &[u8]| {
    // The first byte chooses the options, so that the rest can be a real file.
    let Some((choice, input)) = bytes.split_first() else { return };
    let options = Options {
        threads: 1,
        hgvs: choice & 1 == 0,
        strict: choice & 2 != 0,
        exact_vep: choice & 4 != 0,
        phased: choice & 8 != 0,
        presentation: Presentation {
            no_intergenic: choice & 16 != 0,
            allele_number: choice & 64 != 0,
            entries: if choice & 32 != 0 { Entries::CsqAndAnn } else { Entries::Csq },
            ..Presentation::default()
        },
        limits: Limits { max_line_bytes: 1 << 16, max_unpacked_bytes: Some(1 << 22), ..Limits::default() },
        ..Options::default()
    };
    let mut output = Vec::new();
    match annotate(input, "fuzz.vcf", &mut output, &HUMAN_MT, &options, &|_| {}) {
        Ok(summary) => {
            let kept: u64 = summary.records.kept.iter().map(|kept| kept.count).sum();
            assert_eq!(summary.records.read, summary.records.annotated + kept);
            let mut log = Vec::new();
            summary.write_log(&mut log).expect("memory takes all");
            if is_text(input) {
                let keys: [&[u8]; 3] = [b"CSQ", b"ANN", b"HAPCSQ"];
                // The mark before the first line is left out by intent.
                let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
                assert_eq!(
                    bare(input, &keys),
                    bare(&output, &keys),
                    "what is left without annotations is not the input"
                );
            }
        }
        Err(error) => {
            assert!(!matches!(error.fault(), Fault::Internal | Fault::Write { .. }), "{error}");
        }
    }
});

fn is_text(input: &[u8]) -> bool {
    !input.starts_with(b"\x1f\x8b") && !input.starts_with(b"BCF")
}

/// The records without entries of these keys; what their headers lack or replace is not compared.
fn bare(file: &[u8], keys: &[&[u8]]) -> Vec<Vec<u8>> {
    let records = file.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#"));
    let records = records.filter(|line| line.contains(&b'\t'));
    records.map(|line| without(line, keys)).collect()
}

fn without(line: &[u8], keys: &[&[u8]]) -> Vec<u8> {
    let end = line.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
    let (text, ending) = line.split_at(end);
    let mut columns: Vec<Vec<u8>> = text.split(|byte| *byte == b'\t').map(<[u8]>::to_vec).collect();
    if let Some(info) = columns.get_mut(7) {
        let is_added = |entry: &&[u8]| {
            let key = entry.split(|byte| *byte == b'=').next().unwrap_or_default();
            keys.contains(&key)
        };
        let others: Vec<&[u8]> = info.split(|byte| *byte == b';').filter(|entry| !is_added(entry)).collect();
        // An INFO of which an older entry was all there was may say so or be empty.
        *info = if others.iter().all(|entry| entry.is_empty()) { b".".to_vec() } else { others.join(&b';') };
    }
    [&columns.join(&b'\t')[..], ending].concat()
}
