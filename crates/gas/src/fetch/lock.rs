//! What was fetched, file by file: so that the same recipe gives the same reference again, or says that it does not.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::download::Fetched;

/// A file that lies beside the reference.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    entries: Entries,
    /// Whether other content than before is welcome.
    update: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Entries {
    #[serde(default)]
    file: Vec<Entry>,
}

/// A file as it was fetched.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    name: String,
    url: String,
    size: u64,
    sha256: String,
    /// What the publisher said of it.
    published: String,
    /// The date that its server gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
}

impl Lock {
    /// Reads what an earlier fetch of the recipe noted.
    pub(super) fn read(references: &Path, name: &str, update: bool) -> anyhow::Result<Self> {
        let path = references.join(format!("{name}.lock.toml"));
        let entries = if path.exists() {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
            toml::from_str(&text)
                .with_context(|| format!("`{}` is no lock file; remove it", path.display()))?
        } else {
            Entries::default()
        };
        Ok(Self { path, entries, update })
    }

    /// The checksum that a file from an address had, if other content than that is not welcome.
    pub(super) fn sha256_of(&self, url: &str) -> Option<&str> {
        let entry = self.entries.file.iter().find(|entry| entry.url == url)?;
        (!self.update).then_some(entry.sha256.as_str())
    }

    /// The date that the server gave of a file.
    pub(super) fn date_of(&self, name: &str) -> Option<&str> {
        self.entries.file.iter().find(|entry| entry.name == name)?.last_modified.as_deref()
    }

    /// Notes a file.
    pub(super) fn note(&mut self, fetched: Fetched) {
        let Fetched { name, url, digests, published, last_modified } = fetched;
        let entry = Entry { name, url, size: digests.size, sha256: digests.sha256, published, last_modified };
        self.entries.file.retain(|known| known.name != entry.name);
        self.entries.file.push(entry);
        self.entries.file.sort_by(|one, other| one.name.cmp(&other.name));
    }

    /// Writes it, aside first.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        let doing = || format!("writing `{}`", self.path.display());
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut aside = tempfile::NamedTempFile::new_in(folder).with_context(doing)?;
        let text = toml::to_string(&self.entries)?;
        aside.write_all(
            b"# Files as they were fetched. A file of a fixed release that differs from this is refused.\n",
        )?;
        aside.write_all(text.as_bytes()).with_context(doing)?;
        aside.persist(&self.path).with_context(doing)?;
        Ok(())
    }
}
