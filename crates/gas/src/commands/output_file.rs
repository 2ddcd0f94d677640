//! Files that are read, and files that get their name only when they are whole.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use gas_annotation::Index;
use tempfile::NamedTempFile;

/// The name of a file without its folder.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Opens a file, or standard input for `-`.
pub(crate) fn open_input(path: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path).with_context(|| format!("opening `{}`", path.display()))?;
    Ok(Box::new(file))
}

/// Whether it is a device or pipe, which must not be replaced by renaming.
fn is_special(path: &Path) -> bool {
    path.exists() && !path.is_file()
}

/// Writes a file at once.
pub(crate) fn write_whole(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    if is_special(path) {
        let special = File::options().write(true).open(path).and_then(|mut file| file.write_all(text));
        return special.with_context(|| format!("writing `{}`", path.display()));
    }
    let aside = aside(path)?;
    aside.as_file().write_all(text).with_context(|| format!("writing `{}`", path.display()))?;
    aside.persist(path).with_context(|| format!("writing `{}`", path.display()))?;
    Ok(())
}

/// A file that is invisible under its final name until it is whole.
fn aside(path: &Path) -> anyhow::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files are their owner's alone; a result is like any file that the user makes.
    let as_usual = std::fs::Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().permissions(as_usual).tempfile_in(folder);
    file.with_context(|| format!("writing to `{}`", folder.display()))
}

/// Where a result goes.
pub(crate) enum Output {
    Standard,
    File(NamedTempFile, PathBuf),
    /// A device or pipe, which cannot be replaced by renaming.
    Direct(PathBuf),
}

impl Output {
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Standard);
        }
        if is_special(path) {
            return Ok(Self::Direct(path.to_owned()));
        }
        Ok(Self::File(aside(path)?, path.to_owned()))
    }

    pub(crate) fn writer(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        Ok(match self {
            Self::Standard => Box::new(io::stdout()),
            Self::File(file, _) => Box::new(BufWriter::new(file.reopen()?)),
            Self::Direct(path) => {
                let file = File::options().write(true).open(path);
                Box::new(file.with_context(|| format!("opening `{}`", path.display()))?)
            }
        })
    }

    /// Whether it becomes a file, beside which an index can lie.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File(..))
    }

    /// Gives the file its name, now that it is whole, and its index, if it has one, a name beside it.
    pub(crate) fn keep_with_index(self, index: Option<&Index>) -> anyhow::Result<()> {
        let Self::File(_, path) = &self else { return self.keep() };
        let path = path.clone();
        let beside = |ending: &str| {
            let mut name = path.clone().into_os_string();
            name.push(format!(".{ending}"));
            PathBuf::from(name)
        };
        // An index of what was there before would lead readers astray.
        for ending in ["tbi", "csi"] {
            match std::fs::remove_file(beside(ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("removing `{}`", beside(ending).display()));
                }
                _ => {}
            }
        }
        self.keep()?;
        index.map_or(Ok(()), |index| write_whole(&beside(index.ending), &index.bytes))
    }

    /// Gives the file its name, now that it is whole.
    pub(crate) fn keep(self) -> anyhow::Result<()> {
        if let Self::File(file, path) = self {
            file.persist(&path).with_context(|| format!("writing `{}`", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileTypeExt as _;

    use super::*;

    /// Renaming a file over `/dev/null`, as root can, takes it from all programs of the machine.
    #[test]
    fn devices_and_pipes_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read_to_string(pipe).unwrap()
        });
        write_whole(&pipe, b"the log").unwrap();
        assert_eq!(reader.join().unwrap(), "the log");
        assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }
}
