//! A stream taken part by part, and its checksum.

use std::io;

use bytes::{Bytes, BytesMut};
use gas_service::{
    notation::hexadecimal,
    ports::{BoxRead, ColdStorageError},
};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How much is held at once. Both services take at most 10,000 parts, and so archives of 156 GiB; Glacier wants
/// parts of 1 MiB times a power of two, all alike but the last.
pub(super) const PART_BYTES: usize = 16 * 1024 * 1024;

/// The parts of a stream.
pub(super) struct Parts {
    bytes: BoxRead,
    sum: Sha256,
    size: u64,
    ended: bool,
}

impl Parts {
    pub(super) fn of(bytes: BoxRead) -> Self {
        Self { bytes, sum: Sha256::new(), size: 0, ended: false }
    }

    /// The next part: whole, or shorter (even empty) if it is the last.
    pub(super) async fn next(&mut self) -> io::Result<Bytes> {
        let part = read_part(&mut self.bytes, PART_BYTES).await?;
        self.ended = part.len() < PART_BYTES;
        self.sum.update(&part);
        self.size += part.len() as u64;
        Ok(part)
    }

    /// Whether the last part was taken.
    pub(super) fn have_ended(&self) -> bool {
        self.ended
    }

    /// The bytes taken so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Refuses bytes other than those that were promised (in hexadecimal).
    pub(super) fn check(&self, expected: &str) -> Result<(), ColdStorageError> {
        let found = hexadecimal(&self.sum.clone().finalize());
        if found == expected {
            return Ok(());
        }
        Err(ColdStorageError::Checksum { expected: expected.to_owned(), found })
    }
}

/// Memory grows with what comes: most archives are far smaller than a part.
async fn read_part(bytes: &mut (impl AsyncRead + Unpin), length: usize) -> io::Result<Bytes> {
    let mut part = BytesMut::new();
    let mut limited = bytes.take(length as u64);
    while limited.read_buf(&mut part).await? > 0 {}
    Ok(part.freeze())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, &[0])]
    #[case(1, &[1])]
    #[case(PART_BYTES, &[PART_BYTES, 0])]
    #[case(PART_BYTES + 1, &[PART_BYTES, 1])]
    #[tokio::test]
    async fn a_stream_is_cut_into_equal_parts(#[case] length: usize, #[case] expected: &[usize]) {
        let content = vec![7; length];
        let mut parts = Parts::of(Box::pin(io::Cursor::new(content.clone())));
        let mut lengths = Vec::new();
        while !parts.have_ended() {
            lengths.push(parts.next().await.unwrap().len());
        }
        assert_eq!(lengths, expected);
        assert_eq!(parts.size(), length as u64);
        parts.check(&hexadecimal(&Sha256::digest(&content))).unwrap();
        parts.check(&hexadecimal(&Sha256::digest(b"other"))).unwrap_err();
    }
}
