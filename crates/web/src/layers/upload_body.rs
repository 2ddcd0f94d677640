//! The body of an upload: given up when nothing comes for a while, and read on a little when the answer comes early.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{MatchedPath, Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, Sleep, sleep};

use crate::{app::App, router};

/// Most bytes that are read and thrown away after an early answer.
const DRAIN_BYTES: usize = 16 << 20;
/// Longest time spent on that.
const DRAIN_TIME: Duration = Duration::from_secs(3);

/// Watches over the bodies of uploads.
///
/// An answer that comes while the client still sends, a refusal or a job that was made before, would be lost to most
/// clients: they see the closed connection and never read the answer. So a moderate rest is read before it goes out.
pub(crate) async fn watch(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    if !router::takes_file(request.method(), matched.as_ref()) {
        return next.run(request).await;
    }
    // A client that waits for `100 Continue` sends nothing more once it is answered.
    let asks_first = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let watched = Watched::new(body, app.options.upload_idle_limit);
    let body = Body::from_stream(watched.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    if !(asks_first && watched.is_untouched()) {
        // Running out of time is an end as good as any.
        let _ = tokio::time::timeout(DRAIN_TIME, drain(watched)).await;
    }
    response
}

async fn drain(mut body: Watched) {
    let mut left = DRAIN_BYTES;
    while let Some(Ok(bytes)) = body.next().await {
        left = left.saturating_sub(bytes.len());
        if left == 0 {
            return;
        }
    }
}

struct Inner {
    stream: BodyDataStream,
    alarm: Pin<Box<Sleep>>,
    idle_limit: Duration,
    touched: bool,
    ended: bool,
}

/// One body, in the hands of the handler and of this layer.
#[derive(Clone)]
struct Watched(Arc<Mutex<Inner>>);

impl Watched {
    fn new(body: Body, idle_limit: Duration) -> Self {
        let alarm = Box::pin(sleep(idle_limit));
        let stream = body.into_data_stream();
        Self(Arc::new(Mutex::new(Inner { stream, alarm, idle_limit, touched: false, ended: false })))
    }

    fn is_untouched(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).touched
    }
}

impl Stream for Watched {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *inner;
        inner.touched = true;
        if inner.ended {
            return Poll::Ready(None);
        }
        if let Poll::Ready(item) = inner.stream.poll_next_unpin(context) {
            inner.alarm.as_mut().reset(Instant::now() + inner.idle_limit);
            inner.ended = !matches!(item, Some(Ok(_)));
            return Poll::Ready(item.map(|bytes| bytes.map_err(io::Error::other)));
        }
        ready!(inner.alarm.as_mut().poll(context));
        inner.ended = true;
        let silence = format!("nothing came for {} seconds", inner.idle_limit.as_secs());
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, silence))))
    }
}
