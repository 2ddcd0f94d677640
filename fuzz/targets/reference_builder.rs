//! Any bytes as FASTA, as genes (GFF3, GTF, genePred) or as intervals: a reference that opens and annotates, or an error, never a panic.
#![no_main]

use std::fs;
use std::path::Path;

use gas_annotation::{BuildPlan, IntervalMode, IntervalSource, Options, Reference, annotate, build};
use libfuzzer_sys::fuzz_target;

/// A sequence that made-up genes can lie on, and genes that can lie on made-up sequences.
const FASTA: &[u8] = b">1\nATGAAACGCATTAGCACCACCATTACCACCACCATCACCATTACCACAGGTAACGGTGCGGGCTGACGCGTACAGGAAACACAGTAA\n\
    >MT circular=true\nGATCACAGGTCTATCACCCTATTAACCACTCACGGGAGCTCTCCATGCATTTGGTATTTTCGTCTGGGGGGTATGCACGCGATAGCAT\n";
const GENES: &[u8] = b"##gff-version 3\n1\tx\tgene\t1\t60\t.\t+\t.\tID=gene:g;Name=G\n\
    1\tx\tmRNA\t1\t60\t.\t+\t.\tID=transcript:t;Parent=gene:g\n1\tx\texon\t1\t20\t.\t+\t.\tParent=transcript:t\n\
    1\tx\texon\t31\t60\t.\t+\t.\tParent=transcript:t\n1\tx\tCDS\t4\t20\t.\t+\t0\tParent=transcript:t\n\
    1\tx\tCDS\t31\t50\t.\t+\t1\tParent=transcript:t\n";
const VARIANTS: &[u8] = b"1\t1\t.\tA\tG\t.\t.\t.\n1\t5\t.\tA\tAGG,T,*\t.\t.\t.\n1\t10\t.\tATT\tA\t.\t.\t.\n\
    1\t20\t.\tC\t<DEL>\t.\t.\tEND=40\n1\t30\t.\tN\tG,GAT\t.\t.\t.\n1\t48\t.\tA\tC\t.\t.\t.\nMT\t1\t.\tG\tA\t.\t.\t.\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, source)) = bytes.split_first() else { return };
    let is_intervals = *choice >= 128;
    let (fasta, genes) = match choice % 3 {
        _ if is_intervals => (FASTA, GENES),
        0 => (source, GENES),
        1 => (FASTA, source),
        _ => {
            let middle = source.iter().position(|byte| *byte == 0).unwrap_or(source.len());
            let (fasta, genes) = source.split_at(middle);
            (fasta, genes.get(1..).unwrap_or_default())
        }
    };
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    let plan = BuildPlan {
        name: "fuzz".into(),
        assembly: "none".into(),
        fasta: write("fuzz.fa", fasta),
        genes: write("fuzz.gff3", genes),
        intervals: if is_intervals { intervals(&write("fuzz.txt", source)) } else { Vec::new() },
        ..BuildPlan::default()
    };
    let place = folder.path().join("built");
    if build(&plan, &place).is_ok() {
        annotate_with(&place);
    }
});

fn intervals(path: &Path) -> Vec<IntervalSource> {
    let modes = [("overlap", IntervalMode::Overlap), ("nearest", IntervalMode::Nearest), ("count", IntervalMode::Count)];
    modes.map(|(id, mode)| IntervalSource { mode, upstream: 5, most: 3, ..IntervalSource::new(id, path.to_owned()) }).into()
}

fn annotate_with(place: &Path) {
    let reference = Reference::open(place).expect("what was built opens");
    let options = Options { threads: 1, ..Options::default() };
    annotate(VARIANTS, "fuzz.vcf", &mut Vec::new(), &reference, &options, &|_| {}).expect("annotated");
}
