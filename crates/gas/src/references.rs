//! Where references are, and the one that comes with the program.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use gas_annotation::Reference;

use crate::configuration::default_data_directory;

/// Name of the reference that comes with the program.
pub(crate) const SHIPPED: &str = "human-mt";

/// The files it is built from.
#[derive(rust_embed::RustEmbed)]
#[folder = "../../reference/human-mt"]
struct ShippedFiles;

/// The folder of references within a data directory.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("references")
}

/// The folder of references when nothing else is said.
pub(crate) fn default_folder() -> anyhow::Result<PathBuf> {
    let data = default_data_directory();
    Ok(folder(
        &data.context("there is no place for references: set `--references DIR`, or the variable `HOME`")?,
    ))
}

/// The directory of a reference that was asked for by name or by directory. The one that comes with the program
/// is built when it is first needed.
pub(crate) fn locate(wanted: &str, references: &Path) -> anyhow::Result<PathBuf> {
    let named = !wanted.is_empty() && !wanted.contains('/') && wanted != "." && wanted != "..";
    if named && (wanted == SHIPPED || references.join(wanted).is_dir()) {
        if wanted == SHIPPED {
            install_shipped(references)?;
        }
        return Ok(references.join(wanted));
    }
    let directory = PathBuf::from(wanted);
    if directory.is_dir() {
        return Ok(directory);
    }
    bail!(
        "there is no reference `{wanted}`, neither in `{}` nor as a directory; `gas reference list` shows what there is",
        references.display()
    )
}

/// Builds the reference that comes with the program, unless it is there and fits this program.
pub(crate) fn install_shipped(references: &Path) -> anyhow::Result<()> {
    let directory = references.join(SHIPPED);
    if Reference::open(&directory).is_ok() {
        return Ok(());
    }
    let doing = || format!("installing the reference `{SHIPPED}` in `{}`", references.display());
    std::fs::create_dir_all(references).with_context(doing)?;
    let sources = tempfile::tempdir_in(references).with_context(doing)?;
    for name in ShippedFiles::iter() {
        if let Some(file) = ShippedFiles::get(&name) {
            std::fs::write(sources.path().join(&*name), &file.data).with_context(doing)?;
        }
    }
    let plan =
        gas_annotation::BuildPlan::from_recipe(&sources.path().join("recipe.toml")).with_context(doing)?;
    // Whoever has a reference of an older program mapped keeps it: only its name goes.
    let outdated = sources.path().join("outdated");
    if directory.exists() && std::fs::rename(&directory, &outdated).is_err() && directory.exists() {
        bail!(
            "`{}` is of another version of this program and cannot be replaced; remove it",
            directory.display()
        );
    }
    let built = gas_annotation::build(&plan, &directory);
    // Another process may have been quicker; what counts is that it is there.
    if let Err(error) = built
        && Reference::open(&directory).is_err()
    {
        return Err(error).with_context(doing);
    }
    Ok(())
}

/// Names of the references in a folder, sorted.
pub(crate) fn names(references: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    if !references.is_dir() {
        return Ok(names);
    }
    for entry in std::fs::read_dir(references)? {
        let entry = entry?;
        if entry.path().join("reference.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
