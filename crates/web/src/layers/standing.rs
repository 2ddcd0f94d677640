//! Has pages say how the service stands, and refuses what is not done at present.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use gas_service::{
    desk::DeskError,
    operation::{Mode, Standing},
};

use crate::{
    app::App,
    banner,
    error::WebError,
    router::{self, Access},
};

/// Routes by which jobs come to be, other than by GET.
const MAKE_JOBS: &[&str] = &[
    "/annotate",
    "/annotate/example",
    "/uploads",
    "/uploads/{id}",
    "/uploads/{id}/submit",
    "/annotations/{id}/run-again",
    "/api/v1/jobs",
    "/api/v1/jobs/{id}/rerun",
];

/// Routes that are used, other than by GET, even while nothing is to be changed: by which people sign in and out, by which
/// administrators end that state, and one that only reads.
fn is_always_open(path: &str) -> bool {
    path == "/sign-in"
        || path.starts_with("/sign-in/")
        || ["/sign-out", "/admin/mode", "/uploads/recognise"].contains(&path)
}

/// Has the pages say how the service stands. If that cannot be told the page will not come about either.
pub(crate) async fn announce(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let access = matched.and_then(|path| router::access(request.method(), path.as_str()));
    if access == Some(Access::Impersonal) {
        return next.run(request).await;
    }
    match app.desk.standing.standing().await {
        Ok(standing) => banner::scope(standing, next.run(request)).await,
        Err(error) => {
            tracing::error!(?error, "how the service stands cannot be told");
            next.run(request).await
        }
    }
}

/// The one place where requests are refused because of how the service stands.
pub(crate) async fn enforce(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let Some(path) = matched.filter(|_| !request.method().is_safe()) else { return next.run(request).await };
    match app.desk.standing.standing().await {
        Ok(standing) => match refusal(standing, path.as_str()) {
            Some(refusal) => WebError::from(refusal).into_response(),
            None => next.run(request).await,
        },
        Err(error) => WebError::from(DeskError::from(error)).into_response(),
    }
}

fn refusal(standing: Standing, path: &str) -> Option<DeskError> {
    match standing.mode {
        Mode::Drain if MAKE_JOBS.contains(&path) => Some(DeskError::Draining { note: standing.note }),
        Mode::ReadOnly if !is_always_open(path) => Some(DeskError::ReadOnly { note: standing.note }),
        Mode::Open | Mode::Drain | Mode::ReadOnly => None,
    }
}
