//! Checksums of the files that go into a reference, and of its parts.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::reference::build::{BuildError, open};
use crate::reference::manifest::{Provenance, Source, hexadecimal};

/// Names a public file with its checksum.
pub(super) fn source(id: &str, path: &Path, provenance: &Provenance) -> Result<Source, BuildError> {
    let fault = |error: io::Error| BuildError::Source {
        path: path.to_owned(),
        line: None,
        reason: error.to_string(),
    };
    let (_, sha256) = digest(open(path)?).map_err(fault)?;
    Ok(named(id, path, provenance, sha256))
}

/// Names a public file whose checksum is known, or will be.
pub(super) fn named(id: &str, path: &Path, provenance: &Provenance, sha256: String) -> Source {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Source { id: id.to_owned(), file, sha256, provenance: provenance.clone() }
}

/// A reader that takes the checksum of what passes through it, so that a large file is read once.
#[derive(Debug)]
pub(crate) struct Hashing<R> {
    reader: R,
    hash: Sha256,
    size: u64,
}

impl<R: Read> Hashing<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, hash: Sha256::new(), size: 0 }
    }

    /// Reads what is left. Returns size and SHA-256 of everything.
    pub(crate) fn finish(mut self) -> io::Result<(u64, String)> {
        const CHUNK: usize = 1 << 18;
        let mut chunk = vec![0; CHUNK];
        while self.read(&mut chunk)? > 0 {}
        Ok((self.size, hexadecimal(&self.hash.finalize())))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.size += read as u64;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

/// Size and SHA-256 of a file.
pub(in crate::reference) fn digest(file: File) -> io::Result<(u64, String)> {
    Hashing::new(file).finish()
}
