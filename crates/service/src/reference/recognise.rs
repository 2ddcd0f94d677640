//! Which reference a file fits, and what is amiss with another.

use std::{cmp::Reverse, collections::HashMap};

use super::{Clues, Contig, InstalledReference, InstalledReferences, listed, names};
use crate::notation::grouped;

/// How a file and the references go together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognition {
    /// The reference that fits best, if any fits.
    pub best: Option<String>,
    /// For each reference, by name, what is amiss; nothing when it fits.
    pub warnings: Vec<(String, Option<String>)>,
}

/// Compares a file with all references. Of several that fit as well, the default is the best.
pub fn recognise(clues: &Clues, references: &InstalledReferences, default: &str) -> Recognition {
    let compared: Vec<Comparison<'_>> = references.iter().map(|one| Comparison::of(clues, one)).collect();
    let fitting = compared.iter().filter(|one| one.fits_at_all());
    let best =
        fitting.max_by_key(|one| (one.rank(), one.reference.name == default, Reverse(&one.reference.name)));
    Recognition {
        best: best.map(|one| one.reference.name.clone()),
        warnings: compared.iter().map(|one| (one.reference.name.clone(), one.warning())).collect(),
    }
}

/// What is amiss between a file and a reference; nothing when they go together, or nothing can be said.
pub fn warning(clues: &Clues, reference: &InstalledReference) -> Option<String> {
    Comparison::of(clues, reference).warning()
}

/// A file beside a reference.
struct Comparison<'c> {
    clues: &'c Clues,
    reference: &'c InstalledReference,
    /// Bases of the contigs that both know, at the same length.
    agreeing_bases: u64,
    agreeing: usize,
    /// Contigs that both know, with the file's length and the reference's.
    differing: Vec<(&'c str, u64, u64)>,
    /// Contigs of the file that the reference lacks, and how many are not: those of records, or of the header when no
    /// record was seen.
    lacking: Vec<&'c str>,
    known: usize,
    records_known: u64,
}

impl<'c> Comparison<'c> {
    fn of(clues: &'c Clues, reference: &'c InstalledReference) -> Self {
        let names = index(reference);
        let find = |name: &str| names.get(name).or_else(|| names.get(names::plain(name))).copied();
        let mut compared = Self {
            clues,
            reference,
            agreeing_bases: 0,
            agreeing: 0,
            differing: Vec::new(),
            lacking: Vec::new(),
            known: 0,
            records_known: 0,
        };
        for declared in &clues.contigs {
            match (find(&declared.name), declared.length) {
                (Some(contig), Some(length)) if contig.length == length => {
                    compared.agreeing += 1;
                    compared.agreeing_bases = compared.agreeing_bases.saturating_add(length);
                }
                (Some(contig), Some(length)) => {
                    compared.differing.push((&declared.name, length, contig.length));
                }
                _ => {}
            }
        }
        if clues.records.is_empty() {
            for declared in &clues.contigs {
                compared.note_use(&declared.name, find(&declared.name).is_some(), 0);
            }
        }
        for (name, count) in &clues.records {
            compared.note_use(name, find(name).is_some(), *count);
        }
        compared
    }

    fn note_use(&mut self, name: &'c str, is_known: bool, records: u64) {
        if is_known {
            self.known += 1;
            self.records_known += records;
        } else {
            self.lacking.push(name);
        }
    }

    fn is_of_another_assembly(&self) -> bool {
        self.differing.len() > self.agreeing
    }

    /// Whether the header names an assembly that is not the reference's. Lengths say more than words; and the human
    /// mitochondrion of rCRS is part of several assemblies.
    fn is_said_to_be_another(&self) -> bool {
        let usual = self.reference.usual_assembly();
        self.agreeing == 0 && usual != "rCRS" && self.clues.assembly.is_some_and(|said| said != usual)
    }

    fn fits_at_all(&self) -> bool {
        let nothing_against = !self.is_of_another_assembly() && !self.is_said_to_be_another();
        nothing_against && (self.agreeing > 0 || self.known > 0)
    }

    fn rank(&self) -> (u64, bool, u64, usize) {
        let is_said = self.clues.assembly == Some(self.reference.usual_assembly());
        (self.agreeing_bases, is_said, self.records_known, self.known)
    }

    fn warning(&self) -> Option<String> {
        if self.is_of_another_assembly() {
            return Some(format!(
                "The file is of another assembly than {}: {}.",
                self.title(),
                self.difference()?
            ));
        }
        if self.is_said_to_be_another() {
            let said = self.clues.assembly?;
            return Some(format!(
                "The file's header speaks of `{said}`, and the reference is {}.",
                self.title()
            ));
        }
        if !self.lacking.is_empty() {
            return Some(self.about_lacking());
        }
        let difference = self.difference()?;
        Some(format!("Not all sequences of the file are those of {}: {difference}.", self.title()))
    }

    fn difference(&self) -> Option<String> {
        let (name, in_file, in_reference) = self.differing.first()?;
        let (in_file, in_reference) = (grouped(*in_file), grouped(*in_reference));
        Some(format!(
            "{} has {in_file} bases in the file and {in_reference} in the reference",
            listed([*name].into_iter(), 1)
        ))
    }

    fn about_lacking(&self) -> String {
        let (title, names) = (self.title(), listed(self.lacking.iter().copied(), 3));
        let what =
            if self.clues.records.is_empty() { "sequences of the file's header" } else { "first records" };
        let who = if self.known == 0 {
            format!("None of the {what} is")
        } else {
            format!("Some of the {what} are not")
        };
        format!("{who} on a sequence of {title}, which lacks {names}. Such records are kept as they are.")
    }

    /// The reference as a sentence names it.
    fn title(&self) -> String {
        let InstalledReference { name, assembly, .. } = self.reference;
        if name == assembly { format!("`{name}`") } else { format!("`{name}` ({assembly})") }
    }
}

/// Every name of every contig. A contig's own name wins over another's plain one.
fn index(reference: &InstalledReference) -> HashMap<&str, &Contig> {
    let mut names = HashMap::new();
    for contig in &reference.contigs {
        for name in contig.synonyms.iter().chain([&contig.name]) {
            names.entry(names::plain(name)).or_insert(contig);
        }
    }
    for contig in &reference.contigs {
        names.extend(contig.synonyms.iter().chain([&contig.name]).map(|name| (name.as_str(), contig)));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;

    use super::*;

    fn reference(name: &str, assembly: &str, contigs: &[(&str, u64)]) -> Arc<InstalledReference> {
        let contig = |(name, length): &(&str, u64)| Contig {
            name: (*name).to_owned(),
            length: *length,
            synonyms: Vec::new(),
        };
        Arc::new(InstalledReference {
            name: name.to_owned(),
            assembly: assembly.to_owned(),
            contigs: contigs.iter().map(contig).collect(),
            sources: Vec::new(),
        })
    }

    fn installed() -> InstalledReferences {
        InstalledReferences::new([
            reference("human-mt", "rCRS", &[("MT", 16_569)]),
            reference("hg38", "GRCh38", &[("chr1", 248_956_422), ("chr2", 242_193_529), ("chrM", 16_569)]),
            reference("grch37", "GRCh37", &[("1", 249_250_621), ("2", 243_199_373), ("MT", 16_569)]),
            reference("yeast", "R64-1-1", &[("I", 230_218), ("Mito", 85_779)]),
        ])
    }

    fn file(header: &[&str], contigs: &[&str]) -> Clues {
        let mut text: String = header.iter().flat_map(|line| ["##", line, "\n"]).collect();
        text.extend(contigs.iter().map(|contig| format!("{contig}\t1\t.\n")));
        Clues::of_text(text.as_bytes())
    }

    const LENGTHS_37: &str = "contig=<ID=chr1,length=249250621>\n##contig=<ID=chr2,length=243199373>";
    const LENGTHS_38: &str = "contig=<ID=1,length=248956422>\n##contig=<ID=2,length=242193529>";
    const OLD_MT: &str = "contig=<ID=chrM,length=16571>";

    #[rstest]
    #[case::by_lengths_and_not_by_chr(&[LENGTHS_37], &["chr1"], Some("grch37"))]
    #[case::the_other_way_round(&[LENGTHS_38], &["1"], Some("hg38"))]
    #[case::lengths_say_more_than_words(&[LENGTHS_38, "reference=hg19"], &["1"], Some("hg38"))]
    #[case::one_odd_sequence_does_no_harm(&[LENGTHS_37, OLD_MT], &["chr1", "chrM"], Some("grch37"))]
    #[case::by_words(&["reference=file:///hs37d5.fa"], &["1"], Some("grch37"))]
    #[case::by_the_contigs_assembly(&["contig=<ID=1,assembly=b38>"], &["1"], Some("hg38"))]
    #[case::by_names_alone(&[], &["I"], Some("yeast"))]
    #[case::undecided_is_the_default(&[], &["chrM"], Some("human-mt"))]
    #[case::nothing_fits(&[], &["2L"], None)]
    #[case::another_assembly_of_the_same_names(&["reference=GRCm39"], &["1"], None)]
    #[case::nothing_is_known(&[], &[], None)]
    fn the_best(#[case] header: &[&str], #[case] contigs: &[&str], #[case] best: Option<&str>) {
        let recognised = recognise(&file(header, contigs), &installed(), "human-mt");
        assert_eq!(recognised.best.as_deref(), best);
    }

    #[rstest]
    #[case::fits(&[LENGTHS_37], &["chr1"], "grch37", None)]
    #[case::by_length(&[LENGTHS_37], &["chr1"], "hg38", Some("another assembly than `hg38` (GRCh38): `chr1` has 249,250,621 bases in the file and 248,956,422 in the reference"))]
    #[case::by_words(&["reference=hg19"], &["1"], "hg38", Some("speaks of `GRCh37`, and the reference is `hg38` (GRCh38)"))]
    #[case::the_mitochondrion_is_the_same(&["reference=hg38"], &["chrM"], "human-mt", None)]
    #[case::none(&[], &["1", "2", "3", "4", "5"], "human-mt", Some("None of the first records is on a sequence of `human-mt` (rCRS), which lacks `1`, `2`, `3` and 2 more"))]
    #[case::some(&[], &["1", "MT"], "human-mt", Some("Some of the first records are not on"))]
    #[case::odd_one(&[LENGTHS_37, OLD_MT], &["1"], "grch37", Some("Not all sequences of the file are those of `grch37` (GRCh37): `chrM` has 16,571"))]
    #[case::header_alone(&[LENGTHS_37], &[], "yeast", Some("None of the sequences of the file's header is"))]
    #[case::nothing_is_known(&[], &[], "hg38", None)]
    fn warnings(
        #[case] header: &[&str],
        #[case] contigs: &[&str],
        #[case] name: &str,
        #[case] told: Option<&str>,
    ) {
        let installed = installed();
        let warning = warning(&file(header, contigs), installed.named(name).unwrap());
        match told {
            Some(told) => {
                assert!(warning.as_deref().is_some_and(|warning| warning.contains(told)), "{warning:?}");
            }
            None => assert_eq!(warning, None),
        }
    }

    #[test]
    fn names_of_strangers_stay_short_and_quoted() {
        let odd = format!("{}`x", "a".repeat(500));
        let installed = installed();
        let told = warning(&file(&[], &[&odd]), installed.named("hg38").unwrap()).unwrap();
        assert!(told.len() < 300 && told.matches('`').count().is_multiple_of(2), "{told}");
    }
}
