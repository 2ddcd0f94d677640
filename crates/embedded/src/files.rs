//! Files that come into being whole: written aside, flushed to the disk, then renamed.
//!
//! Work on files blocks, so it is done away from the threads that serve requests, a large chunk at a time:
//! while one chunk is hashed and written the next one is read.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use gas_service::ports::BoxRead;
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::{io::AsyncReadExt as _, task::spawn_blocking};

use crate::process_folder::ProcessFolder;

/// Bytes read, hashed and written in one go.
const CHUNK: usize = 256 * 1024;

/// Why a stream did not become a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("more than {0} bytes came")]
    TooLarge(u64),
    #[error("the sender stopped")]
    BrokenOff(#[source] io::Error),
    #[error("writing failed")]
    Disk(#[source] io::Error),
}

/// A file being written where nobody looks for it. Removed when dropped.
struct Aside {
    // Dropped before the folder it lies in.
    path: TempPath,
    file: File,
    hasher: Sha256,
    size: u64,
    folder: Arc<ProcessFolder>,
}

impl Aside {
    fn create(folder: Arc<ProcessFolder>) -> io::Result<Self> {
        let (file, path) = tempfile::Builder::new().tempfile_in(folder.path())?.into_parts();
        Ok(Self { path, file, hasher: Sha256::new(), size: 0, folder })
    }

    fn append(mut self, chunk: &[u8]) -> io::Result<Self> {
        self.hasher.update(chunk);
        self.file.write_all(chunk)?;
        self.size += chunk.len() as u64;
        Ok(self)
    }
}

/// A file that is complete but not yet in its place. Removed when dropped.
pub(crate) struct Written {
    path: TempPath,
    file: File,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    _folder: Arc<ProcessFolder>,
}

impl From<Aside> for Written {
    fn from(aside: Aside) -> Self {
        let sha256 = hexadecimal(&aside.hasher.finalize());
        Self { path: aside.path, file: aside.file, size: aside.size, sha256, _folder: aside.folder }
    }
}

/// Runs work on files where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Writes a stream to a file aside. Whatever goes wrong, and if nobody waits for the end, nothing is left.
pub(crate) async fn write_aside(
    folder: &Arc<ProcessFolder>,
    mut bytes: BoxRead,
    max_bytes: Option<u64>,
) -> Result<Written, WriteError> {
    let folder = Arc::clone(folder);
    let mut writing = spawn_blocking(move || Aside::create(folder));
    let mut size = 0;
    let end = loop {
        let chunk = match read_chunk(&mut bytes).await {
            Err(error) => break Err(WriteError::BrokenOff(error)),
            Ok(chunk) if chunk.is_empty() => break Ok(()),
            Ok(chunk) => chunk,
        };
        size += chunk.len() as u64;
        if let Some(limit) = max_bytes.filter(|limit| size > *limit) {
            break Err(WriteError::TooLarge(limit));
        }
        let aside = writing.await.map_err(io::Error::other).flatten().map_err(WriteError::Disk)?;
        writing = spawn_blocking(move || aside.append(&chunk));
    };
    // Also after an error: what was written is then removed before the error is told.
    let aside = writing.await.map_err(io::Error::other).flatten().map_err(WriteError::Disk)?;
    end.map(|()| aside.into())
}

async fn read_chunk(bytes: &mut BoxRead) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    while chunk.len() < chunk.capacity() {
        if bytes.read_buf(&mut chunk).await? == 0 {
            break;
        }
    }
    Ok(chunk)
}

/// Writes a small file in one go. Blocks.
pub(crate) fn write_at_once(folder: &Arc<ProcessFolder>, bytes: &[u8]) -> io::Result<Written> {
    Ok(Aside::create(Arc::clone(folder))?.append(bytes)?.into())
}

/// Puts a file into its place below `root`, durably; replaces what was there at once. Blocks.
pub(crate) fn put_in_place(written: Written, target: &Path, root: &Path) -> io::Result<()> {
    /// Somebody may remove the folder, being empty, before the file is in it; so often in a row nobody will.
    const TRIES: usize = 100;
    let folder = target.parent().unwrap_or(root);
    written.file.sync_all()?;
    let mut path = written.path;
    for attempt in 1.. {
        fs::create_dir_all(folder)?;
        match path.persist(target) {
            Ok(()) => break,
            Err(error) if error.error.kind() == io::ErrorKind::NotFound && attempt < TRIES => {
                path = error.path;
            }
            Err(error) => return Err(error.error),
        }
    }
    sync_folders(folder, root)
}

/// Makes the entries of a folder, and of those above it up to `root`, durable. Blocks.
fn sync_folders(folder: &Path, root: &Path) -> io::Result<()> {
    for folder in folder.ancestors() {
        match File::open(folder) {
            Ok(opened) => opened.sync_all()?,
            // Removed by another, because it was empty.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if folder == root {
            break;
        }
    }
    Ok(())
}

/// Removes a file, durably, and its folder if that is then empty and not `root`. Blocks.
pub(crate) fn remove(target: &Path, root: &Path) -> io::Result<()> {
    match fs::remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let folder = target.parent().unwrap_or(root);
    if folder != root {
        // Not empty, or not there: either is fine.
        let _ = fs::remove_dir(folder);
    }
    sync_folders(folder, root)
}

/// The checksum of a file. Blocks.
pub(crate) fn checksum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hexadecimal(&hasher.finalize())),
            read => hasher.update(chunk.get(..read).unwrap_or_default()),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A folder below the data directory, made if it is missing. Blocks.
pub(crate) fn folder(data: &Path, name: &str) -> io::Result<PathBuf> {
    let path = data.join(name);
    fs::create_dir_all(&path)?;
    Ok(path)
}
