//! Finds the caller, and keeps strangers from every route that is not expressly public.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use gas_service::notation::percent_encoded;

use crate::{
    app::App,
    error::WebError,
    router::{self, Access},
    sign_in::caller::{Caller, Proof},
};

/// Puts the [`Caller`] beside the request and the response. Deny by default: a route that is not for everybody needs a
/// user, whatever its handler does.
pub(crate) async fn authenticate(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let access = matched.and_then(|path| router::access(request.method(), path.as_str()));
    if access == Some(Access::Impersonal) {
        return next.run(request).await;
    }
    let (caller, proof) = match Caller::identify(&app, request.headers()).await {
        Ok(identified) => identified,
        Err(error) => return error.into_response(),
    };
    if let Some(refusal) = access.and_then(|access| refusal(access, &caller, proof, &request)) {
        return refusal;
    }
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(caller);
    response
}

/// The one place where it is decided who may use a route.
fn refusal(access: Access, caller: &Caller, proof: Proof, request: &Request) -> Option<Response> {
    let is_admin = caller.0.as_ref().is_some_and(|user| user.admin);
    let refused = match (access, proof) {
        (Access::Impersonal | Access::Public, _) | (Access::Page | Access::Api(_), Proof::Session) => {
            return None;
        }
        (Access::Api(needed), Proof::Token(scope)) if scope >= needed => return None,
        (Access::Admin, Proof::Session) if is_admin => return None,
        (Access::Api(needed), Proof::Token(scope)) => WebError::InsufficientScope { scope, needed },
        (Access::Page, Proof::Token(_)) => WebError::TokenOnPage,
        (Access::Page, Proof::None) => return Some(lead_to_sign_in(request)),
        (Access::Api(_), Proof::None) => WebError::NotSignedIn,
        (Access::Admin, _) => WebError::NotFound,
    };
    Some(refused.into_response())
}

/// People are led to the sign-in page and back.
fn lead_to_sign_in(request: &Request) -> Response {
    let path = request.uri().path();
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
