//! Finds the caller, and keeps strangers from every route that is not expressly public.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use gas_service::{
    account::{Scope, Session, User},
    notation::percent_encoded,
};

use crate::{
    app::App,
    error::WebError,
    router::{self, Access},
    sign_in::{
        caller::{Caller, Proof},
        cookie,
    },
};

/// Puts the [`Caller`] beside the request and the response. Deny by default: a route that is not for everybody needs a
/// user, whatever its handler does.
pub(crate) async fn authenticate(
    State(app): State<App>,
    matched: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let access = matched.as_ref().and_then(|path| router::access(request.method(), path.as_str()));
    if access == Some(Access::Impersonal) {
        return next.run(request).await;
    }
    let (caller, proof) = match Caller::identify(&app, request.headers()).await {
        Ok(identified) => identified,
        Err(error) => return error.into_response(),
    };
    if let (Some(user), Proof::Session(session)) = (&caller.0, &proof)
        && session.is_outdated(user)
        && let Some(here) = opened_page(&request)
    {
        return renew(&app, user, session, Redirect::to(&here)).await;
    }
    if let Some(refusal) = access.and_then(|access| refusal(&app, access, &caller, &proof, &request)) {
        return refusal;
    }
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(caller);
    response
}

/// The one place where it is decided who may use a route.
fn refusal(app: &App, access: Access, caller: &Caller, proof: &Proof, request: &Request) -> Option<Response> {
    let refused = match (access, proof) {
        (Access::Recent, Proof::Session(session)) if !app.desk.is_recent(session) => {
            return Some(lead_to_sign_in(request, Some("/profile")));
        }
        (Access::Admin, Proof::Session(session))
            if is_admin(caller, session) && !request.method().is_safe() && !app.desk.is_recent(session) =>
        {
            return Some(lead_to_sign_in(request, Some("/admin")));
        }
        (Access::Api(Scope::Account), Proof::Session(session)) if !app.desk.is_recent(session) => {
            WebError::SignInAgain
        }
        (Access::Impersonal | Access::Public, _)
        | (Access::Page | Access::Recent | Access::Api(_), Proof::Session(_)) => return None,
        (Access::Api(needed), Proof::Token(scope)) if *scope >= needed => return None,
        (Access::Admin, Proof::Session(session)) if is_admin(caller, session) => return None,
        (Access::Api(needed), Proof::Token(scope)) => WebError::InsufficientScope { scope: *scope, needed },
        (Access::Page | Access::Recent, Proof::Token(_)) => WebError::TokenOnPage,
        (Access::Page | Access::Recent, Proof::None) => return Some(lead_to_sign_in(request, None)),
        (Access::Api(_), Proof::None) => WebError::NotSignedIn,
        (Access::Admin, _) => WebError::NotFound,
    };
    Some(refused.into_response())
}

/// The secret of a session from before its user became an administrator opens nothing of an administrator's.
fn is_admin(caller: &Caller, session: &Session) -> bool {
    caller.0.as_ref().is_some_and(|user| user.admin && !session.is_outdated(user))
}

/// Gives a browser another secret if its user became an administrator, or ceased to be one, since it got the one it has:
/// whoever else knows that one stays behind. It comes with a redirect to the same page, since the tokens of forms follow the
/// cookie, and therefore only when a browser opens a page.
async fn renew(app: &App, user: &User, session: &Session, here: Redirect) -> Response {
    match app.desk.renew_session(user, session).await {
        Ok(Some(secret)) => (AppendHeaders(cookie::opening(app, &secret)), here).into_response(),
        // Another request of this browser brings the cookie.
        Ok(None) => here.into_response(),
        Err(error) => WebError::from(error).into_response(),
    }
}

/// The address of the page, if a browser asks for one to show it, rather than a script for a part of one.
fn opened_page(request: &Request) -> Option<String> {
    let headers = request.headers();
    let wants_html = |value: &HeaderValue| value.as_bytes().starts_with(b"text/html");
    let opens = *request.method() == Method::GET
        && request.extensions().get::<MatchedPath>().is_some()
        && headers.get(header::ACCEPT).is_some_and(wants_html)
        && !headers.contains_key("hx-request");
    if opens { request.uri().path_and_query().map(ToString::to_string) } else { None }
}

/// People are led to the sign-in page and back. Whoever is signed in and is to show once more who it is, says where what was
/// sent, and is lost, can be sent `again`.
fn lead_to_sign_in(request: &Request, again: Option<&str>) -> Response {
    let path = request.uri().path();
    let next = match *request.method() {
        Method::GET => request.uri().path_and_query().map_or(path, |whole| whole.as_str()),
        _ => again.unwrap_or("/annotations"),
    };
    let again = if again.is_some() { "again=true&" } else { "" };
    let sign_in = format!("/sign-in?{again}next={}", percent_encoded(next));
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
