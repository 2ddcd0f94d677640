//! The bytes of a child on their way to whoever asked.

use std::{io, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use futures::stream;
use tokio::{
    io::AsyncReadExt as _,
    sync::{OwnedSemaphorePermit, mpsc},
    time,
};
use tokio_util::io::StreamReader;

use super::child::Rendering;
use crate::ports::BoxRead;

/// Most bytes in one piece.
const PIECE: usize = 64 * 1024;

/// How long an answer waits for its first bytes.
const FIRST: Duration = Duration::from_secs(5);

/// What a rendering may take.
pub(super) struct Limits {
    /// Bytes in all.
    pub(super) bytes: u64,
    /// From its beginning to its end.
    pub(super) time: Duration,
    /// Between two pieces that its reader takes.
    pub(super) idle: Duration,
}

/// Waits a while for the first bytes, so that what fails at once is known before anything is promised; then passes them
/// all on. The place is kept until the end.
pub(super) async fn begin(
    mut child: Rendering,
    limits: Limits,
    place: OwnedSemaphorePermit,
) -> anyhow::Result<BoxRead> {
    // Formats that gather many records first may take longer; then they fail, if they do, while they are read.
    let first = time::timeout(FIRST, piece(&mut child)).await.ok().transpose()?;
    if first.as_ref().is_some_and(Bytes::is_empty) {
        child.finish().await?;
        return Ok(Box::pin(tokio::io::empty()));
    }
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        let _place = place;
        let passed = time::timeout(limits.time, pass_on(child, first, &limits, &sender)).await;
        let passed = passed.unwrap_or_else(|_| Err(anyhow::anyhow!("it took longer than it may")));
        if let Err(error) = passed {
            tracing::warn!(error = format!("{error:#}"), "a converted download was broken off");
        }
    });
    let pieces = stream::try_unfold(receiver, async |mut receiver| match receiver.recv().await {
        Some(Piece::Bytes(bytes)) => Ok(Some((bytes, receiver))),
        Some(Piece::End) => Ok(None),
        // Whatever else ends it, a panic even, must not look like the end of the file.
        None => Err(io::Error::other("the conversion broke off")),
    });
    Ok(Box::pin(StreamReader::new(Box::pin(pieces))))
}

/// What is passed on.
enum Piece {
    Bytes(Bytes),
    /// All has been passed on, and the child says that it is whole.
    End,
}

async fn pass_on(
    mut child: Rendering,
    first: Option<Bytes>,
    limits: &Limits,
    to: &mpsc::Sender<Piece>,
) -> anyhow::Result<()> {
    let mut next = match first {
        Some(first) => first,
        None => piece(&mut child).await?,
    };
    let mut left = limits.bytes;
    while !next.is_empty() {
        left = left.checked_sub(next.len() as u64).context("it grew larger than it may")?;
        hand_over(to, Piece::Bytes(next), limits.idle).await?;
        next = piece(&mut child).await?;
    }
    child.finish().await?;
    hand_over(to, Piece::End, limits.idle).await
}

async fn hand_over(to: &mpsc::Sender<Piece>, piece: Piece, idle: Duration) -> anyhow::Result<()> {
    let taken = time::timeout(idle, to.send(piece)).await.context("its reader stood still")?;
    taken.map_err(|_| anyhow::anyhow!("its reader went away"))
}

async fn piece(child: &mut Rendering) -> io::Result<Bytes> {
    let mut piece = Vec::with_capacity(PIECE);
    (&mut child.output).take(PIECE as u64).read_buf(&mut piece).await?;
    Ok(piece.into())
}
