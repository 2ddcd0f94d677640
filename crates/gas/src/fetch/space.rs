//! Room on the disk.

use std::path::Path;

use bytesize::ByteSize;

use super::error::FetchError;

/// Refuses what does not fit into a folder.
pub(super) fn require(folder: &Path, needed: u64) -> Result<(), FetchError> {
    let free = free(folder)?;
    if needed <= free {
        return Ok(());
    }
    Err(FetchError::NoSpace {
        folder: folder.to_owned(),
        needed: ByteSize::b(needed),
        free: ByteSize::b(free),
    })
}

/// Bytes that an ordinary user may still write.
fn free(folder: &Path) -> Result<u64, FetchError> {
    let answer = rustix::fs::statvfs(folder)
        .map_err(|error| FetchError::Write { path: folder.to_owned(), source: error.into() })?;
    Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let folder = tempfile::tempdir().unwrap();
        require(folder.path(), 1).unwrap();
        let error = require(folder.path(), u64::MAX).unwrap_err().to_string();
        assert!(error.contains("not enough room") && error.contains("EiB"), "{error}");
    }
}
