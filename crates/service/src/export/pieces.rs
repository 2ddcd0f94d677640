//! Pieces of bytes from a thread to a reader.

use std::{
    io::{self, Write},
    time::Duration,
};

use bytes::Bytes;
use futures::stream;
use tokio::{runtime::Handle, sync::mpsc, time};
use tokio_util::io::StreamReader;

use crate::ports::BoxRead;

/// Bytes of a piece. Two wait at most, and one is being filled.
const SIZE: usize = 64 * 1024;

enum Piece {
    Bytes(Bytes),
    /// All was written.
    End,
}

/// The writing side.
pub(super) struct Pieces {
    buffer: Vec<u8>,
    sender: mpsc::Sender<Piece>,
    handle: Handle,
    idle: Duration,
}

/// The reading side.
pub(super) struct Reader(mpsc::Receiver<Piece>);

/// Both sides. Whoever reads may stand still for as long as `idle`.
pub(super) fn channel(handle: Handle, idle: Duration) -> (Pieces, Reader) {
    let (sender, receiver) = mpsc::channel(2);
    (Pieces { buffer: Vec::with_capacity(SIZE), sender, handle, idle }, Reader(receiver))
}

impl Pieces {
    /// Says that all was written.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.flush()?;
        self.hand_over(Piece::End)
    }

    fn hand_over(&self, piece: Piece) -> io::Result<()> {
        let sent = self.handle.block_on(async { time::timeout(self.idle, self.sender.send(piece)).await });
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::Error::new(io::ErrorKind::BrokenPipe, "its reader went away")),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "its reader stood still")),
        }
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() >= SIZE {
            self.flush()?;
        }
        let fits = bytes.len().min(SIZE - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(SIZE));
        self.hand_over(Piece::Bytes(full.into()))
    }
}

impl Reader {
    /// The bytes; reading them fails where they break off. What is to be kept meanwhile is kept.
    pub(super) fn into_read(self, kept: impl Send + 'static) -> BoxRead {
        let begin = (self.0, kept);
        let pieces = stream::try_unfold(begin, async |(mut receiver, kept)| match receiver.recv().await {
            Some(Piece::Bytes(bytes)) => Ok(Some((bytes, (receiver, kept)))),
            Some(Piece::End) => Ok(None),
            None => Err(io::Error::other("the export broke off")),
        });
        Box::pin(StreamReader::new(Box::pin(pieces)))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn what_is_written_is_read_and_its_end_known() {
        let (mut pieces, reader) = channel(Handle::current(), LONG);
        let bytes: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
        let written = bytes.clone();
        tokio::task::spawn_blocking(move || {
            pieces.write_all(&written).unwrap();
            pieces.end().unwrap();
        });
        let mut read = Vec::new();
        reader.into_read(()).read_to_end(&mut read).await.unwrap();
        assert_eq!(read, bytes);
    }

    #[tokio::test]
    async fn what_breaks_off_is_no_end() {
        let (mut pieces, reader) = channel(Handle::current(), LONG);
        tokio::task::spawn_blocking(move || pieces.write_all(b"half").unwrap());
        assert!(reader.into_read(()).read_to_end(&mut Vec::new()).await.is_err());
    }

    #[tokio::test]
    async fn a_reader_that_stands_still_is_not_awaited() {
        let (mut pieces, reader) = channel(Handle::current(), Duration::from_millis(20));
        let written = tokio::task::spawn_blocking(move || pieces.write_all(&vec![0; SIZE * 8]));
        assert_eq!(written.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(reader);
        let (mut pieces, reader) = channel(Handle::current(), LONG);
        drop(reader);
        let written = tokio::task::spawn_blocking(move || pieces.write_all(&vec![0; SIZE * 8]));
        assert_eq!(written.await.unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
