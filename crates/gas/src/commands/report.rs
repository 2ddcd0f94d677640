//! Reports from the counts of a run.

use std::{io::Read as _, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use gas_annotation::Summary;

use super::annotate::LimitFlags;
use super::output_file::{Output, name_of, open_input};
use crate::confinement::ConfinementFlags;

/// Make a report of the counts that `gas annotate --summary` wrote.
#[derive(clap::Args)]
pub(crate) struct Report {
    /// The counts; `-` is standard input
    summary: PathBuf,
    /// Where to; `-` is standard output
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// What kind of report
    #[arg(short = 'O', long, value_name = "FORMAT", default_value = "html")]
    output_format: ReportFormat,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    confinement: ConfinementFlags,
}

/// A kind of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ReportFormat {
    /// A page with plots that needs nothing beside it
    Html,
    /// A table for `MultiQC`
    #[value(name = "multiqc")]
    MultiQc,
}

impl Report {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        self.limits.apply()?;
        // All comes and goes by pipes that are open already.
        self.confinement.apply(&[], &[])?;
        let mut json = Vec::new();
        let doing = || format!("reading the counts in `{}`", name_of(&self.summary));
        open_input(&self.summary)?.read_to_end(&mut json).with_context(doing)?;
        let summary: Summary = serde_json::from_slice(&json).with_context(doing)?;
        let output = Output::create(&self.output)?;
        let mut text = Vec::new();
        match self.output_format {
            ReportFormat::Html => summary.write_page(&mut text)?,
            ReportFormat::MultiQc => summary.write_multiqc(&mut text)?,
        }
        output.writer()?.write_all(&text)?;
        output.keep()?;
        Ok(ExitCode::SUCCESS)
    }
}
