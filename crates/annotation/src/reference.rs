//! A reference: sequences, genes and known alleles, built once and mapped from then on.

pub(crate) mod build;
pub(crate) mod fasta;
pub(crate) mod layout;
pub(crate) mod manifest;
pub(crate) mod part;
pub(crate) mod plan;
pub(crate) mod text_pool;
pub(crate) mod write_contigs;
pub(crate) mod write_genes;

use std::io;
use std::path::{Path, PathBuf};

use crate::contig::Contig;
use crate::genes::transcript::Transcript;
use crate::known::alleles::AlleleTable;
use crate::reference::build::{CONTIGS, GENES, KNOWN, SEQUENCE};
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
    contig_names: String,
    gene_names: String,
    /// The known-allele fields of an allele that nobody knows.
    no_fields: Vec<u8>,
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
        let damaged =
            |file: &str| ReferenceError::Part { path: directory.join(file), fault: PartFault::Damaged };
        let text = |part: &Part, index| {
            let bytes: &[u8] = part.array(index).ok()?;
            String::from_utf8(bytes.to_vec()).ok()
        };
        let reference = Self {
            contig_names: text(&contigs, 2).ok_or_else(|| damaged(CONTIGS))?,
            gene_names: text(&genes, 3).ok_or_else(|| damaged(GENES))?,
            no_fields: vec![b'|'; manifest.known_fields.len().saturating_sub(1)],
            manifest,
            sequence,
            contigs,
            genes,
            known,
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
        self.known.array::<crate::known::alleles::Entry>(0).map_err(|_| KNOWN)?;
        self.known.array::<u8>(1).map(drop).map_err(|_| KNOWN)
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

    fn contig_records(&self) -> &[ContigRecord] {
        self.contigs.array(0).unwrap_or_default()
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

    /// Transcripts that share a base with `first..=last` of a contig, by start, then id.
    pub(crate) fn transcripts_overlapping(
        &self,
        contig: usize,
        first: u64,
        last: u64,
    ) -> impl Iterator<Item = Transcript<'_>> {
        let arrays = self.gene_arrays();
        let range = self.contig_records().get(contig).map_or(0..0, |record| {
            record.first_transcript as usize..(record.first_transcript + record.transcripts) as usize
        });
        let offset = range.start;
        let of_contig = arrays.transcripts.get(range).unwrap_or_default();
        // Nothing before the first whose reach gets here can overlap, nothing that starts after `last`.
        let begin = of_contig.partition_point(|record| u64::from(record.reach) < first);
        let end = of_contig.partition_point(|record| u64::from(record.start) <= last).max(begin);
        of_contig[begin..end].iter().zip(offset + begin..).filter_map(move |(record, ordinal)| {
            let ordinal = u32::try_from(ordinal).ok().filter(|_| u64::from(record.end) >= first)?;
            arrays.transcript(ordinal)
        })
    }

    /// All known alleles.
    pub(crate) fn known(&self) -> AlleleTable<'_> {
        AlleleTable {
            entries: self.known.array(0).unwrap_or_default(),
            text: self.known.array(1).unwrap_or_default(),
            no_fields: &self.no_fields,
        }
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
