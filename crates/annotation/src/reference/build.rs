//! Building a reference from public files: written aside, made durable, then renamed into place.

pub(crate) mod digest;
mod error;
mod intervals;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::contig;
use crate::genes::account::Account;
use crate::genes::assemble::{Draft, Sequences, assemble};
use crate::genes::features::ContigFacts;
use crate::genes::format::Format;
use crate::genes::read;
use crate::genes::selenocysteine;
use crate::intervals::load::IntervalCount;
use crate::intervals::source::{self as interval_source, IntervalSource};
use crate::known::build::{self as known, BuiltKnown, KnownBuild, KnownCollection, KnownCount};
use crate::record::transcript_fields::TranscriptField;
use crate::reference::build::digest::{digest, named, source};
use crate::reference::manifest::{self, Manifest, PartEntry, Provenance, Source, hexadecimal};
use crate::reference::part::{BuildId, FORMAT, Part, stamp};
use crate::reference::plan::BuildPlan;
use crate::reference::synonyms;
use crate::reference::write_contigs::{ContigDraft, write_contigs, write_sequence};
use crate::reference::write_genes::write_genes;

pub use self::error::BuildError;

pub(crate) const SEQUENCE: &str = "sequence.bin";
pub(crate) const CONTIGS: &str = "contigs.bin";
pub(crate) const GENES: &str = "genes.bin";
pub(crate) const KNOWN: &str = "known.bin";
pub(crate) const INTERVALS: &str = "intervals.bin";
/// All parts of a reference.
pub(crate) const PARTS: [&str; 5] = [SEQUENCE, CONTIGS, GENES, KNOWN, INTERVALS];

/// What went into a reference, and what did not and why.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BuildReport {
    /// Sequences.
    pub contigs: u64,
    /// Bases of all sequences.
    pub bases: u64,
    /// The format that the file of genes turned out to have.
    pub genes_format: &'static str,
    /// Distinct genes that have a transcript.
    pub genes: u64,
    /// Transcripts.
    pub transcripts: u64,
    /// Transcripts that make a protein.
    pub coding_transcripts: u64,
    /// Known alleles, by file.
    pub known: Vec<KnownCount>,
    /// Intervals, by file.
    pub intervals: Vec<IntervalCount>,
    /// Known alleles, by collection.
    pub collections: Vec<KnownCollection>,
    /// What could not be used, by reason.
    pub left_out: Account,
}

/// Builds a reference into `directory`, which must not exist yet (or be empty).
pub fn build(plan: &BuildPlan, directory: &Path) -> Result<BuildReport, BuildError> {
    plan.check()?;
    let write_fault = |source| BuildError::Write { path: directory.to_owned(), source };
    if directory.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(BuildError::Exists { path: directory.to_owned() });
    }
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(write_fault)?;
    let aside = make_aside(parent).map_err(write_fault)?;
    let report = Build::new(plan, aside.path())?.run()?;
    let aside = aside.keep();
    let moved = sync(&aside).and_then(|()| std::fs::rename(&aside, directory)).and_then(|()| sync(parent));
    moved.map_err(|error| {
        // Nobody else knows this name: what cannot be removed now is litter, not harm.
        let _ = std::fs::remove_dir_all(&aside);
        match error.kind() {
            // Another build was quicker.
            io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory => BuildError::Exists { path: directory.to_owned() },
            _ => write_fault(error),
        }
    })?;
    Ok(report)
}

/// A directory of a new name that, unlike others for passing use, everybody may read: it will be renamed.
fn make_aside(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".building-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
    builder.tempdir_in(parent)
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// A build under way.
struct Build<'p> {
    plan: &'p BuildPlan,
    /// Where it is written, not yet its final place.
    aside: &'p Path,
    sources: Vec<Source>,
    /// Where among them those of known alleles begin.
    known_sources: usize,
    /// The id of all parts: zeros until all sources are read.
    id: BuildId,
    report: BuildReport,
    /// What came of the known alleles.
    known: BuiltKnown,
    /// Names of the CSQ fields for which the genes have something to say.
    transcript_fields: Vec<String>,
}

impl<'p> Build<'p> {
    fn new(plan: &'p BuildPlan, aside: &'p Path) -> Result<Self, BuildError> {
        let mut sources = vec![
            source("sequence", &plan.fasta, &plan.fasta_provenance)?,
            source("genes", &plan.genes, &plan.genes_provenance)?,
        ];
        if let Some(synonyms) = &plan.synonyms {
            sources.push(source("synonyms", synonyms, &Provenance::default())?);
        }
        // Files of known alleles are large: their checksums are taken while they are read.
        let known_sources = sources.len();
        for known in &plan.known {
            sources.push(named(&known.id, &known.path, &known.provenance, String::new()));
        }
        for intervals in &plan.intervals {
            sources.push(source(&intervals.id, &intervals.path, &intervals.provenance)?);
        }
        Ok(Self {
            plan,
            aside,
            sources,
            known_sources,
            id: BuildId::default(),
            report: BuildReport::default(),
            known: BuiltKnown::default(),
            transcript_fields: Vec::new(),
        })
    }

    fn run(mut self) -> Result<BuildReport, BuildError> {
        let mut contigs = self.sequence()?;
        self.synonyms(&mut contigs)?;
        let drafts = self.genes(&mut contigs)?;
        self.write(|aside, build| write_genes(&aside.join(GENES), build, drafts, &mut contigs))?;
        self.write(|aside, build| write_contigs(&aside.join(CONTIGS), build, &contigs))?;
        self.report.contigs = contigs.len() as u64;
        self.report.bases = contigs.iter().map(|contig| contig.length).sum();
        self.known(&contigs)?;
        self.intervals(&contigs)?;
        self.stamp()?;
        self.manifest()?;
        Ok(self.report)
    }

    fn write<T>(&self, write: impl FnOnce(&Path, BuildId) -> io::Result<T>) -> Result<T, BuildError> {
        write(self.aside, self.id).map_err(|source| BuildError::Write { path: self.aside.to_owned(), source })
    }

    fn sequence(&self) -> Result<Vec<ContigDraft>, BuildError> {
        let file = open(&self.plan.fasta)?;
        let fault = |line, reason| BuildError::Source { path: self.plan.fasta.clone(), line, reason };
        self.write(|aside, build| write_sequence(&aside.join(SEQUENCE), build, file))?
            .map_err(|unreadable| fault(unreadable.line, unreadable.reason))
    }

    fn synonyms(&mut self, contigs: &mut [ContigDraft]) -> Result<(), BuildError> {
        let Some(path) = &self.plan.synonyms else { return Ok(()) };
        let index = index_of_names(contigs);
        synonyms::add(open(path)?, &index, contigs, &mut self.report.left_out)
            .map_err(|(line, reason)| BuildError::Source { path: path.clone(), line, reason })
    }

    fn genes(&mut self, contigs: &mut [ContigDraft]) -> Result<Vec<Draft>, BuildError> {
        let path = &self.plan.genes;
        let index = index_of_names(contigs);
        // An accession without its version names the sequence that the FASTA calls so; from then on with it, too.
        let versioned = RefCell::new(BTreeSet::new());
        let unversioned = |name: &str| {
            let (bare, _) = name.rsplit_once('.')?;
            let found = index.get(bare).copied().filter(|number| contigs[*number].names[0] == bare)?;
            versioned.borrow_mut().insert((found, name.to_owned()));
            Some(found)
        };
        let find = |name: &str| index.get(name).copied().or_else(|| unversioned(name));
        let account = &mut self.report.left_out;
        let features = read::read(open(path)?, &find, account).map_err(|unreadable| BuildError::Source {
            path: path.clone(),
            line: unreadable.line,
            reason: unreadable.reason,
        })?;
        for (number, name) in versioned.into_inner() {
            contigs[number].names.push(name);
        }
        apply_facts(contigs, &features.facts);
        let lengths: Vec<u64> = contigs.iter().map(|contig| contig.length).collect();
        let genetic_codes: Vec<u8> = contigs.iter().map(genetic_code).collect();
        let sequences = Sequences { lengths: &lengths, genetic_codes: &genetic_codes };
        let mut drafts = assemble(&features, &sequences, account);
        if drafts.is_empty() {
            return Err(nothing_in_common(path, contigs, account));
        }
        self.infer_selenocysteines(&mut drafts, contigs)?;
        let mut genes: Vec<(usize, &str)> =
            drafts.iter().map(|draft| (draft.contig, draft.names.gene.as_str())).collect();
        genes.sort_unstable();
        genes.dedup();
        self.report.genes_format = features.format.map_or("", Format::name);
        self.report.genes = genes.len() as u64;
        self.transcript_fields = TranscriptField::told_by(drafts.iter().map(|draft| draft.tags.view()));
        self.report.transcripts = drafts.len() as u64;
        self.report.coding_transcripts = drafts.iter().filter(|draft| draft.coding.is_some()).count() as u64;
        Ok(drafts)
    }

    fn infer_selenocysteines(
        &mut self,
        drafts: &mut [Draft],
        contigs: &[ContigDraft],
    ) -> Result<(), BuildError> {
        let path = self.aside.join(SEQUENCE);
        let read_back = |fault| BuildError::ReadBack { path: path.clone(), fault };
        let size = path.metadata().map_err(|error| read_back(error.into()))?.len();
        let part = Part::open(&path, self.id, size).map_err(read_back)?;
        let bases: &[u8] = part.array(0).map_err(read_back)?;
        let of_contig =
            |number: usize| contigs.get(number).map(|contig| contig.bases(bases)).unwrap_or_default();
        selenocysteine::infer(drafts, of_contig, &mut self.report.left_out);
        Ok(())
    }

    fn known(&mut self, contigs: &[ContigDraft]) -> Result<(), BuildError> {
        let path = self.aside.join(SEQUENCE);
        let read_back = |fault| BuildError::ReadBack { path: path.clone(), fault };
        let size = path.metadata().map_err(|error| read_back(error.into()))?.len();
        let part = Part::open(&path, self.id, size).map_err(read_back)?;
        let bases: &[u8] = part.array(0).map_err(read_back)?;
        let index = index_of_names(contigs);
        let contig = |name: &[u8]| {
            let number = *index.get(std::str::from_utf8(name).ok()?)?;
            Some((number, contigs[number].bases(bases)))
        };
        let known = KnownBuild {
            sources: &self.plan.known,
            find_contig: &contig,
            account: &mut self.report.left_out,
            directory: self.aside,
            build: self.id,
        };
        self.known = known.write(KNOWN)?;
        let sources = self.sources.iter_mut().skip(self.known_sources);
        for (source, sha256) in sources.zip(&self.known.checksums) {
            source.sha256.clone_from(sha256);
        }
        self.report.known = self.known.counts.clone();
        self.report.collections = self.known.collections.clone();
        Ok(())
    }

    /// Gives the build its id, now that all sources are read, and writes it into all parts.
    fn stamp(&mut self) -> Result<(), BuildError> {
        self.id = build_id(self.plan, &self.sources);
        self.write(|aside, build| PARTS.iter().try_for_each(|file| stamp(&aside.join(file), build)))
    }

    fn manifest(&self) -> Result<(), BuildError> {
        let parts = PARTS.iter().map(|file| {
            let path = self.aside.join(file);
            let (size, sha256) = digest(File::open(&path)?)?;
            Ok(PartEntry { file: (*file).to_owned(), size, sha256 })
        });
        let parts = self.write(|_, _| parts.collect::<io::Result<Vec<_>>>())?;
        let manifest = Manifest {
            format: FORMAT,
            name: self.plan.name.clone(),
            assembly: self.plan.assembly.clone(),
            build: hexadecimal(&self.id),
            built_by: concat!("gas-annotation ", env!("CARGO_PKG_VERSION")).to_owned(),
            known_fields: known::columns(&self.plan.known),
            known_types: self.known.types.clone(),
            known_several: self.known.fields_with_several(&self.plan.known),
            transcript_fields: self.transcript_fields.clone(),
            known_sources: known::source_ids(&self.plan.known),
            interval_fields: interval_source::names(&self.plan.intervals),
            interval_sources: self.plan.intervals.iter().map(|source| source.id.clone()).collect(),
            known: self.known.collections.clone(),
            parts,
            sources: self.sources.clone(),
        };
        self.write(|aside, _| {
            let text = toml::to_string(&manifest).map_err(io::Error::other)?;
            let path = aside.join(manifest::FILE_NAME);
            std::fs::write(&path, text)?;
            File::open(&path)?.sync_all()
        })
    }
}

fn open(path: &Path) -> Result<File, BuildError> {
    File::open(path).map_err(|error| BuildError::Source {
        path: path.to_owned(),
        line: None,
        reason: format!("it cannot be opened ({error})"),
    })
}

/// The same for the same files, plan and program on any machine, so that a build can be repeated.
fn build_id(plan: &BuildPlan, sources: &[Source]) -> BuildId {
    let mut hash = Sha256::new();
    hash.update(format!("{FORMAT} {} {:?}", env!("CARGO_PKG_VERSION"), (&plan.name, &plan.assembly)));
    for source in sources {
        hash.update(format!("{source:?}"));
    }
    // The paths are left out: they are another machine's business.
    for known in &plan.known {
        hash.update(format!("{:?}", known.fields));
    }
    for intervals in &plan.intervals {
        hash.update(format!("{:?}", IntervalSource { path: PathBuf::new(), ..intervals.clone() }));
    }
    let digest = hash.finalize();
    std::array::from_fn(|index| digest[index])
}

fn index_of_names(contigs: &[ContigDraft]) -> HashMap<String, usize> {
    let mut index: HashMap<String, usize> =
        contigs.iter().enumerate().map(|(number, contig)| (contig.names[0].clone(), number)).collect();
    for (number, contig) in contigs.iter().enumerate() {
        for name in &contig.names {
            index.entry(name.clone()).or_insert(number);
        }
    }
    index
}

fn apply_facts(contigs: &mut [ContigDraft], facts: &HashMap<usize, ContigFacts>) {
    for (number, contig) in contigs.iter_mut().enumerate() {
        let of_file = facts.get(&number).cloned().unwrap_or_default();
        for name in of_file.names {
            contig.names.extend(contig::synonyms(&name, contig.length));
            contig.names.push(name);
        }
        contig.mitochondrial |= of_file.mitochondrial;
        if contig.mitochondrial {
            contig.names.extend(contig::synonyms("MT", contig.length));
        }
        contig.circular |= of_file.circular;
    }
}

fn genetic_code(contig: &ContigDraft) -> u8 {
    contig::genetic_code(&contig.names[0], contig.mitochondrial)
}

fn nothing_in_common(path: &Path, contigs: &[ContigDraft], account: &Account) -> BuildError {
    let foreign = account.iter().find(|(reason, _)| reason.contains("FASTA lacks"));
    let genes = foreign.map_or_else(|| "as there".to_owned(), |(_, left_out)| left_out.examples.join(", "));
    let fasta: Vec<&str> = contigs.iter().take(5).map(|contig| contig.names[0].as_str()).collect();
    BuildError::NothingInCommon { path: path.to_owned(), genes, fasta: fasta.join(", ") }
}
