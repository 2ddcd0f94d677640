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
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Source { id: id.to_owned(), file, sha256, provenance: provenance.clone() })
}

/// Size and SHA-256 of a file.
pub(in crate::reference) fn digest(mut file: File) -> io::Result<(u64, String)> {
    const CHUNK: usize = 1 << 18;
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok((size, hexadecimal(&hash.finalize())));
        }
        size += read as u64;
        hash.update(&chunk[..read]);
    }
}
