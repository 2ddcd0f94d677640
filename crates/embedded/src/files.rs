//! Files that come into being whole: written aside, flushed to the disk, then renamed.
//!
//! Work on files blocks, so it is done away from the threads that serve requests. A long stream is received,
//! hashed and written, and sent to the disk at the same time, so that it takes as long as the slowest of the
//! three.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use gas_service::{notation::hexadecimal, ports::BoxRead};
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::{io::AsyncReadExt as _, sync::mpsc, task::spawn_blocking};

use crate::process_folder::ProcessFolder;

/// Bytes read, hashed and written in one go.
const CHUNK: usize = 256 * 1024;
/// Chunks that may wait to be written.
const CHUNKS_AHEAD: usize = 4;
/// Written bytes from which they are sent to the disk before their file is whole.
const FLUSHED_FROM: usize = 16 * 1024 * 1024;

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
    bytes: BoxRead,
    max_bytes: Option<u64>,
) -> Result<Written, WriteError> {
    let folder = Arc::clone(folder);
    let (chunks, incoming) = mpsc::channel(CHUNKS_AHEAD);
    let writing = spawn_blocking(move || write_chunks(folder, incoming));
    let read = send_chunks(bytes, max_bytes, chunks).await;
    // Also after an error: what was written is then removed before the error is told.
    let aside = writing.await.map_err(io::Error::other).flatten().map_err(WriteError::Disk)?;
    read.map(|()| aside.into())
}

/// Reads a stream to its end, or as long as somebody takes its chunks.
async fn send_chunks(
    mut bytes: BoxRead,
    max_bytes: Option<u64>,
    chunks: mpsc::Sender<Vec<u8>>,
) -> Result<(), WriteError> {
    let mut size = 0;
    loop {
        let chunk = read_chunk(&mut bytes).await.map_err(WriteError::BrokenOff)?;
        size += chunk.len() as u64;
        if let Some(limit) = max_bytes.filter(|limit| size > *limit) {
            return Err(WriteError::TooLarge(limit));
        }
        // Nobody takes it any more when writing failed, which whoever writes tells.
        if chunk.is_empty() || chunks.send(chunk).await.is_err() {
            return Ok(());
        }
    }
}

/// Blocks.
fn write_chunks(folder: Arc<ProcessFolder>, mut incoming: mpsc::Receiver<Vec<u8>>) -> io::Result<Aside> {
    let mut aside = Aside::create(folder)?;
    let mut flusher = Flusher::new(aside.file.try_clone()?);
    while let Some(chunk) = incoming.blocking_recv() {
        aside = aside.append(&chunk)?;
        flusher.written(chunk.len())?;
    }
    flusher.finish()?;
    Ok(aside)
}

/// Sends a growing file to the disk from time to time, so that little is left to wait for at its end.
struct Flusher {
    file: Arc<File>,
    unflushed: usize,
    under_way: Option<JoinHandle<io::Result<()>>>,
}

impl Flusher {
    fn new(file: File) -> Self {
        Self { file: Arc::new(file), unflushed: 0, under_way: None }
    }

    /// Notes that so many bytes more were written.
    fn written(&mut self, bytes: usize) -> io::Result<()> {
        self.unflushed += bytes;
        if self.unflushed < FLUSHED_FROM || self.under_way.as_ref().is_some_and(|flush| !flush.is_finished())
        {
            return Ok(());
        }
        self.finish()?;
        let file = Arc::clone(&self.file);
        self.under_way =
            Some(thread::Builder::new().name("flush".to_owned()).spawn(move || file.sync_data())?);
        self.unflushed = 0;
        Ok(())
    }

    /// Waits for what is under way. The system tells a failed write once only, so that it must be heard here.
    fn finish(&mut self) -> io::Result<()> {
        self.under_way.take().map_or(Ok(()), |flush| {
            flush.join().map_err(|_| io::Error::other("sending a file to the disk broke off"))?
        })
    }
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

/// What there is to know of a file's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    /// How many there are.
    pub(crate) size: u64,
    /// Their SHA-256, in hexadecimal.
    pub(crate) sha256: String,
}

/// Reads a file for its size and checksum. Blocks.
pub(crate) fn measure(path: &Path) -> io::Result<Measured> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut size = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(Measured { size, sha256: hexadecimal(&hasher.finalize()) }),
            read => {
                hasher.update(chunk.get(..read).unwrap_or_default());
                size += read as u64;
            }
        }
    }
}

/// A folder below the data directory, made if it is missing. Blocks.
pub(crate) fn folder(data: &Path, name: &str) -> io::Result<PathBuf> {
    let path = data.join(name);
    fs::create_dir_all(&path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_stream_that_is_flushed_on_its_way_is_whole() {
        let data = tempfile::tempdir().unwrap();
        let folder = Arc::new(ProcessFolder::claim(data.path()).unwrap());
        let line = b"22\t16050408\trs149201999\tT\tC\t100\tPASS\tAC=134\n";
        let bytes: Vec<u8> = line.iter().copied().cycle().take(5 * FLUSHED_FROM / 2 + 7).collect();
        let stream: BoxRead = Box::pin(io::Cursor::new(bytes.clone()));
        let written = write_aside(&folder, stream, Some(bytes.len() as u64)).await.unwrap();
        let measured = measure(&written.path).unwrap();
        assert_eq!((written.size, measured.size), (bytes.len() as u64, bytes.len() as u64));
        assert_eq!(written.sha256, measured.sha256);
        assert!(fs::read(&written.path).unwrap() == bytes, "the file differs from what was sent");
    }
}
