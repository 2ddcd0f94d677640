//! A reference: sequences, genes, known alleles and intervals, built once and mapped from then on.

pub(crate) mod build;
pub(crate) mod fasta;
pub(crate) mod layout;
pub(crate) mod manifest;
pub(crate) mod part;
pub(crate) mod plan;
pub(crate) mod synonyms;
pub(crate) mod text_pool;
pub(crate) mod verify;
pub(crate) mod write_contigs;
pub(crate) mod write_genes;

use std::io;
use std::path::{Path, PathBuf};

use crate::contig::Contig;
use crate::genes::transcript::Transcript;
use crate::intervals::store::IntervalTable;
use crate::known::lookup::Lookup;
use crate::known::store::layout::Store;
use crate::reference::build::{CONTIGS, GENES, INTERVALS, KNOWN, SEQUENCE};
use crate::reference::layout::{ContigRecord, GeneArrays, NameRecord, TranscriptRecord};
use crate::reference::manifest::Manifest;
use crate::reference::part::{BuildId, FORMAT, Part, PartFault};

/// A reference directory that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// There is no manifest.
    #[error("{} is not a reference: its reference.toml cannot be read ({source}). Build one with `gas reference build`", path.display())]
    NoManifest {
        /// The directory.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The manifest is no manifest.
    #[error("{} is not the manifest of a reference ({reason}). Build the reference again", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A part does not belong to the reference.
    #[error("{} cannot be used: {fault}. Build the reference again, or copy its whole directory again", path.display())]
    Part {
        /// The part.
        path: PathBuf,
        /// Why.
        fault: PartFault,
    },
}

/// An open reference. Opening takes milliseconds: the parts are mapped, not read.
#[derive(Debug)]
pub struct Reference {
    manifest: Manifest,
    sequence: Part,
    contigs: Part,
    genes: Part,
    known: Part,
    intervals: Part,
    contig_names: String,
    gene_names: String,
}

impl Reference {
    /// Opens a reference directory.
    ///
    /// # Errors
    /// A part that is missing, from another build, or not of the size that the manifest says.
    pub fn open(directory: &Path) -> Result<Self, ReferenceError> {
        let manifest = read_manifest(directory)?;
        let build = manifest::build_id_of(&manifest.build).ok_or_else(|| ReferenceError::Manifest {
            path: directory.join(manifest::FILE_NAME),
            reason: format!("`{}` is no build id", manifest.build),
        })?;
        let part = |file: &str| open_part(directory, &manifest, build, file);
        let (sequence, contigs, genes, known) = (part(SEQUENCE)?, part(CONTIGS)?, part(GENES)?, part(KNOWN)?);
        let intervals = part(INTERVALS)?;
        let damaged =
            |file: &str| ReferenceError::Part { path: directory.join(file), fault: PartFault::Damaged };
        let text = |part: &Part, index| {
            let bytes: &[u8] = part.array(index).ok()?;
            String::from_utf8(bytes.to_vec()).ok()
        };
        let reference = Self {
            contig_names: text(&contigs, 2).ok_or_else(|| damaged(CONTIGS))?,
            gene_names: text(&genes, 3).ok_or_else(|| damaged(GENES))?,
            manifest,
            sequence,
            contigs,
            genes,
            known,
            intervals,
        };
        reference.check().map_err(damaged)?;
        Ok(reference)
    }

    /// Whether every array is there, so that readers need not ask. Names the part that lacks one.
    fn check(&self) -> Result<(), &'static str> {
        self.sequence.array::<u8>(0).map_err(|_| SEQUENCE)?;
        self.contigs
            .array::<ContigRecord>(0)
            .and(self.contigs.array::<NameRecord>(1).map(drop))
            .map_err(|_| CONTIGS)?;
        let genes = &self.genes;
        genes.array::<TranscriptRecord>(0).map_err(|_| GENES)?;
        genes.array::<crate::genes::transcript::Exon>(1).map_err(|_| GENES)?;
        genes.array::<u32>(2).map_err(|_| GENES)?;
        IntervalTable::of(&self.intervals).map_err(|_| INTERVALS)?;
        Store::of(&self.known).map(drop).map_err(|_| KNOWN)
    }

    /// Short name, as `human-mt`.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// Assembly, as `GRCh38`.
    pub fn assembly(&self) -> &str {
        &self.manifest.assembly
    }

    /// What it is made of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Names of the CSQ fields that known alleles add.
    pub(crate) fn known_fields(&self) -> &[String] {
        &self.manifest.known_fields
    }

    /// Names of the CSQ fields that intervals add.
    pub(crate) fn interval_fields(&self) -> &[String] {
        &self.manifest.interval_fields
    }

    /// All intervals.
    pub(crate) fn intervals(&self) -> IntervalTable<'_> {
        IntervalTable::of(&self.intervals).unwrap_or_default()
    }

    fn contig_records(&self) -> &[ContigRecord] {
        self.contigs.array(0).unwrap_or_default()
    }

    /// Every sequence: its name, its length in bases, and the other names that files may give it.
    pub fn contigs(&self) -> impl Iterator<Item = (&str, u64, Vec<&str>)> {
        let mut names: Vec<Vec<&str>> = vec![Vec::new(); self.contig_records().len()];
        for record in self.contigs.array::<NameRecord>(1).unwrap_or_default() {
            if let Some(of_contig) = names.get_mut(record.contig as usize) {
                of_contig.push(record.name.of(&self.contig_names));
            }
        }
        self.contig_records().iter().zip(names).map(|(record, mut others)| {
            let name = record.name.of(&self.contig_names);
            others.retain(|other| *other != name);
            (name, record.length, others)
        })
    }

    /// The contig of a name or synonym.
    pub(crate) fn contig_index(&self, name: &[u8]) -> Option<usize> {
        let names: &[NameRecord] = self.contigs.array(1).unwrap_or_default();
        let found =
            names.binary_search_by(|record| record.name.of(&self.contig_names).as_bytes().cmp(name)).ok()?;
        names.get(found).map(|record| record.contig as usize)
    }

    /// A contig; an empty one when there is none of that index.
    pub(crate) fn contig(&self, index: usize) -> Contig<'_> {
        let all: &[u8] = self.sequence.array(0).unwrap_or_default();
        let Some(record) = self.contig_records().get(index) else {
            return Contig { name: "", sequence: &[] };
        };
        let bounds = usize::try_from(record.sequence_start).ok().zip(usize::try_from(record.length).ok());
        Contig {
            name: record.name.of(&self.contig_names),
            sequence: bounds.and_then(|(start, length)| all.get(start..start + length)).unwrap_or_default(),
        }
    }

    fn gene_arrays(&self) -> GeneArrays<'_> {
        GeneArrays {
            transcripts: self.genes.array(0).unwrap_or_default(),
            exons: self.genes.array(1).unwrap_or_default(),
            selenocysteines: self.genes.array(2).unwrap_or_default(),
            text: &self.gene_names,
        }
    }

    /// A transcript by its number.
    pub(crate) fn transcript(&self, ordinal: u32) -> Option<Transcript<'_>> {
        self.gene_arrays().transcript(ordinal)
    }

    /// Symbol and id of the gene of a transcript of this number.
    pub(crate) fn gene_of(&self, ordinal: u32) -> Option<(&str, &str)> {
        let GeneArrays { transcripts, text, .. } = self.gene_arrays();
        let record = transcripts.get(ordinal as usize)?;
        Some((record.symbol.of(text), record.gene.of(text)))
    }

    /// The records of a contig's transcripts, by start, then id, and the number of the first.
    fn transcripts_of(&self, contig: usize) -> (usize, &[TranscriptRecord]) {
        let range = self.contig_records().get(contig).map_or(0..0, |record| {
            record.first_transcript as usize..(record.first_transcript + record.transcripts) as usize
        });
        (range.start, self.gene_arrays().transcripts.get(range).unwrap_or_default())
    }

    /// Transcripts that share a base with `first..=last` of a contig, by start, then id.
    pub(crate) fn transcripts_overlapping(
        &self,
        contig: usize,
        first: u64,
        last: u64,
    ) -> impl Iterator<Item = Transcript<'_>> {
        let arrays = self.gene_arrays();
        let (offset, of_contig) = self.transcripts_of(contig);
        // Nothing before the first whose reach gets here can overlap, nothing that starts after `last`.
        let begin = of_contig.partition_point(|record| u64::from(record.reach) < first);
        let end = of_contig.partition_point(|record| u64::from(record.start) <= last).max(begin);
        of_contig[begin..end].iter().zip(offset + begin..).filter_map(move |(record, ordinal)| {
            let ordinal = u32::try_from(ordinal).ok().filter(|_| u64::from(record.end) >= first)?;
            arrays.transcript(ordinal)
        })
    }

    /// Where the first transcript begins that begins after `position` of a contig.
    pub(crate) fn next_transcript_start(&self, contig: usize, position: u64) -> Option<u64> {
        let (_, of_contig) = self.transcripts_of(contig);
        let next = of_contig.partition_point(|record| u64::from(record.start) <= position);
        of_contig.get(next).map(|record| u64::from(record.start))
    }

    /// All known alleles.
    pub(crate) fn known(&self) -> Store<'_> {
        Store::of(&self.known).unwrap_or_default()
    }

    /// All known alleles to be looked up, for one thread.
    pub(crate) fn lookup(&self) -> Lookup<'_> {
        Lookup::new(self.known(), &self.manifest.known_sources, self.manifest.known_fields.len())
    }
}

fn read_manifest(directory: &Path) -> Result<Manifest, ReferenceError> {
    let path = directory.join(manifest::FILE_NAME);
    let text = std::fs::read_to_string(&path)
        .map_err(|source| ReferenceError::NoManifest { path: directory.to_owned(), source })?;
    let manifest: Manifest = toml::from_str(&text)
        .map_err(|error| ReferenceError::Manifest { path: path.clone(), reason: error.to_string() })?;
    if manifest.format != FORMAT {
        let reason = format!("it has format {}, and this program reads format {FORMAT}", manifest.format);
        return Err(ReferenceError::Manifest { path, reason });
    }
    Ok(manifest)
}

fn open_part(
    directory: &Path,
    manifest: &Manifest,
    build: BuildId,
    file: &str,
) -> Result<Part, ReferenceError> {
    let path = directory.join(file);
    let entry = manifest.parts.iter().find(|entry| entry.file == file);
    let Some(entry) = entry else {
        let reason = format!("it does not list {file}");
        return Err(ReferenceError::Manifest { path: directory.join(manifest::FILE_NAME), reason });
    };
    Part::open(&path, build, entry.size).map_err(|fault| ReferenceError::Part { path, fault })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::consequence::genetic_code::GeneticCode;
    use crate::genes::transcript::Strand;
    use crate::{BuildPlan, build};

    fn built(plan: &BuildPlan) -> Reference {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("reference");
        build(plan, &place).unwrap();
        Reference::open(&place).unwrap()
    }

    fn human_mt() -> Reference {
        let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reference/human-mt/recipe.toml");
        built(&BuildPlan::from_recipe(&recipe).unwrap())
    }

    /// The residues before the stop codon, or before a stop that the poly(A) tail completes.
    fn protein(reference: &Reference, transcript: &Transcript<'_>) -> String {
        let sequence = reference.contig(0).sequence;
        let coding = transcript.coding.unwrap();
        let [exon] = transcript.exons else { panic!("mitochondrial genes have one exon") };
        let mut bases = sequence[exon.start as usize - 1..exon.end as usize].to_vec();
        if transcript.strand == Strand::Reverse {
            bases.reverse();
            for base in &mut bases {
                *base = match *base {
                    b'A' => b'T',
                    b'C' => b'G',
                    b'G' => b'C',
                    _ => b'A',
                };
            }
        }
        let code = GeneticCode::of_table(coding.genetic_code);
        let codons = bases[coding.cdna_start as usize - 1..coding.cdna_end as usize].chunks_exact(3);
        let residues = codons.map(|codon| char::from(code.residue([codon[0], codon[1], codon[2]])));
        residues.collect::<String>().trim_end_matches('*').to_owned()
    }

    #[test]
    fn the_13_proteins_of_the_human_mitochondrion_have_their_lengths() {
        let reference = human_mt();
        let transcripts: Vec<_> = reference.transcripts_overlapping(0, 1, 16_569).collect();
        assert_eq!(transcripts.len(), 37);
        let coding: Vec<_> = transcripts.iter().filter(|transcript| transcript.coding.is_some()).collect();
        assert!(coding.iter().all(|transcript| transcript.coding.unwrap().genetic_code == 2));
        let proteins: Vec<String> = coding.iter().map(|transcript| protein(&reference, transcript)).collect();
        assert!(proteins.iter().all(|protein| !protein.contains('*')));
        let lengths: Vec<usize> = proteins.iter().map(String::len).collect();
        assert_eq!(lengths, [318, 347, 513, 227, 68, 226, 261, 115, 98, 459, 603, 174, 380]);
    }

    #[test]
    fn a_contig_answers_to_all_its_names() {
        let reference = human_mt();
        for name in ["MT", "chrM", "M", "NC_012920.1"] {
            assert_eq!(reference.contig_index(name.as_bytes()), Some(0), "{name}");
        }
        for name in ["", "1", "chr1", "MT2", "mt\u{0}"] {
            assert_eq!(reference.contig_index(name.as_bytes()), None, "{name}");
        }
        assert_eq!(reference.contig(0).name, "MT");
        assert_eq!(reference.contig(1).sequence, b"");
    }

    #[test]
    fn known_alleles_survive_the_disk() {
        let reference = human_mt();
        let allele = crate::variant::Normalised { position: 3243, deleted: 1, inserted: b"G".to_vec() };
        let mut text = Vec::new();
        let found = reference.lookup().find(0, &reference.contig(0), &allele, &mut text).unwrap();
        assert_eq!(&text[found.existing], b"MITOMAP:m.3243A>G");
        assert_eq!(found.sources, 1);
        insta::assert_snapshot!(String::from_utf8_lossy(&text[found.fields]));
    }

    /// Transcripts of all lengths on two contigs, to compare with looking at each.
    fn crowded(directory: &Path) -> (BuildPlan, Vec<(usize, u64, u64)>) {
        let mut genes = String::new();
        let mut places = Vec::new();
        let mut state = 7_u64;
        let mut random = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        for number in 0..300 {
            let contig = usize::try_from(random(2)).unwrap();
            let start = 1 + random(950);
            let longest = if number % 40 == 0 { 1000 } else { 30 };
            let end = (start + random(longest)).min(1000);
            places.push((contig, start, end));
            let place = format!("{start}\t{end}\t.\t+\t.");
            let lines = format!(
                "c{contig}\tx\tmRNA\t{place}\tID=t{number:03}\nc{contig}\tx\texon\t{place}\tParent=t{number:03}\n"
            );
            genes.push_str(&lines);
        }
        let write = |name: &str, text: &str| {
            std::fs::write(directory.join(name), text).unwrap();
            directory.join(name)
        };
        let sequence = "ACGT".repeat(250);
        let plan = BuildPlan {
            name: "crowded".into(),
            fasta: write("c.fa", &format!(">c0\n{sequence}\n>c1\n{sequence}\n")),
            genes: write("c.gff3", &genes),
            ..BuildPlan::default()
        };
        (plan, places)
    }

    /// 300 transcripts on two contigs of 1,000 bases.
    pub(crate) fn crowded_reference() -> Reference {
        let directory = tempfile::tempdir().unwrap();
        built(&crowded(directory.path()).0)
    }

    #[test]
    fn overlapping_transcripts_are_those_that_looking_at_each_finds() {
        let directory = tempfile::tempdir().unwrap();
        let (plan, places) = crowded(directory.path());
        let reference = built(&plan);
        for contig in 0..2 {
            for first in (0..1010).step_by(7) {
                for width in [0, 1, 50, 2000] {
                    let last = first + width;
                    let found: Vec<(u64, String)> = reference
                        .transcripts_overlapping(contig, first, last)
                        .map(|transcript| (transcript.start, transcript.names.transcript.to_owned()))
                        .collect();
                    let of_contig = places.iter().enumerate().filter(|(_, place)| place.0 == contig);
                    let mut expected: Vec<(u64, String)> = of_contig
                        .filter(|(_, (_, start, end))| *start <= last && *end >= first)
                        .map(|(number, (_, start, _))| (*start, format!("t{number:03}")))
                        .collect();
                    expected.sort();
                    assert_eq!(found, expected, "{contig}:{first}-{last}");
                }
            }
        }
        assert_eq!(reference.transcripts_overlapping(2, 1, 100).count(), 0);
    }
}
