//! Refuses what is too often, before it costs anything.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    app::App,
    client_address,
    error::WebError,
    rate_limit::{Kind, Verdict},
    router::{self, Access},
    sign_in::caller::Caller,
};

/// Counts requests by where they come from.
pub(crate) async fn per_address(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let address = client_address::of(&app.options.trusted_proxies, request.extensions(), request.headers());
    let kind = kind(&request, matched.as_ref());
    let verdict = kind.zip(address).and_then(|(kind, address)| app.rate_limiter.of_address(kind, address));
    answer(verdict, request, next).await
}

/// Counts requests by whose they are.
pub(crate) async fn per_user(
    State(app): State<App>,
    Caller(user): Caller,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let kind = kind(&request, matched.as_ref());
    let verdict = kind.zip(user).and_then(|(kind, user)| app.rate_limiter.of_user(kind, user.user_id));
    answer(verdict, request, next).await
}

/// Files of the site itself, and what watches over it, have no limit.
fn kind(request: &Request, matched: Option<&MatchedPath>) -> Option<Kind> {
    let path = matched.map_or("", MatchedPath::as_str);
    if *request.method() == Method::GET && router::access(request.method(), path) == Some(Access::Impersonal)
    {
        return None;
    }
    Some(match path {
        _ if router::takes_file(request.method(), matched) => Kind::Uploads,
        _ if path.starts_with("/sign-in") => Kind::Secrets,
        _ if request.uri().path().starts_with("/api/") => Kind::Api,
        _ => Kind::Pages,
    })
}

async fn answer(verdict: Option<Verdict>, request: Request, next: Next) -> Response {
    let Some(verdict) = verdict else { return next.run(request).await };
    let mut response = match verdict.retry_after {
        None => next.run(request).await,
        Some(retry_after_seconds) => {
            let message = format!(
                "more than {} requests of this kind came within a minute from this {}; wait a while",
                verdict.limit, verdict.name
            );
            WebError::TooMany { message, retry_after_seconds }.into_response()
        }
    };
    // As draft-ietf-httpapi-ratelimit-headers has them.
    let (name, limit, remaining) = (verdict.name, verdict.limit, verdict.remaining);
    let policy = format!("\"{name}\";q={limit};w=60");
    let state = format!("\"{name}\";r={remaining};t={}", verdict.whole_again_in);
    for (header, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().append(HeaderName::from_static(header), value);
        }
    }
    response
}
