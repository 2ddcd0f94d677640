//! Bytes from Glacier, compared with the tree hash of their archive as they are read.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use gas_service::ports::BoxRead;
use tokio::io::{AsyncRead, ReadBuf};

use super::{catalogue::Sums, tree_hash::TreeHash};

/// A stream that fails at its end if it was not what it should be: then nobody takes it for whole.
pub(super) struct Verified {
    bytes: BoxRead,
    expected: Sums,
    size: u64,
    sum: TreeHash,
}

impl Verified {
    pub(super) fn new(bytes: BoxRead, expected: Sums) -> Self {
        Self { bytes, expected, size: 0, sum: TreeHash::default() }
    }

    fn check(&self) -> io::Result<()> {
        let found = self.sum.clone().finish();
        let Sums { size, tree_hash } = &self.expected;
        if self.size == *size && found == *tree_hash {
            return Ok(());
        }
        let text = format!(
            "Glacier gave {} bytes with tree hash {found}, expected {size} with {tree_hash}",
            self.size
        );
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }
}

impl AsyncRead for Verified {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.bytes.as_mut().poll_read(context, buffer))?;
        let read = &buffer.filled()[before..];
        if read.is_empty() && buffer.remaining() > 0 {
            return Poll::Ready(self.check());
        }
        self.size += read.len() as u64;
        self.sum.update(read);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn sums(bytes: &[u8]) -> Sums {
        let mut sum = TreeHash::default();
        sum.update(bytes);
        Sums { size: bytes.len() as u64, tree_hash: sum.finish() }
    }

    async fn read(bytes: &[u8], expected: Sums) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        let bytes = Box::pin(io::Cursor::new(bytes.to_vec()));
        Verified::new(bytes, expected).read_to_end(&mut read).await?;
        Ok(read)
    }

    #[tokio::test]
    async fn what_is_right_passes() {
        let content = vec![3; 2_500_000];
        assert!(read(&content, sums(&content)).await.unwrap() == content);
    }

    #[rstest]
    #[case::shorter(b"conten")]
    #[case::changed(b"contenT")]
    #[case::longer(b"content!")]
    #[case::empty(b"")]
    #[tokio::test]
    async fn what_is_not_fails_at_its_end(#[case] found: &[u8]) {
        let error = read(found, sums(b"content")).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
