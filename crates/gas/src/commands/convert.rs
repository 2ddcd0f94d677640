//! Converting an annotated file into another format.

use std::{path::PathBuf, process::ExitCode};

use gas_annotation::{Conversion, Limits, convert};

use super::annotate::LimitFlags;
use super::output_file::{Output, name_of, open_input};
use super::output_format::FormatFlags;
use crate::{confinement::ConfinementFlags, terminal};

/// Write an annotated file, of this program or of Ensembl VEP, in another format.
#[derive(clap::Args)]
pub(crate) struct Convert {
    /// VCF with CSQ, plain or compressed, or BCF; `-` is standard input
    input: PathBuf,
    /// Where to; `-` is standard output
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    #[command(flatten)]
    format: FormatFlags,
    /// Threads that convert
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    confinement: ConfinementFlags,
}

impl Convert {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        self.limits.apply()?;
        // All comes and goes by pipes that are open already.
        self.confinement.apply(&[], &[])?;
        let chosen = self.format.of(&self.output);
        let input = open_input(&self.input)?;
        let output = Output::create(&self.output)?;
        let conversion = Conversion {
            format: chosen.format(),
            compression: chosen.compression(),
            index: self.format.index(&output, chosen.format(), chosen.compression()),
            threads: usize::from(self.threads),
            limits: Limits::default(),
        };
        let progress =
            |progress: gas_annotation::Progress| terminal::progress(&format!("{} records", progress.records));
        let converted = convert(input, &name_of(&self.input), output.writer()?, &conversion, &progress);
        terminal::progress_done();
        match converted {
            Ok(converted) => {
                output.keep_with_index(converted.index.as_ref().ok())?;
                terminal::say(&format!("{} records converted", converted.records));
                if let (Some(_), Err(why)) = (conversion.index, converted.index) {
                    terminal::say(&format!("note: there is no index: {why}"));
                }
                Ok(ExitCode::SUCCESS)
            }
            Err(error) if error.is_broken_pipe() => Ok(ExitCode::SUCCESS),
            Err(error) => {
                terminal::error(&error.to_string());
                Ok(ExitCode::FAILURE)
            }
        }
    }
}
