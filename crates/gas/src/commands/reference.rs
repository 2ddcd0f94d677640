//! Building, listing and looking at references.

use std::{path::PathBuf, process::ExitCode};

use gas_annotation::{BuildPlan, KnownSource};

use crate::{references, terminal};

/// Build, list and look at references.
#[derive(clap::Subcommand)]
pub(crate) enum Reference {
    /// Build a reference from a genome and its genes
    Build(Build),
    /// List the references by name
    List(List),
    /// Show what a reference is made of
    Inspect(Inspect),
}

/// Build a reference from a genome and its genes.
#[derive(clap::Args)]
pub(crate) struct Build {
    /// Its name
    #[arg(long)]
    name: String,
    /// The assembly that it describes, such as GRCh38
    #[arg(long)]
    assembly: String,
    /// The genome, plain or compressed
    #[arg(long, value_name = "FASTA")]
    fasta: PathBuf,
    /// Its genes, plain or compressed
    #[arg(long, value_name = "GFF3")]
    genes: PathBuf,
    /// Known alleles, and which of their INFO fields to show; can be given several times
    #[arg(long, value_name = "ID=VCF[:INFO,INFO]", value_parser = known_source)]
    alleles: Vec<KnownSource>,
    /// Directory to write; a folder of the name among the references when left out
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Where references are.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// Folder of references by name
    #[arg(long, env = "GAS_REFERENCES", value_name = "DIR")]
    references: Option<PathBuf>,
}

impl Place {
    /// The folder.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        self.references.clone().map_or_else(references::default_folder, Ok)
    }
}

/// List the references by name.
#[derive(clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
}

/// Show what a reference is made of.
#[derive(clap::Args)]
pub(crate) struct Inspect {
    /// Name or directory
    reference: String,
    /// Read every part and compare its checksum
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    place: Place,
}

fn known_source(text: &str) -> Result<KnownSource, String> {
    text.parse().map_err(|error: gas_annotation::InvalidKnownSource| error.to_string())
}

impl Reference {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Build(build) => build.run()?,
            Self::List(list) => list.run()?,
            Self::Inspect(inspect) => inspect.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Build {
    fn run(self) -> anyhow::Result<()> {
        let directory = match self.output {
            Some(directory) => directory,
            None => self.place.folder()?.join(&self.name),
        };
        let plan = BuildPlan::new(&self.name, &self.assembly, &self.fasta, &self.genes, self.alleles);
        let report = gas_annotation::build(&plan, &directory)?;
        terminal::say(&report.to_string());
        Ok(terminal::line(&directory.display().to_string())?)
    }
}

impl List {
    fn run(self) -> anyhow::Result<()> {
        let folder = self.place.folder()?;
        references::install_shipped(&folder)?;
        for name in references::names(&folder)? {
            match gas_annotation::Reference::open(&folder.join(&name)) {
                Ok(reference) => terminal::line(&format!("{name}  {}", reference.assembly()))?,
                Err(error) => terminal::say(&format!("{name}: {error}")),
            }
        }
        Ok(())
    }
}

impl Inspect {
    fn run(self) -> anyhow::Result<()> {
        let directory = references::locate(&self.reference, &self.place.folder()?)?;
        let reference = gas_annotation::Reference::open(&directory)?;
        terminal::line(&reference.manifest().to_string())?;
        if self.verify {
            reference.verify()?;
            terminal::say("every part has the checksum that it was built with");
        }
        Ok(())
    }
}
