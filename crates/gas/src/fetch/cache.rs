//! The folder of downloads of one recipe; one process at a time has it.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use super::error::FetchError;

/// The folder.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// Held as long as this lives.
    _lock: File,
}

impl Cache {
    /// Makes the folder unless it is there.
    pub(super) fn open(downloads: &Path, name: &str) -> Result<Self, FetchError> {
        let folder = downloads.join(name);
        let fault = |source| FetchError::Write { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(fault)?;
        let lock = File::create(folder.join(".lock")).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(FetchError::Busy { folder }),
            Err(std::fs::TryLockError::Error(error)) => Err(fault(error)),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The place of a file that is whole and checked.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The place of a file that is being fetched.
    pub(super) fn part(&self, file: &str) -> PathBuf {
        self.folder.join(format!("{file}.part"))
    }

    /// The place of what the server said of it.
    pub(super) fn state(&self, file: &str) -> PathBuf {
        self.folder.join(format!("{file}.part.toml"))
    }

    /// Removes the folder.
    pub(super) fn remove(self) -> Result<(), FetchError> {
        std::fs::remove_dir_all(&self.folder)
            .map_err(|source| FetchError::Write { path: self.folder.clone(), source })
    }
}

/// Removes a file that may not be there.
pub(super) fn remove_file(path: &Path) -> Result<(), FetchError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FetchError::Write { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}
