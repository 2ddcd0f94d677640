//! Finds the caller, and keeps strangers from every route that is not expressly public.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use gas_service::notation::percent_encoded;

use crate::{app::App, error::WebError, router, sign_in::caller::Caller};

/// Puts the [`Caller`] beside the request and the response. Deny by default: a route that is not on
/// [`router::PUBLIC`] needs a user, whatever its handler does.
pub(crate) async fn authenticate(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = matched.as_ref().map(MatchedPath::as_str);
    if route.is_some_and(|path| router::IMPERSONAL.contains(&path)) {
        return next.run(request).await;
    }
    let caller = match Caller::identify(&app, request.headers()).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    if caller.0.is_none() && route.is_some_and(|path| !router::PUBLIC.contains(&path)) {
        return refuse(&request);
    }
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(caller);
    response
}

/// Programs are told; people are led to the sign-in page and back.
fn refuse(request: &Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || path.starts_with("/uploads") {
        return WebError::NotSignedIn.into_response();
    }
    let next = match *request.method() {
        Method::GET => request.uri().path_and_query().map_or(path, |whole| whole.as_str()),
        _ => "/annotations",
    };
    let sign_in = format!("/sign-in?next={}", percent_encoded(next));
    if request.headers().contains_key("hx-request") {
        // A redirect would put the sign-in page into a fragment of this one.
        let mut response = WebError::NotSignedIn.into_response();
        if let Ok(value) = HeaderValue::from_str(&sign_in) {
            response.headers_mut().insert("hx-redirect", value);
        }
        return response;
    }
    Redirect::to(&sign_in).into_response()
}
