//! Builds a reference: `build_reference FASTA GENES DIRECTORY`, or `build_reference RECIPE DIRECTORY`.

use std::error::Error;
use std::path::{Path, PathBuf};

use gas_annotation::{BuildPlan, build};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let (plan, directory) = match &arguments[..] {
        [recipe, directory] => (BuildPlan::from_recipe(recipe)?, directory),
        [fasta, genes, directory] => (plan(fasta, genes, directory), directory),
        _ => return Err("usage: build_reference FASTA GENES DIRECTORY | RECIPE DIRECTORY".into()),
    };
    let report = build(&plan, directory)?;
    serde_json::to_writer_pretty(std::io::stdout(), &report)?;
    Ok(())
}

fn plan(fasta: &Path, genes: &Path, directory: &Path) -> BuildPlan {
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    BuildPlan {
        assembly: name.clone(),
        name,
        fasta: fasta.into(),
        genes: genes.into(),
        ..BuildPlan::default()
    }
}
