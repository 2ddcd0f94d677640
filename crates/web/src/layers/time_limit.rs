//! A limit on how long a request may take until its answer begins.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{app::App, error::WebError, router};

/// Gives up on requests that take too long. Uploads may take as long as bytes keep coming; they have an idle
/// limit of their own.
pub(crate) async fn apply(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    if router::takes_file(request.method(), matched.as_ref()) {
        return next.run(request).await;
    }
    let answered = tokio::time::timeout(app.options.time_limit, next.run(request)).await;
    answered.unwrap_or_else(|_| WebError::TimedOut.into_response())
}
