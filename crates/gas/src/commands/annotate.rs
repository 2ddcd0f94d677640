//! Annotating a file, for people and, with `--report`, as the annotator's child process.

mod accounts;
mod limits;
mod report;
mod rows;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use gas_annotation::{Entries, Format, Options};

pub(super) use self::limits::LimitFlags;
use self::{accounts::AccountFlags, report::Reporter, rows::RowFlags};
use super::output_file::{Output, name_of, open_input};
use super::output_format::FormatFlags;
use super::reference::Place;
use crate::{confinement::ConfinementFlags, references, terminal};

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
    #[command(flatten)]
    format: FormatFlags,
    /// Threads that annotate
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    #[command(flatten)]
    accounts: AccountFlags,
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
    #[command(flatten)]
    confinement: ConfinementFlags,
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
        // A child writes into the folder it was started in and nowhere else.
        self.confinement.apply(&[&self.input, &directory], &[Path::new(".")])?;
        let reference = gas_annotation::Reference::open(&directory)?;
        let presentation = self.rows.presentation(&reference)?;
        let hgvsg = self.hgvsg || presentation.fields.as_ref().is_some_and(|fields| fields.has("HGVSg"));
        let options = Options { presentation, hgvsg, ..self.options() };
        refuse_what_formats_lack(&options)?;
        let input = open_input(&self.input)?;
        let output = Output::create(&self.output)?;
        let progress = |progress| reporter.progress(progress);
        let options =
            Options { index: self.format.index(&output, options.format, options.compression), ..options };
        let annotated = gas_annotation::annotate_with_index(
            input,
            &name_of(&self.input),
            output.writer()?,
            &reference,
            &options,
            &progress,
        );
        match annotated {
            Ok((summary, index)) => {
                self.accounts.write(&summary)?;
                output.keep_with_index(index.as_ref().ok())?;
                reporter.done(
                    &format!("{PROGRAM} with {} ({})", reference.name(), reference.assembly()),
                    &summary,
                )?;
                if let (Some(_), Err(why)) = (options.index, index) {
                    terminal::say(&format!("note: there is no index: {why}"));
                }
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
        let format = self.format.of(&self.output);
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
}

/// Other formats are made of CSQ alone: what else was asked for would be lost without a word.
fn refuse_what_formats_lack(options: &Options) -> anyhow::Result<()> {
    if !matches!(options.format, Format::Vcf | Format::Bcf) {
        let has_ann = options.presentation.entries != Entries::Csq;
        for (flag, given) in
            [("--ann", has_ann), ("--phased", options.phased), ("--known-only", options.known_only)]
        {
            anyhow::ensure!(
                !given,
                "`{flag}` adds entries to INFO, which formats other than VCF and BCF do not have"
            );
        }
    }
    Ok(())
}
