//! The test cases of `bcftools csq` against what is said here, each consequence of each record.
//!
//! `testdata/csq/README.md` tells where they are from; `differences.tsv` there lists where the two tools define things
//! differently. Anything else that differs is a fault, and so is a difference that is no more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gas_annotation::{BuildPlan, Options, Reference, annotate, build};

use crate::support::{options, project};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/csq").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).expect("the file is there")
}

fn reference() -> Reference {
    let directory = tempfile::tempdir().expect("a place to build");
    let place = directory.path().join("csq");
    let plan = BuildPlan {
        name: "csq".into(),
        assembly: "slices".into(),
        fasta: file("cases.fa.gz"),
        genes: file("cases.gff3.gz"),
        ..BuildPlan::default()
    };
    build(&plan, &place).expect("the reference is built");
    Reference::open(&place).expect("it opens")
}

/// A record with what bcftools says of it.
struct Record<'a> {
    contig: &'a str,
    position: &'a str,
    alleles: [&'a str; 2],
    genotypes: &'a str,
    /// Where a symbolic allele ends.
    info: &'a str,
    expected: Vec<&'a str>,
}

/// The cases by their names.
fn cases(text: &str) -> BTreeMap<&str, Vec<Record<'_>>> {
    let mut cases = BTreeMap::new();
    let mut name = "";
    for line in text.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        if columns[0] == "#case" {
            name = columns[1];
            cases.insert(name, Vec::new());
            continue;
        }
        let expected = columns[5].split(',').filter(|entry| *entry != ".").collect();
        let record = Record {
            contig: columns[0],
            position: columns[1],
            alleles: [columns[2], columns[3]],
            genotypes: columns[4],
            info: columns.get(6).copied().unwrap_or("."),
            expected,
        };
        cases.get_mut(name).expect("a case has begun").push(record);
    }
    cases
}

/// What is said here of a record: rows of CSQ by transcript, and entries of HAPCSQ.
#[derive(Default)]
struct Said {
    rows: BTreeMap<String, Vec<String>>,
    joint: Vec<Vec<String>>,
    elsewhere: Vec<String>,
}

fn say(records: &[Record<'_>], reference: &Reference) -> Vec<Said> {
    let samples = records[0].genotypes.split(' ').count();
    let names: Vec<String> = (1..=samples).map(|number| format!("S{number}")).collect();
    let mut vcf = format!(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n",
        names.join("\t")
    );
    vcf.extend(records.iter().map(|record| {
        let Record { contig, position, alleles: [reference, alternatives], genotypes, info, .. } = record;
        let genotypes = genotypes.replace(' ', "\t");
        format!("{contig}\t{position}\t.\t{reference}\t{alternatives}\t.\t.\t{info}\tGT\t{genotypes}\n")
    }));
    let options = Options { phased: true, ..options() };
    let mut output = Vec::new();
    annotate(vcf.as_bytes(), "case", &mut output, reference, &options, &|_| {}).expect("it is annotated");
    let output = String::from_utf8(output).expect("text in, text out");
    output.lines().filter(|line| !line.starts_with('#')).map(read).collect()
}

fn read(line: &str) -> Said {
    let info = line.split('\t').nth(7).expect("eight columns");
    let entries = |key: &str| {
        let value = info.split(';').find_map(|entry| entry.strip_prefix(key)).unwrap_or_default();
        value.split(',').filter(|entry| !entry.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let fields = |entry: &str| entry.split('|').map(str::to_owned).collect::<Vec<_>>();
    let (elsewhere, joint): (Vec<_>, Vec<_>) =
        entries("HAPCSQ=").into_iter().partition(|entry| entry.starts_with('@'));
    Said {
        rows: entries("CSQ=").iter().map(|row| (fields(row)[6].clone(), fields(row))).collect(),
        joint: joint.iter().map(|entry| fields(entry)).collect(),
        elsewhere,
    }
}

/// Sequence Ontology terms in the words of bcftools, as far as it has words for them.
fn in_their_words(terms: &str) -> BTreeSet<String> {
    let words = terms.split('&').filter_map(|term| {
        let word = match term {
            "NMD_transcript_variant"
            | "splice_polypyrimidine_tract_variant"
            | "downstream_gene_variant"
            | "upstream_gene_variant" => return None,
            "splice_donor_5th_base_variant" | "splice_donor_region_variant" => "splice_region",
            "5_prime_UTR_variant" => "5_prime_utr",
            "3_prime_UTR_variant" => "3_prime_utr",
            "protein_altering_variant" => "inframe_altering",
            "non_coding_transcript_exon_variant" => "non_coding",
            _ => term.strip_suffix("_variant").unwrap_or(term),
        };
        Some(word.to_owned())
    });
    let mut words: BTreeSet<String> = words.collect();
    if words.iter().any(|word| word.starts_with("splice")) {
        words.remove("intron");
    }
    words
}

/// `8LR>7QRR` as its number, the residues before and those after.
fn parts(change: &str) -> (usize, &str, &str) {
    let cut = |text: &'_ str| text.find(|letter: char| !letter.is_ascii_digit()).expect("residues");
    let (before, after) = change.split_once('>').unwrap_or((change, change));
    let (start, residues) = before.split_at(cut(before));
    (start.parse().expect("a number"), residues, &after[cut(after)..])
}

/// `A/F`, or `A` when nothing changes.
fn amino_acids(change: &str) -> String {
    let (_, before, after) = parts(change);
    if before == after { before.to_owned() } else { format!("{before}/{after}") }
}

/// Of a shifted frame: the first changed residue, and from there the distance to the stop; 1 is the stop itself.
fn shift(change: &str) -> (usize, Option<usize>) {
    let (start, before, after) = parts(change);
    let same = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
    (start + same, after.ends_with('*').then(|| after.len() - same))
}

/// The same from `P:p.Ile453LeufsTer6`.
fn shift_of_name(name: &str) -> Option<(usize, Option<usize>)> {
    let change = name.split_once(":p.")?.1.get(3..)?;
    let end = change.find(|letter: char| !letter.is_ascii_digit())?;
    let distance = match change.split_once("fsTer") {
        Some((_, distance)) => distance.parse().ok(),
        None => Some(1),
    };
    Some((change[..end].parse().ok()?, distance))
}

/// What bcftools says of a record on a transcript: of the record alone, its entries as one, or of several together.
struct Told<'a> {
    terms: BTreeSet<String>,
    transcript: &'a str,
    strand: &'a str,
    change: Option<&'a str>,
    variants: Vec<&'a str>,
}

fn told<'a>(entries: &[&'a str]) -> Vec<Told<'a>> {
    let mut told: Vec<Told<'a>> = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.starts_with('@')) {
        let fields: Vec<&str> = entry.trim_start_matches('*').split('|').collect();
        // That a transcript is degraded is no consequence of a variant.
        let terms = fields[0].split('&').filter(|term| *term != "NMD_transcript").map(str::to_owned);
        let variants: Vec<&str> = fields.get(6).map_or(vec![], |variants| variants.split('+').collect());
        let alone = variants.len() < 2;
        match told.iter_mut().find(|it| alone && it.variants.len() < 2 && it.transcript == fields[2]) {
            Some(it) => {
                it.terms.extend(terms);
                it.change = it.change.or(fields.get(5).copied());
            }
            None => told.push(Told {
                terms: terms.collect(),
                transcript: fields[2],
                strand: fields.get(4).copied().unwrap_or_default(),
                change: fields.get(5).copied(),
                variants,
            }),
        }
    }
    told
}

/// Terms, protein name and amino acids, as said here.
type Saying = (String, String, String);

fn row(said: &Said, transcript: &str) -> Option<Saying> {
    // bcftools tells introns of genes, not of transcripts.
    let row = if transcript.is_empty() { said.rows.values().next() } else { said.rows.get(transcript) }?;
    Some((row[1].clone(), row[11].clone(), row[15].clone()))
}

/// The group of the same variants; where bcftools goes on behind a stop, the group that brings the stop.
fn group(it: &Told<'_>, said: &[Said], records: &[Record<'_>]) -> Option<Saying> {
    // bcftools tells splice sites and untranslated regions of each record alone.
    let alone = |term: &&str| !term.starts_with("splice") && *term != "3_prime_UTR_variant";
    let coding = |terms: &str| terms.split('&').filter(alone).collect::<Vec<_>>().join("&");
    let of = |entry: &Vec<String>| (coding(&entry[0]), entry[6].clone(), entry[8].clone());
    let is_untranslated = |variant: &str| {
        records.iter().any(|record| {
            variant == format!("{}{}>{}", record.position, record.alleles[0], record.alleles[1])
                && record.expected.iter().any(|entry| entry.starts_with("3_prime_utr"))
        })
    };
    let of_coding = |entry: &&Vec<String>| {
        let variants = entry[9].split('&').filter(|variant| !is_untranslated(variant));
        variants.collect::<Vec<_>>().join("&")
    };
    let mine = |entry: &&Vec<String>| entry[4] == it.transcript && entry[10].is_empty();
    let here = || said.iter().flat_map(|said| &said.joint).filter(mine);
    let all = it.variants.join("&");
    if let Some(entry) = here().find(|entry| of_coding(entry) == all) {
        return Some(of(entry));
    }
    let ends_with_stop = it.change.is_some_and(|change| change.ends_with('*'));
    let first = *if it.strand == "+" { it.variants.first() } else { it.variants.last() }?;
    let part = here()
        .find(|entry| entry[9].split('&').all(|one| it.variants.contains(&one)) && entry[9].contains(first));
    let alone = || {
        let at = records.iter().position(|record| first.starts_with(record.position))?;
        row(&said[at], it.transcript)
    };
    part.map(of).or_else(alone).filter(|_| ends_with_stop)
}

/// What is said here when it is not what bcftools says.
fn difference(it: &Told<'_>, index: usize, said: &[Said], records: &[Record<'_>]) -> Option<String> {
    let saying =
        if it.variants.len() > 1 { group(it, said, records) } else { row(&said[index], it.transcript) };
    let Some((terms, name, residues)) = saying else { return Some("nothing".to_owned()) };
    let same_protein = it.change.is_none_or(|change| {
        if it.terms.contains("frameshift") {
            let (place, distance) = shift(change);
            shift_of_name(&name)
                .is_some_and(|name| name.0 == place && (distance.is_none() || name.1 == distance))
        } else {
            amino_acids(change) == residues
        }
    });
    (in_their_words(&terms) != it.terms || !same_protein)
        .then(|| [terms, residues].join(" ").trim_end().to_owned())
}

/// Whether a record is seen together with one that bcftools names, in whichever of them that is said.
fn is_together(position: &str, index: usize, said: &[Said], records: &[Record<'_>]) -> bool {
    let Some(at) = records.iter().position(|record| record.position == position) else { return false };
    let names = |from: usize, to: usize| {
        let Record { position, alleles: [reference, alternative], .. } = records[to];
        let variant = format!("{position}{reference}>{alternative}");
        said[from].joint.iter().any(|entry| entry[9].split('&').any(|one| one == variant))
    };
    let is_first = |of: usize| {
        said[of]
            .elsewhere
            .iter()
            .filter_map(|mark| records.iter().position(|record| mark[1..] == *record.position))
    };
    names(index, at) || names(at, index) || is_first(index).any(|first| names(first, at) || first == at)
}

#[test]
fn every_consequence_is_as_bcftools_says_or_differs_for_a_reason() {
    let reference = reference();
    let cases_text = text("cases.tsv");
    let mut differences = Vec::new();
    let mut agreeing = 0;
    for (name, records) in cases(&cases_text) {
        let said = say(&records, &reference);
        for (index, record) in records.iter().enumerate() {
            let mut note = |theirs: String, ours: Option<String>| match ours {
                Some(ours) => differences.push(format!("{name}\t{}\t{theirs}\t{ours}", record.position)),
                None => agreeing += 1,
            };
            for it in told(&record.expected) {
                let words: Vec<&str> = it.terms.iter().map(String::as_str).collect();
                let theirs = format!("{} {}", words.join("&"), it.change.unwrap_or_default());
                note(theirs.trim_end().to_owned(), difference(&it, index, &said, &records));
            }
            for position in record.expected.iter().filter_map(|entry| entry.strip_prefix('@')) {
                let alone = !is_together(position, index, &said, &records);
                note(format!("@{position}"), alone.then(|| "alone".to_owned()));
            }
        }
    }
    let told = text("differences.tsv");
    let known: Vec<&str> =
        told.lines().skip(1).map(|line| line.rsplit_once('\t').expect("a reason").0).collect();
    let found: Vec<&str> = differences.iter().map(String::as_str).collect();
    assert!(found == known, "{agreeing} agree; these differ:\n{}", differences.join("\n"));
}

/// bcftools' own files lie beside the project in some places; none of them is left out here.
#[test]
fn every_file_of_bcftools_is_a_case() {
    let folder = project().join("../shared/data/bcftools-csq");
    let Ok(folders) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    };
    let cases_text = text("cases.tsv");
    let cases = cases(&cases_text);
    for file in
        folders.flat_map(|entry| std::fs::read_dir(entry.expect("a folder").path()).into_iter().flatten())
    {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "vcf") {
            let part = |path: Option<&std::ffi::OsStr>| path.expect("a name").to_string_lossy().into_owned();
            let name = [part(path.parent().and_then(Path::file_name)), part(path.file_stem())].join("/");
            let records = std::fs::read_to_string(&path).expect("the file is there");
            let records = records.lines().filter(|line| !line.starts_with('#')).count();
            assert_eq!(cases.get(&*name).map(Vec::len), Some(records), "{name}");
        }
    }
}
