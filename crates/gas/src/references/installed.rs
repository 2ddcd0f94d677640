//! The folder of references as the service sees it.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use gas_annotation::{Reference, Source};
use gas_service::{
    ports::{BackendError, References},
    reference::{Contig, InstalledReference, InstalledReferences, ReferenceSource},
};

/// Most references that are offered; by name, so that it is always the same ones.
const MOST: usize = 1000;

/// All references of a folder. It is listed anew each time, and a reference is read again only when its manifest is
/// another than before.
pub(crate) struct ReferenceFolder(Arc<Folder>);

struct Folder {
    path: PathBuf,
    read: Mutex<HashMap<String, Read>>,
}

/// A reference as it was when its manifest was so; none when it cannot be opened.
type Read = (Stamp, Option<Arc<InstalledReference>>);

/// What differs when a manifest was written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: Option<SystemTime>,
}

impl ReferenceFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(Arc::new(Folder { path, read: Mutex::default() }))
    }
}

#[async_trait::async_trait]
impl References for ReferenceFolder {
    async fn installed(&self) -> Result<InstalledReferences, BackendError> {
        let folder = Arc::clone(&self.0);
        let doing = || format!("listing the references in `{}`", self.0.path.display());
        let read = tokio::task::spawn_blocking(move || folder.read());
        let read = read.await.map_err(|error| BackendError::new(doing(), error))?;
        read.map_err(|error| BackendError::new(doing(), error))
    }
}

impl Folder {
    fn read(&self) -> anyhow::Result<InstalledReferences> {
        let names = super::names(&self.path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.retain(|name, _| names.contains(name));
        let installed = names.into_iter().take(MOST).filter_map(|name| {
            let directory = self.path.join(&name);
            // One that goes away just now is as good as gone.
            let stamp = Stamp::of(&directory).ok()?;
            match read.get(&name) {
                Some((before, reference)) if *before == stamp => reference.clone(),
                _ => {
                    let reference = read_reference(&name, &directory);
                    read.insert(name, (stamp, reference.clone()));
                    reference
                }
            }
        });
        Ok(InstalledReferences::new(installed))
    }
}

impl Stamp {
    fn of(directory: &Path) -> io::Result<Self> {
        let manifest = fs::metadata(directory.join("reference.toml"))?;
        Ok(Self { inode: manifest.ino(), size: manifest.size(), modified: manifest.modified().ok() })
    }
}

/// The reference, known by the folder's name. One that cannot be opened is told in the log once, and not offered.
fn read_reference(name: &str, directory: &Path) -> Option<Arc<InstalledReference>> {
    match Reference::open(directory) {
        Ok(reference) => Some(Arc::new(described(name, &reference))),
        Err(error) => {
            tracing::warn!(name, %error, "a reference cannot be opened, so it is not offered");
            None
        }
    }
}

fn described(name: &str, reference: &Reference) -> InstalledReference {
    let contigs = reference.contigs().map(|(name, length, synonyms)| Contig {
        name: name.to_owned(),
        length,
        synonyms: synonyms.into_iter().map(str::to_owned).collect(),
    });
    InstalledReference {
        name: name.to_owned(),
        assembly: reference.assembly().to_owned(),
        contigs: contigs.collect(),
        sources: reference.manifest().sources.iter().map(source).collect(),
    }
}

fn source(source: &Source) -> ReferenceSource {
    let provenance = source.provenance.clone();
    ReferenceSource {
        id: source.id.clone(),
        file: source.file.clone(),
        version: provenance.version,
        licence: provenance.licence,
        citation: provenance.citation,
        url: provenance.url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::references::{SHIPPED, install_shipped};

    fn copy(from: &Path, to: &Path) {
        fs::create_dir(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }

    #[tokio::test]
    async fn what_is_installed_or_removed_shows_at_once() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("references");
        let folder = ReferenceFolder::new(path.clone());
        assert_eq!(folder.installed().await.unwrap().iter().count(), 0, "no folder yet");

        install_shipped(&path).unwrap();
        let installed = folder.installed().await.unwrap();
        let shipped = installed.named(SHIPPED).unwrap();
        let contig = &shipped.contigs[0];
        assert_eq!((shipped.assembly.as_str(), contig.name.as_str(), contig.length), ("rCRS", "MT", 16_569));
        assert!(contig.synonyms.iter().any(|name| name == "chrM"), "{contig:?}");
        assert!(shipped.sources.iter().any(|source| source.id == "genes" && source.licence.is_some()));
        let again = folder.installed().await.unwrap();
        assert!(Arc::ptr_eq(shipped, again.named(SHIPPED).unwrap()), "it is not read twice");

        copy(&path.join(SHIPPED), &path.join("another"));
        assert_eq!(folder.installed().await.unwrap().in_words(), "`another` and `human-mt`");
        fs::remove_dir_all(path.join("another")).unwrap();
        assert_eq!(folder.installed().await.unwrap().in_words(), "`human-mt`");
    }

    #[tokio::test]
    async fn one_that_cannot_be_opened_hides_no_other() {
        let data = tempfile::tempdir().unwrap();
        install_shipped(data.path()).unwrap();
        copy(&data.path().join(SHIPPED), &data.path().join("broken"));
        fs::write(data.path().join("broken/reference.toml"), "format = 0\n").unwrap();
        let folder = ReferenceFolder::new(data.path().to_owned());
        assert_eq!(folder.installed().await.unwrap().in_words(), "`human-mt`");
        // Mended, it is there without anything being started again.
        fs::remove_dir_all(data.path().join("broken")).unwrap();
        copy(&data.path().join(SHIPPED), &data.path().join("broken"));
        assert_eq!(folder.installed().await.unwrap().in_words(), "`broken` and `human-mt`");
    }
}
