//! Runs that refuse what other runs only count and say.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use gas_annotation::{BuildPlan, KnownSource, Options, Reference, annotate, build};
use tempfile::TempDir;

use crate::support::{HEADER, options, plan_of, run};

fn strict() -> Options {
    Options { strict: true, ..options() }
}

#[test]
fn a_file_that_belongs_to_the_reference_passes() {
    assert!(run(format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\t.\n").as_bytes(), &strict()).is_ok());
}

#[test]
fn contigs_that_the_reference_lacks_are_refused_with_the_first_line_and_their_number() {
    let text = format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\t.\n1\t5\t.\tA\tG\t.\t.\t.\n2\t5\t.\tA\tG\t.\t.\t.\n");
    let error = run(text.as_bytes(), &strict()).unwrap_err();
    assert_eq!((error.code(), error.line(), error.column()), ("doubtful", Some(4), None));
    insta::assert_snapshot!(error, @"x.vcf, line 4: the file and the reference do not belong together: The reference human-mt (rCRS) lacks the contigs of 2 lines of 2 contigs, first on line 4: 1. Use the reference of the file's assembly; without `--strict` such lines are kept as they are and counted.");
}

#[test]
fn other_bases_are_refused() {
    let text =
        format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\t.\nMT\t74\t.\tA\tG\t.\t.\t.\n1\t5\t.\tA\tG\t.\t.\t.\n");
    let error = run(text.as_bytes(), &strict()).unwrap_err();
    assert_eq!((error.code(), error.line()), ("doubtful", Some(4)));
    insta::assert_snapshot!(error, @"x.vcf, line 4: the file and the reference do not belong together: The reference human-mt (rCRS) lacks the contigs of 1 line, first on line 5: 1. REF differs from the reference on 1 line, first on line 4: REF is A where the reference has T at MT:74. Use the reference of the file's assembly; without `--strict` such lines are kept as they are and counted.");
}

/// A contig of 400 bases, and a collection that knows a single allele of it, at its end.
fn reference_with_one_known_allele() -> (TempDir, Reference) {
    let directory = tempfile::tempdir().unwrap();
    let genes = "##gff-version 3\nc\tx\tgene\t1\t60\t.\t+\t.\tID=gene:g\n\
                 c\tx\tlnc_RNA\t1\t60\t.\t+\t.\tID=transcript:t;Parent=gene:g\nc\tx\texon\t1\t60\t.\t+\t.\tParent=transcript:t\n";
    let known = directory.path().join("known.vcf");
    std::fs::write(&known, "c\t398\tk1\tC\tCGGGG\t.\t.\t.\n").unwrap();
    let source = KnownSource { id: "FEW".into(), path: known, ..KnownSource::default() };
    let plan = plan_of(&directory, &format!(">c\n{}\n", "AC".repeat(200)), genes);
    let place = directory.path().join("built");
    build(&BuildPlan { known: vec![source], ..plan }, &place).unwrap();
    let reference = Reference::open(&place).unwrap();
    (directory, reference)
}

/// All changes of single bases, up to a number.
fn changes(number: usize) -> String {
    let each = (1..=400_usize).flat_map(|position| {
        let base = if position % 2 == 1 { 'A' } else { 'C' };
        let others = "ACGT".chars().filter(move |other| *other != base);
        others.map(move |other| format!("c\t{position}\t.\t{base}\t{other}\t.\t.\t.\n"))
    });
    HEADER.to_owned() + &each.take(number).collect::<String>()
}

#[test]
fn a_collection_that_knows_none_of_a_thousand_is_said_and_refused() {
    let (_directory, reference) = reference_with_one_known_allele();
    let run = |text: &str, options: &Options| {
        annotate(text.as_bytes(), "x.vcf", Vec::new(), &reference, options, &|_| {})
    };
    let error = run(&changes(1000), &strict()).unwrap_err();
    assert_eq!((error.code(), error.line()), ("doubtful", Some(3)));
    insta::assert_snapshot!(error, @"x.vcf, line 3: the file and the reference do not belong together: FEW knows none of 1000 alleles on contigs where it has alleles, first c on line 3. Use the reference of the file's assembly; without `--strict` such lines are kept as they are and counted.");
    let notes = run(&changes(1000), &options()).unwrap().notes;
    assert!(notes.iter().any(|note| note.starts_with("FEW knows none of 1000 alleles")), "{notes:?}");

    let few = run(&changes(999), &strict()).unwrap();
    assert!(few.notes.is_empty(), "{:?}", few.notes);
    let with_it = changes(1000) + "c\t398\t.\tC\tCGGGG\t.\t.\t.\n";
    assert_eq!(run(&with_it, &strict()).unwrap().known[0].alleles, 1);
}
