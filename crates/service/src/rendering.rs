//! Results in other formats than they are stored in, and reports from their counts: made when they are asked for, and
//! stored nowhere.

mod child;
mod stream;

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time};

use crate::{
    ports::BoxRead,
    settings::{AnnotatorSettings, RenderingSettings, Settings},
    upload::FileName,
};

/// A format in which a result can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultFormat {
    /// VCF as plain text.
    Vcf,
    /// VCF compressed by blocks.
    VcfGz,
    /// VCF in binary.
    Bcf,
    /// A line for each allele and feature, without cells that a spreadsheet would compute.
    Tsv,
    /// The same with cells as they are, for programs.
    PlainTsv,
    /// An object of JSON on a line for each record.
    JsonLines,
    /// Typed columns.
    Parquet,
}

impl ResultFormat {
    /// All of them, as pages list them.
    pub const ALL: [Self; 7] =
        [Self::Vcf, Self::VcfGz, Self::Bcf, Self::Tsv, Self::PlainTsv, Self::JsonLines, Self::Parquet];

    /// The name as asked for, which is the one that `gas convert -O` knows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vcf => "vcf",
            Self::VcfGz => "vcf.gz",
            Self::Bcf => "bcf",
            Self::Tsv => "tsv",
            Self::PlainTsv => "plain-tsv",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// The format of a result as it is stored.
    pub fn of_stored(name: &FileName) -> Self {
        if name.is_compressed() { Self::VcfGz } else { Self::Vcf }
    }

    /// The result's name in this format.
    pub fn name(self, stored: &FileName) -> String {
        let name = stored.as_str();
        let stem = [".vcf.gz", ".vcf"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let ending = if self == Self::PlainTsv { Self::Tsv } else { self };
        format!("{stem}.{ending}")
    }
}

impl fmt::Display for ResultFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A text that names no format of a result.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no format `{0}`; there are `vcf`, `vcf.gz`, `bcf`, `tsv`, `plain-tsv`, `jsonl` and `parquet`"
)]
pub struct UnknownFormat(String);

impl FromStr for ResultFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let known = Self::ALL.into_iter().find(|format| format.as_str() == text);
        known.ok_or_else(|| UnknownFormat(text.chars().take(40).collect()))
    }
}

/// A report on a job, made from its summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportFormat {
    /// A page with plots that needs nothing beside it.
    Html,
    /// What MultiQC shows.
    MultiQc,
}

impl ReportFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::MultiQc => "multiqc",
        }
    }

    /// The report's name for a job's input.
    pub fn name(self, input: &FileName) -> String {
        match self {
            Self::Html => format!("{input}.report.html"),
            // MultiQC looks for files of that ending.
            Self::MultiQc => format!("{input}_mqc.json"),
        }
    }
}

/// What is to be made of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// Another format, of a result.
    Result(ResultFormat),
    /// A report, of a summary.
    Report(ReportFormat),
}

/// Why nothing could be made. Once the first bytes are there, reading them fails instead.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Too many are being made.
    #[error("too many downloads are being converted at the moment; try again in a minute")]
    Busy,
    /// The child did not begin.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// Makes them, each in a child process, as the annotator does; so many at once and no more.
#[derive(Clone)]
pub struct Renderer {
    program: PathBuf,
    places: Arc<Semaphore>,
    settings: RenderingSettings,
    limits: AnnotatorSettings,
}

impl Renderer {
    /// By that program, called as `PROGRAM convert - -O FORMAT …` or `PROGRAM report - -O FORMAT …`.
    pub fn new(program: PathBuf, settings: &Settings) -> Self {
        Self {
            program,
            places: Arc::new(Semaphore::new(settings.rendering.at_once)),
            settings: settings.rendering.clone(),
            limits: settings.annotator.clone(),
        }
    }

    /// Begins, and gives the bytes as they come. The end of the bytes is the end of the whole: when the child, the
    /// input or a limit breaks off, reading fails. Whoever stops reading, or drops what is given, ends the child.
    pub async fn render(
        &self,
        input: BoxRead,
        size: u64,
        rendering: Rendering,
    ) -> Result<BoxRead, RenderError> {
        let place = Arc::clone(&self.places).acquire_owned();
        let place = time::timeout(self.settings.patience, place).await.map_err(|_| RenderError::Busy)?;
        let place = place.map_err(|error| RenderError::Failed(error.into()))?;
        let child = child::start(self.command(rendering), input, size)?;
        let limits = stream::Limits {
            bytes: self.limits.max_output.as_u64(),
            time: self.limits.max_wall_time,
            idle: self.settings.idle_limit,
        };
        Ok(stream::begin(child, limits, place).await?)
    }

    fn command(&self, rendering: Rendering) -> tokio::process::Command {
        let (verb, format) = match rendering {
            Rendering::Result(format) => ("convert", format.as_str()),
            Rendering::Report(format) => ("report", format.as_str()),
        };
        let seconds = |time: Duration| time.as_secs().max(1).to_string();
        let mut command = tokio::process::Command::new(&self.program);
        command
            .args([verb, "-", "-O", format])
            .args(["--max-memory", &self.limits.max_memory.as_u64().to_string()])
            .args(["--max-cpu-time", &seconds(self.limits.max_cpu_time)])
            .args(["--child-of", &std::process::id().to_string()])
            .args(self.limits.confinement.flags());
        command
    }
}

#[cfg(test)]
mod tests;
