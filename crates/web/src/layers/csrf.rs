//! Has pages carry the token that their forms must bring back, and refuses what comes without.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use gas_service::account::Secret;

use crate::{
    app::App,
    csrf::{self, CsrfToken, body},
    error::WebError,
    router::{self, Access},
    sign_in::{caller, cookie},
};

/// Finds the token of the session, else of the visitor; a page gives a cookie to a visitor who has none.
pub(crate) async fn provide(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let (token, fresh) = if let Some(secret) = cookie::session(&app, headers) {
        (CsrfToken::of_session(&secret), None)
    } else if let Some(secret) = cookie::visitor(&app, headers) {
        (CsrfToken::of_visitor(&secret), None)
    } else {
        let secret = Secret::generate();
        (CsrfToken::of_visitor(&secret), Some(secret))
    };
    let mut response = token.scope(next.run(request)).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(secret) = fresh.filter(|_| is_page)
        && let Ok(cookie) = HeaderValue::try_from(cookie::of_visitor(&app, &secret))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Refuses what would change something without the token. Exempt are callers with a bearer token, which no other site
/// can make a browser send, and routes where no cookie counts.
pub(crate) async fn check(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let access = matched.and_then(|path| router::access(request.method(), path.as_str()));
    let exempt = request.method().is_safe()
        || access.is_none_or(|access| access == Access::Impersonal)
        || caller::bearer_token(request.headers()).is_some();
    if exempt {
        return next.run(request).await;
    }
    match checked(request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn checked(request: Request) -> Result<Request, WebError> {
    let expected = CsrfToken::current().ok_or(WebError::NoCsrfToken)?;
    if let Some(shown) = request.headers().get(&csrf::HEADER) {
        return if expected.is_shown_by(shown.as_bytes()) { Ok(request) } else { Err(WebError::NoCsrfToken) };
    }
    let (mut parts, body) = request.into_parts();
    let opened = body::open(&mut parts.headers, body).await?;
    if opened.token.is_some_and(|shown| expected.is_shown_by(&shown)) {
        Ok(Request::from_parts(parts, opened.body))
    } else {
        Err(WebError::NoCsrfToken)
    }
}
