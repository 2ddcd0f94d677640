//! The folder for half-written files of one running program.
//!
//! Several programs may have a data directory open (the server, and a command that makes a token). Each
//! locks a folder of its own below `tmp/`; a folder that nobody locks belonged to a program that is gone.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// The folder of this program, removed when it is no longer needed.
pub(crate) struct ProcessFolder {
    path: PathBuf,
    // The lock ends with the file, at the latest when the program does.
    _lock: File,
}

impl ProcessFolder {
    /// Makes a folder for this program.
    pub(crate) fn claim(tmp: &Path) -> io::Result<Self> {
        let path = tmp.join(Uuid::now_v7().to_string());
        fs::create_dir(&path)?;
        let lock = File::open(&path)?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }

    /// Removes what programs that are gone left. Programs must not make their folders at the same time.
    pub(crate) fn sweep(tmp: &Path) -> io::Result<()> {
        for entry in fs::read_dir(tmp)? {
            match Self::remove_if_dead(&entry?.path()) {
                // Its program has just ended, and removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn remove_if_dead(path: &Path) -> io::Result<()> {
        if !path.is_dir() {
            return fs::remove_file(path);
        }
        match File::open(path)?.try_lock() {
            Ok(()) => fs::remove_dir_all(path),
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where half-written files go.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ProcessFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "removing the folder for half-written files failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_dead_left_is_removed() {
        let tmp = tempfile::tempdir().unwrap();
        let ours = ProcessFolder::claim(tmp.path()).unwrap();
        fs::write(ours.path().join("half"), "x").unwrap();
        fs::create_dir(tmp.path().join("dead")).unwrap();
        fs::write(tmp.path().join("dead/half"), "x").unwrap();
        ProcessFolder::sweep(tmp.path()).unwrap();
        assert!(ours.path().join("half").exists());
        assert!(!tmp.path().join("dead").exists());
        drop(ours);
        assert_eq!(fs::read_dir(tmp.path()).unwrap().count(), 0);
    }
}
