//! The files of the archives.

use std::io;

use super::{ArchiveId, File, PathBuf, Written, files};

/// The folder that holds one file per archive, named by its id.
pub(crate) struct Shelf {
    pub(crate) root: PathBuf,
}

impl Shelf {
    pub(super) async fn put(&self, archive: &ArchiveId, written: Written) -> io::Result<()> {
        let (path, root) = (self.path(archive)?, self.root.clone());
        files::blocking(move || files::put_in_place(written, &path, &root)).await
    }

    pub(super) async fn checksum(&self, archive: &ArchiveId) -> io::Result<String> {
        let path = self.path(archive)?;
        files::blocking(move || Ok(files::measure(&path)?.sha256)).await
    }

    pub(super) async fn open(&self, archive: &ArchiveId) -> io::Result<File> {
        File::open(self.path(archive)?).await
    }

    /// Removes the file; that there is none is fine.
    pub(super) async fn remove(&self, archive: &ArchiveId) -> io::Result<()> {
        // Nothing is ever stored under an id of another shape.
        let Ok(path) = self.path(archive) else { return Ok(()) };
        let root = self.root.clone();
        files::blocking(move || files::remove(&path, &root)).await
    }

    fn path(&self, archive: &ArchiveId) -> io::Result<PathBuf> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if archive.0.is_empty() || !archive.0.chars().all(plain) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the archive's id is not of our shape"));
        }
        Ok(self.root.join(&archive.0))
    }
}
