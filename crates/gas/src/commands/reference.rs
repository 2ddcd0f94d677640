//! Building, listing and looking at references.

mod fetch;
mod intervals;

use std::{path::PathBuf, process::ExitCode};

use gas_annotation::{
    BuildPlan, BuildReport, IntervalSource, KnownCollection, KnownCount, KnownField, KnownSource, Provenance,
};

use crate::{
    references::{self, Wanted},
    terminal,
};

/// Fetch, build, list and look at references.
#[derive(clap::Subcommand)]
pub(crate) enum Reference {
    /// Build a reference from a genome and its genes
    Build(Build),
    /// Fetch the files of a recipe and build a reference from them
    Fetch(fetch::Fetch),
    /// List the references by name, and the recipes of those that can be fetched
    List(List),
    /// Show what a reference is made of
    Inspect(Inspect),
}

/// Build a reference from a genome and its genes.
#[derive(clap::Args)]
pub(crate) struct Build {
    /// A recipe that names everything, instead of the flags below; its files lie beside it
    #[arg(long, value_name = "TOML", conflicts_with_all = ["name", "assembly", "fasta", "genes", "synonyms", "alleles", "intervals"])]
    recipe: Option<PathBuf>,
    /// Its name
    #[arg(long, required_unless_present = "recipe")]
    name: Option<String>,
    /// The assembly that it describes
    #[arg(long, value_name = "GRCh38", required_unless_present = "recipe")]
    assembly: Option<String>,
    /// The genome, plain or compressed
    #[arg(long, value_name = "FASTA", required_unless_present = "recipe")]
    fasta: Option<PathBuf>,
    /// Its genes: GFF3, GTF, or genePred as UCSC's tables have it; plain or compressed
    #[arg(long, value_name = "FILE", required_unless_present = "recipe")]
    genes: Option<PathBuf>,
    /// Other names of its sequences: a file whose lines hold the names of one each, as UCSC's chromAlias
    #[arg(long, value_name = "FILE")]
    synonyms: Option<PathBuf>,
    /// Known alleles, and which of their INFO fields to show; can be given several times
    #[arg(long, value_name = "ID=VCF[:INFO,INFO]", value_parser = known_source)]
    alleles: Vec<KnownSource>,
    /// Intervals, which of their columns to show, and how; can be given several times. The settings are mode (overlap,
    /// nearest or count), upstream, downstream, type, name, format, base, most and count; a recipe explains them
    #[arg(long, value_name = "ID=FILE[:COLUMN,SETTING=VALUE]", value_parser = intervals::source)]
    intervals: Vec<IntervalSource>,
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

    /// The directory of a reference that was asked for by name or directory.
    pub(crate) fn locate(&self, wanted: &str) -> anyhow::Result<PathBuf> {
        match Wanted::from(wanted) {
            Wanted::Directory(directory) => Ok(directory),
            Wanted::Named(name) => references::named(&name, &self.folder()?),
        }
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
    /// Read all of it, and compare it with the checksums that were written when it was built
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    place: Place,
}

/// `ID=VCF` or `ID=VCF:INFO,INFO`.
fn known_source(text: &str) -> Result<KnownSource, String> {
    let (id, rest) =
        text.split_once('=').ok_or("write ID=VCF, such as ClinVar=clinvar.vcf.gz:CLNSIG,CLNDN")?;
    let (path, keys) = rest.rsplit_once(':').unwrap_or((rest, ""));
    if id.is_empty() || path.is_empty() {
        return Err("neither the id nor the file may be empty".to_owned());
    }
    let field = |key: &str| KnownField { key: key.to_owned(), ..KnownField::default() };
    Ok(KnownSource {
        id: id.to_owned(),
        path: PathBuf::from(path),
        fields: keys.split(',').filter(|key| !key.is_empty()).map(field).collect(),
        provenance: Provenance::default(),
    })
}

impl Reference {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Build(build) => build.run()?,
            Self::Fetch(fetch) => fetch.run()?,
            Self::List(list) => list.run()?,
            Self::Inspect(inspect) => inspect.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Build {
    fn run(mut self) -> anyhow::Result<()> {
        let (output, place) = (self.output.take(), self.place.clone());
        let plan = self.plan()?;
        let directory = match output {
            Some(directory) => directory,
            None => place.folder()?.join(&plan.name),
        };
        tell(&gas_annotation::build(&plan, &directory)?);
        Ok(terminal::line(&directory.display().to_string())?)
    }

    /// What the recipe says, or the flags; there is one or the other.
    fn plan(self) -> anyhow::Result<BuildPlan> {
        if let Some(recipe) = &self.recipe {
            return Ok(BuildPlan::from_recipe(recipe)?);
        }
        Ok(BuildPlan {
            name: self.name.unwrap_or_default(),
            assembly: self.assembly.unwrap_or_default(),
            fasta: self.fasta.unwrap_or_default(),
            genes: self.genes.unwrap_or_default(),
            synonyms: self.synonyms,
            known: self.alleles,
            intervals: self.intervals,
            ..BuildPlan::default()
        })
    }
}

/// What went in, and what did not and why.
fn tell(report: &BuildReport) {
    terminal::say(&format!(
        "{} sequences of {} bases; {}: {} genes, {} transcripts ({} coding)",
        report.contigs,
        report.bases,
        report.genes_format,
        report.genes,
        report.transcripts,
        report.coding_transcripts
    ));
    for known in &report.known {
        let KnownCount { source, file, records, alleles, left_out, unsorted } = known;
        let order =
            if *unsorted > 0 { format!("; {unsorted} of its records are not sorted") } else { String::new() };
        terminal::say(&format!(
            "{source}: {alleles} alleles of {records} records of {file}, {left_out} could not be used{order}"
        ));
    }
    report.collections.iter().for_each(|collection| terminal::say(&sum_up(collection)));
    for intervals in &report.intervals {
        terminal::say(&intervals::told(intervals));
    }
    for (reason, left_out) in report.left_out.iter() {
        terminal::say(&format!(
            "left out: {} {reason}, such as {}",
            left_out.count,
            left_out.examples.join(", ")
        ));
    }
}

/// What the known alleles of a collection came to.
fn sum_up(collection: &KnownCollection) -> String {
    let KnownCollection { id, records, alleles, merged, bytes, .. } = collection;
    format!(
        "{id}: {records} records gave {alleles} distinct alleles and {merged} that are there already; {bytes} bytes, {} for each record",
        tenths(*bytes, *records)
    )
}

/// A quotient with one decimal.
fn tenths(dividend: u64, divisor: u64) -> String {
    let tenths = (10 * dividend + divisor / 2).checked_div(divisor).unwrap_or_default();
    format!("{}.{}", tenths / 10, tenths % 10)
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
        for recipe in crate::fetch::not_in(&folder)? {
            terminal::say(&recipe.to_string());
        }
        Ok(())
    }
}

impl Inspect {
    fn run(self) -> anyhow::Result<()> {
        let directory = self.place.locate(&self.reference)?;
        let reference = if self.verify {
            gas_annotation::Reference::verify(&directory)?
        } else {
            gas_annotation::Reference::open(&directory)?
        };
        terminal::line(toml::to_string_pretty(reference.manifest())?.trim_end())?;
        for collection in &reference.manifest().known {
            terminal::line(&format!("# {}", sum_up(collection)))?;
        }
        if self.verify {
            terminal::line("# all parts have the checksums with which they were built")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_for_each_record() {
        let collection = KnownCollection {
            id: "X".into(),
            records: 3,
            alleles: 2,
            merged: 1,
            bytes: 17,
            ..KnownCollection::default()
        };
        assert_eq!(
            sum_up(&collection),
            "X: 3 records gave 2 distinct alleles and 1 that are there already; 17 bytes, 5.7 for each record"
        );
        assert_eq!(tenths(5, 0), "0.0");
    }

    #[test]
    fn known_sources_name_a_file_and_fields() {
        let source = known_source("ClinVar=/data/clinvar.vcf.gz:CLNSIG,CLNDN").unwrap();
        assert_eq!((source.id.as_str(), source.path.to_str()), ("ClinVar", Some("/data/clinvar.vcf.gz")));
        let keys: Vec<&str> = source.fields.iter().map(|field| field.key.as_str()).collect();
        assert_eq!(keys, ["CLNSIG", "CLNDN"]);
        assert!(known_source("dbSNP=dbsnp.vcf").unwrap().fields.is_empty());
        assert!(known_source("dbsnp.vcf").is_err());
        assert!(known_source("=dbsnp.vcf").is_err());
    }
}
