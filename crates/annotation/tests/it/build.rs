//! What becomes of public files in a reference, and what is refused.

use gas_annotation::{BuildPlan, Reference, annotate, build};

use crate::support::{HUMAN_MT, options, plan_of, project};

const FASTA: &str = ">chr1\nACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTAC\n";
const GENES: &str = "##gff-version 3
1\tx\tgene\t1\t30\t.\t+\t.\tID=gene:G1;Name=ONE;gene_id=G1
1\tx\tmRNA\t1\t30\t.\t+\t.\tID=transcript:T1;Parent=gene:G1;transcript_id=T1;version=2;biotype=protein_coding
1\tx\texon\t1\t30\t.\t+\t.\tParent=transcript:T1
1\tx\tCDS\t4\t27\t.\t+\t0\tID=CDS:P1;Parent=transcript:T1;protein_id=P1
";

#[test]
fn the_shipped_recipe_gives_37_genes_and_all_of_mitomap() {
    let directory = tempfile::tempdir().unwrap();
    let plan = BuildPlan::from_recipe(&project().join("reference/human-mt/recipe.toml")).unwrap();
    let report = build(&plan, &directory.path().join("mt")).unwrap();
    assert_eq!((report.contigs, report.bases), (1, 16_569));
    assert_eq!((report.genes, report.transcripts, report.coding_transcripts), (37, 37, 13));
    let known: Vec<(u64, u64)> = report.known.iter().map(|known| (known.alleles, known.left_out)).collect();
    insta::assert_json_snapshot!(report.left_out);
    assert_eq!(known, [(19_235, 0), (1038, 6), (117, 0)]);
}

#[test]
fn a_manifest_names_sources_terms_and_checksums() {
    let manifest = HUMAN_MT.manifest();
    assert_eq!((manifest.name.as_str(), manifest.assembly.as_str()), ("human-mt", "rCRS"));
    assert_eq!(manifest.known_fields, ["MITOMAP_AF", "MITOMAP_Disease", "MITOMAP_Status"]);
    let readme = std::fs::read_to_string(project().join("reference/human-mt/README.md")).unwrap();
    for source in &manifest.sources {
        assert!(source.provenance.licence.is_some() && source.provenance.citation.is_some());
        let line = format!("{}  {}", source.sha256, source.file);
        assert!(readme.contains(&line), "{line} is not in the README");
    }
}

#[test]
fn the_same_files_give_the_same_reference() {
    let directory = tempfile::tempdir().unwrap();
    let plan = plan_of(&directory, FASTA, GENES);
    let manifests = ["a", "b"].map(|name| {
        let place = directory.path().join(name);
        build(&plan, &place).unwrap();
        Reference::open(&place).unwrap().manifest().clone()
    });
    assert_eq!(manifests[0], manifests[1]);
}

#[test]
fn nothing_is_written_over_and_nothing_left_behind() {
    let directory = tempfile::tempdir().unwrap();
    let plan = plan_of(&directory, FASTA, GENES);
    let place = directory.path().join("reference");
    build(&plan, &place).unwrap();
    let error = build(&plan, &place).unwrap_err().to_string();
    assert!(error.contains("exists already"), "{error}");
    let bad = BuildPlan { fasta: plan.genes.clone(), ..plan.clone() };
    let error = build(&bad, &directory.path().join("bad")).unwrap_err().to_string();
    assert!(error.contains("small.gff3, line 1: it does not begin with `>`"), "{error}");
    let mut names: Vec<_> =
        directory.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["reference", "small.fa", "small.gff3"]);
}

#[test]
fn parts_that_do_not_belong_together_are_refused_with_advice() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    build(&plan_of(&directory, FASTA, GENES), &place("one")).unwrap();
    build(&plan_of(&directory, &FASTA.replace("ACGTAC\n", "ACGTAA\n"), GENES), &place("other")).unwrap();

    std::fs::copy(place("other").join("genes.bin"), place("one").join("genes.bin")).unwrap();
    let error = Reference::open(&place("one")).unwrap_err().to_string();
    assert!(
        error.contains("genes.bin") && error.contains("another build") && error.contains("again"),
        "{error}"
    );

    std::fs::remove_file(place("other").join("known.bin")).unwrap();
    let error = Reference::open(&place("other")).unwrap_err().to_string();
    assert!(error.contains("known.bin") && error.contains("cannot be read"), "{error}");

    let error = Reference::open(&place("nowhere")).unwrap_err().to_string();
    assert!(error.contains("gas reference build"), "{error}");
}

#[test]
fn a_cut_part_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("one");
    build(&plan_of(&directory, FASTA, GENES), &place).unwrap();
    let part = place.join("sequence.bin");
    let bytes = std::fs::read(&part).unwrap();
    std::fs::write(&part, &bytes[..bytes.len() - 1]).unwrap();
    let error = Reference::open(&place).unwrap_err().to_string();
    assert!(error.contains("bytes where the manifest says"), "{error}");
}

#[test]
fn a_part_whose_bytes_changed_opens_but_is_found_out() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("one");
    build(&plan_of(&directory, FASTA, GENES), &place).unwrap();
    Reference::verify(&place).unwrap();
    let part = place.join("known.bin");
    let mut bytes = std::fs::read(&part).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&part, &bytes).unwrap();
    Reference::open(&place).unwrap();
    let error = Reference::verify(&place).unwrap_err().to_string();
    assert!(error.contains("known.bin") && error.contains("checksum"), "{error}");
}

#[test]
fn files_of_different_assemblies_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let genes = GENES.replace("\n1\t", "\nscaffold_9\t");
    let error =
        build(&plan_of(&directory, FASTA, &genes), &directory.path().join("x")).unwrap_err().to_string();
    assert!(error.contains("scaffold_9") && error.contains("chr1"), "{error}");
}

#[test]
fn what_cannot_be_used_is_counted_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let more = "1\tx\tgene\t1\t90\t.\t+\t.\tID=gene:G2
1\tx\tmRNA\t1\t90\t.\t+\t.\tID=transcript:LONG;Parent=gene:G2
1\tx\texon\t1\t90\t.\t+\t.\tParent=transcript:LONG
1\tx\tmRNA\t1\t20\t.\t+\t.\tID=transcript:TWISTED;Parent=gene:G2
1\tx\texon\t1\t5\t.\t+\t.\tParent=transcript:TWISTED
1\tx\texon\t9\t20\t.\t-\t.\tParent=transcript:TWISTED
1\tx\tmRNA\t1\t20\t.\t+\t.\tID=transcript:SLIPS;Parent=gene:G2
1\tx\texon\t1\t12\t.\t+\t.\tParent=transcript:SLIPS
1\tx\texon\t12\t20\t.\t+\t.\tParent=transcript:SLIPS
1\tx\tpseudogene\t40\t50\t.\t+\t.\tID=gene:PSEUDO
1\tx\texon\t40\t50\t.\t+\t.\tParent=gene:PSEUDO
1\tx\texon\t40\t50\t.\t+\t.\tParent=transcript:NOWHERE
1\tx\tenhancer\t40\t50\t.\t+\t.\tID=E1
2\tx\tgene\t1\t30\t.\t+\t.\tID=gene:G3
";
    let plan = plan_of(&directory, FASTA, &format!("{GENES}{more}"));
    let report = build(&plan, &directory.path().join("x")).unwrap();
    assert_eq!((report.transcripts, report.genes), (1, 1));
    insta::assert_json_snapshot!(report.left_out);
}

#[test]
fn a_name_that_would_break_a_header_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["", "a|b", "../x"] {
        let plan = BuildPlan { name: name.into(), ..plan_of(&directory, FASTA, GENES) };
        let error = build(&plan, &directory.path().join("x")).unwrap_err().to_string();
        assert!(error.contains("cannot be a name"), "{error}");
    }
}

#[test]
fn a_broken_line_of_genes_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let plan = plan_of(&directory, FASTA, &format!("{GENES}1\tx\tgene\tone\t30\t.\t+\t.\tID=g\n"));
    let error = build(&plan, &directory.path().join("x")).unwrap_err().to_string();
    assert!(error.contains("small.gff3, line 6: `one` is no position"), "{error}");
}

#[test]
fn other_names_of_sequences_come_from_a_file_and_from_the_genes() {
    let directory = tempfile::tempdir().unwrap();
    let synonyms = directory.path().join("alias.txt");
    std::fs::write(&synonyms, "# name alias\nchrUn_7\tKI270302.1 HSCHRUN\nscaffold_9 X9\nchrUn_7 AB000001\n")
        .unwrap();
    let fasta = FASTA.replace("chr1", "chrUn_7") + ">AB000001\nACGTACGTACGTACGTACGTACGTACGTACGTA\n";
    let genes = GENES.replace("\n1\t", "\nAB000001.2\t");
    let plan = BuildPlan { synonyms: Some(synonyms), ..plan_of(&directory, &fasta, &genes) };
    let place = directory.path().join("x");
    let report = build(&plan, &place).unwrap();
    let counts: Vec<(&str, u64)> =
        report.left_out.iter().map(|(reason, left_out)| (reason, left_out.count)).collect();
    let expected = [
        ("line of synonyms that no sequence answers to", 1),
        ("line of synonyms that several sequences answer to", 1),
    ];
    assert_eq!(counts, expected);
    let reference = Reference::open(&place).unwrap();
    let input = "KI270302.1\t5\t.\tA\tG\t.\t.\t.\nHSCHRUN\t9\t.\tA\tG\t.\t.\t.\nAB000001.2\t5\t.\tA\tG\t.\t.\t.\nX9\t5\t.\tA\tG\t.\t.\t.\n";
    let summary = annotate(input.as_bytes(), "x.vcf", Vec::new(), &reference, &options(), &|_| {}).unwrap();
    assert_eq!((summary.records.read, summary.records.annotated), (4, 3));
}
