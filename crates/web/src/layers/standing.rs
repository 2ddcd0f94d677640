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
    router::{self, Access, Effect},
};

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
    let effect = matched.map_or(Effect::None, |path| router::effect(request.method(), path.as_str()));
    if effect == Effect::None {
        return next.run(request).await;
    }
    match app.desk.standing.standing().await {
        Ok(standing) => match refusal(standing, effect) {
            Some(refusal) => WebError::from(refusal).into_response(),
            None => next.run(request).await,
        },
        Err(error) => WebError::from(DeskError::from(error)).into_response(),
    }
}

fn refusal(standing: Standing, effect: Effect) -> Option<DeskError> {
    match (standing.mode, effect) {
        (Mode::Drain, Effect::Job) => Some(DeskError::Draining { note: standing.note }),
        (Mode::ReadOnly, Effect::Change | Effect::Job) => Some(DeskError::ReadOnly { note: standing.note }),
        _ => None,
    }
}
