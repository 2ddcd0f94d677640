//! The bytes of a form, measured out: the reader of forms takes as many as it gets before it looks at one.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::body::{BodyDataStream, Bytes};
use futures::{Stream, StreamExt as _};

/// Most bytes read until the next field begins, what came along of its content included: the head of a field is held whole.
const MOST_BETWEEN: usize = 2 << 20;
/// Stands for no limit.
const UNLIMITED: usize = usize::MAX;

/// How many bytes may still come before the next field begins.
#[derive(Clone)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Allowance {
    /// The next field is looked for.
    pub(super) fn between_fields(&self) {
        self.0.store(MOST_BETWEEN, Ordering::Relaxed);
    }

    /// A file is read, which has a limit of its own.
    pub(super) fn within_file(&self) {
        self.0.store(UNLIMITED, Ordering::Relaxed);
    }

    fn spend(&self, bytes: usize) -> bool {
        let spend = |left: usize| if left == UNLIMITED { Some(left) } else { left.checked_sub(bytes) };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }
}

/// A body that gives one piece at a time.
pub(super) struct Measured {
    body: BodyDataStream,
    allowance: Allowance,
    rested: bool,
}

impl Measured {
    pub(super) fn new(body: BodyDataStream) -> (Self, Allowance) {
        let allowance = Allowance(Arc::new(AtomicUsize::new(MOST_BETWEEN)));
        (Self { body, allowance: allowance.clone(), rested: true }, allowance)
    }
}

impl Stream for Measured {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Lets the reader look at what it has.
        if !self.rested {
            self.rested = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = ready!(self.body.poll_next_unpin(context));
        self.rested = false;
        Poll::Ready(piece.map(|piece| match piece {
            Ok(bytes) if self.allowance.spend(bytes.len()) => Ok(bytes),
            Ok(_) => Err(io::Error::other("the head of a field is too long")),
            Err(error) => Err(io::Error::other(error)),
        }))
    }
}
