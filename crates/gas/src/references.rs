//! Where references are, and the one that comes with the program.

mod installed;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use gas_annotation::Reference;
use gas_service::notation::hexadecimal;

pub(crate) use self::installed::ReferenceFolder;
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

/// What was asked for by `--reference`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// One of the folder of references.
    Named(String),
    /// A directory.
    Directory(PathBuf),
}

impl From<&str> for Wanted {
    /// Whatever has a `/` is a directory, as shells have it with programs.
    fn from(text: &str) -> Self {
        if text.contains('/') || ["", ".", ".."].contains(&text) {
            Self::Directory(PathBuf::from(text))
        } else {
            Self::Named(text.to_owned())
        }
    }
}

/// The directory of a reference of that name. The one that comes with the program is built when it is first needed.
pub(crate) fn named(name: &str, references: &Path) -> anyhow::Result<PathBuf> {
    if name == SHIPPED {
        install_shipped(references)?;
    }
    let directory = references.join(name);
    if directory.is_dir() {
        return Ok(directory);
    }
    bail!(
        "there is no reference `{name}` in `{}`; `gas reference list` shows what there is, and `./{name}` would name a directory",
        references.display()
    )
}

/// Builds the reference that comes with the program, unless it is there and fits this program.
pub(crate) fn install_shipped(references: &Path) -> anyhow::Result<()> {
    let directory = references.join(SHIPPED);
    if is_current(&directory) {
        return Ok(());
    }
    let doing = || format!("installing the reference `{SHIPPED}` in `{}`", references.display());
    std::fs::create_dir_all(references).with_context(doing)?;
    let sources = tempfile::Builder::new().prefix(".sources-").tempdir_in(references).with_context(doing)?;
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
        && !is_current(&directory)
    {
        return Err(error).with_context(doing);
    }
    Ok(())
}

/// Whether a directory holds a reference that this program reads, built from the very files that it ships.
fn is_current(directory: &Path) -> bool {
    let Ok(reference) = Reference::open(directory) else { return false };
    reference.manifest().sources.iter().all(|source| {
        ShippedFiles::get(&source.file)
            .is_some_and(|file| source.sha256 == hexadecimal(&file.metadata.sha256_hash()))
    })
}

/// Names of the references in a folder, sorted; what is half built, or was when its builder died, is not among them.
pub(crate) fn names(references: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    if !references.is_dir() {
        return Ok(names);
    }
    for entry in std::fs::read_dir(references)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().join("reference.toml").is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_makes_a_directory() {
        assert_eq!(Wanted::from("human-mt"), Wanted::Named("human-mt".into()));
        assert_eq!(Wanted::from("./human-mt"), Wanted::Directory("./human-mt".into()));
        assert_eq!(Wanted::from(".."), Wanted::Directory("..".into()));
    }

    #[test]
    fn the_shipped_reference_is_built_once_and_replaced_when_it_does_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let directory = named(SHIPPED, folder.path()).unwrap();
        let build = |directory: &Path| Reference::open(directory).unwrap().manifest().build.clone();
        let first = build(&directory);
        named(SHIPPED, folder.path()).unwrap();
        assert_eq!(build(&directory), first);
        std::fs::remove_file(directory.join("genes.bin")).unwrap();
        named(SHIPPED, folder.path()).unwrap();
        assert_eq!(Reference::open(&directory).unwrap().assembly(), "rCRS");
        assert_eq!(names(folder.path()).unwrap(), [SHIPPED]);
    }
}
