//! Annotating a file, for people and, with `--report`, as the annotator's child process.

mod limits;
mod output_format;
mod report;
mod rows;

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use gas_annotation::{Entries, Format, Options, Summary};
use tempfile::NamedTempFile;

use self::{limits::LimitFlags, output_format::OutputFormat, report::Reporter, rows::RowFlags};
use super::reference::Place;
use crate::references;

/// As Ensembl VEP has it.
const DEFAULT_DISTANCE: u64 = 5000;
/// As Ensembl VEP has it.
const DEFAULT_MAX_SV_SIZE: u64 = 10_000_000;

const PROGRAM: &str = concat!("gas ", env!("CARGO_PKG_VERSION"));

/// Annotate a VCF file.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Annotate {
    /// VCF file, plain or compressed, or BCF; `-` is standard input
    input: PathBuf,
    /// Name or directory of the reference
    #[arg(long, default_value = references::SHIPPED)]
    reference: String,
    #[command(flatten)]
    place: Place,
    /// Where to; `-` is standard output
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Format of the output; told by its name when left out
    #[arg(short = 'O', long, value_name = "FORMAT")]
    output_format: Option<OutputFormat>,
    /// Threads that annotate
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Where to write the log
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Where to write the counts as JSON
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// How far up- and downstream of a transcript a variant is told, in bases
    #[arg(long, default_value_t = DEFAULT_DISTANCE)]
    distance: u64,
    /// Longest structural variant that is annotated, in bases
    #[arg(long, value_name = "BASES", default_value_t = DEFAULT_MAX_SV_SIZE)]
    max_sv_size: u64,
    /// Leave HGVS names out
    #[arg(long)]
    no_hgvs: bool,
    /// Name changes on their contigs too, in the field `HGVSg`
    #[arg(long)]
    hgvsg: bool,
    /// Tell known alleles only, each of their fields in an entry of INFO of its own, and no consequences
    #[arg(long, conflicts_with_all = ["exact_vep", "hgvsg", "phased", "one_row", "no_intergenic", "fields", "ann"])]
    known_only: bool,
    /// Answer as Ensembl VEP does even where it errs
    #[arg(long)]
    exact_vep: bool,
    /// Fail instead of only telling it in the log: when the reference lacks a contig of the file, a REF differs from the
    /// reference, known alleles know none of a thousand, or an ALT is of no form that VCF knows
    #[arg(long)]
    strict: bool,
    /// See the alleles of one haplotype together too, and tell in HAPCSQ what they do jointly
    #[arg(long)]
    phased: bool,
    #[command(flatten)]
    rows: RowFlags,
    /// Report progress and end as lines of JSON on standard output
    #[arg(long, hide = true, requires = "log")]
    report: bool,
    #[command(flatten)]
    limits: LimitFlags,
}

impl Annotate {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        self.limits.apply()?;
        let reporter = Reporter::new(self.report);
        // A directory needs no folder of references and so no home, which a worker's child does not have.
        let directory = match std::path::Path::new(&self.reference) {
            path if path.is_absolute() && path.is_dir() => path.to_owned(),
            _ => self.place.locate(&self.reference)?,
        };
        let reference = gas_annotation::Reference::open(&directory)?;
        let presentation = self.rows.presentation(&reference)?;
        let hgvsg = self.hgvsg || presentation.fields.as_ref().is_some_and(|fields| fields.has("HGVSg"));
        let options = Options { presentation, hgvsg, ..self.options() };
        refuse_what_formats_lack(&options)?;
        let input = open_input(&self.input)?;
        let output = Output::create(&self.output)?;
        let progress = |progress| reporter.progress(progress);
        let annotated = gas_annotation::annotate(
            input,
            &name_of(&self.input),
            output.writer()?,
            &reference,
            &options,
            &progress,
        );
        match annotated {
            Ok(summary) => {
                self.write_accounts(&summary)?;
                output.keep()?;
                reporter.done(
                    &format!("{PROGRAM} with {} ({})", reference.name(), reference.assembly()),
                    &summary,
                )?;
                Ok(ExitCode::SUCCESS)
            }
            Err(error) if error.is_broken_pipe() => Ok(ExitCode::SUCCESS),
            Err(error) => {
                reporter.failure(&error)?;
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn options(&self) -> Options {
        let format = self.output_format.unwrap_or_else(|| OutputFormat::of_name(&self.output));
        Options {
            threads: usize::from(self.threads),
            distance: self.distance,
            max_structure_length: self.max_sv_size,
            hgvs: !self.no_hgvs,
            hgvsg: self.hgvsg,
            known_only: self.known_only,
            strict: self.strict,
            exact_vep: self.exact_vep,
            phased: self.phased,
            format: format.format(),
            compression: format.compression(),
            command_line: self.command_line(),
            program: PROGRAM.to_owned(),
            ..Options::default()
        }
    }

    /// How this file came to be, as its header tells: what matters for the content, and no paths of this machine.
    fn command_line(&self) -> String {
        let mut words = vec!["gas annotate".to_owned(), name_of(&self.input)];
        words.push(format!("--reference {}", name_of(Path::new(&self.reference))));
        if self.distance != DEFAULT_DISTANCE {
            words.push(format!("--distance {}", self.distance));
        }
        if self.max_sv_size != DEFAULT_MAX_SV_SIZE {
            words.push(format!("--max-sv-size {}", self.max_sv_size));
        }
        for (flag, set) in [
            ("--no-hgvs", self.no_hgvs),
            ("--hgvsg", self.hgvsg),
            ("--known-only", self.known_only),
            ("--strict", self.strict),
            ("--exact-vep", self.exact_vep),
            ("--phased", self.phased),
        ] {
            words.extend(set.then(|| flag.to_owned()));
        }
        words.extend(self.rows.words());
        words.join(" ")
    }

    fn write_accounts(&self, summary: &Summary) -> anyhow::Result<()> {
        if let Some(path) = &self.log {
            let mut text = Vec::new();
            summary.write_log(&mut text)?;
            write_whole(path, &text)?;
        }
        if let Some(path) = &self.summary {
            write_whole(path, &serde_json::to_vec(summary)?)?;
        }
        Ok(())
    }
}

/// Other formats are made of CSQ alone: what else was asked for would be lost without a word.
fn refuse_what_formats_lack(options: &Options) -> anyhow::Result<()> {
    if options.format != Format::Vcf {
        let has_ann = options.presentation.entries != Entries::Csq;
        for (flag, given) in
            [("--ann", has_ann), ("--phased", options.phased), ("--known-only", options.known_only)]
        {
            anyhow::ensure!(
                !given,
                "`{flag}` adds entries to INFO, which formats other than VCF do not have"
            );
        }
    }
    Ok(())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn open_input(path: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path).with_context(|| format!("opening `{}`", path.display()))?;
    Ok(Box::new(file))
}

fn write_whole(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    let aside = aside(path)?;
    aside.as_file().write_all(text).with_context(|| format!("writing `{}`", path.display()))?;
    aside.persist(path).with_context(|| format!("writing `{}`", path.display()))?;
    Ok(())
}

/// A file that is invisible under its final name until it is whole.
fn aside(path: &Path) -> anyhow::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files are their owner's alone; a result is like any file that the user makes.
    let as_usual = std::fs::Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().permissions(as_usual).tempfile_in(folder);
    file.with_context(|| format!("writing to `{}`", folder.display()))
}

/// Where the annotated file goes.
enum Output {
    Standard,
    File(NamedTempFile, PathBuf),
    /// A device or pipe, which cannot be replaced by renaming.
    Direct(PathBuf),
}

impl Output {
    fn create(path: &Path) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Standard);
        }
        if path.exists() && !path.is_file() {
            return Ok(Self::Direct(path.to_owned()));
        }
        Ok(Self::File(aside(path)?, path.to_owned()))
    }

    fn writer(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        Ok(match self {
            Self::Standard => Box::new(io::stdout()),
            Self::File(file, _) => Box::new(BufWriter::new(file.reopen()?)),
            Self::Direct(path) => {
                let file = File::options().write(true).open(path);
                Box::new(file.with_context(|| format!("opening `{}`", path.display()))?)
            }
        })
    }

    /// Gives the file its name, now that it is whole.
    fn keep(self) -> anyhow::Result<()> {
        if let Self::File(file, path) = self {
            file.persist(&path).with_context(|| format!("writing `{}`", path.display()))?;
        }
        Ok(())
    }
}
