//! Comparing all parts of a reference with the checksums of its manifest.

use std::fs::File;
use std::path::Path;

use crate::reference::build::digest::digest;
use crate::reference::part::PartFault;
use crate::reference::{Reference, ReferenceError};

impl Reference {
    /// Opens a reference, reads all of its parts, and compares them with their checksums. Opening alone looks at sizes and
    /// ids only, since it would else take as long as reading everything.
    ///
    /// # Errors
    /// Those of [`Reference::open`], and a part whose bytes are not those that were built.
    pub fn verify(directory: &Path) -> Result<Self, ReferenceError> {
        let reference = Self::open(directory)?;
        for entry in &reference.manifest().parts {
            let path = directory.join(&entry.file);
            let sha256 = File::open(&path).and_then(digest).map(|(_, sha256)| sha256);
            let fault = match sha256 {
                Ok(sha256) if sha256 == entry.sha256 => continue,
                Ok(_) => PartFault::Checksum,
                Err(error) => error.into(),
            };
            return Err(ReferenceError::Part { path, fault });
        }
        Ok(reference)
    }
}
