//! Signing in by a one-time link.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use gas_service::{account::Secret, desk::SignedIn};
use serde::Deserialize;

use super::{caller::Caller, cookie, mailbox::typed_address, openid::bond};
use crate::{
    app::App,
    error::WebError,
    pages,
    rate_limit::LinkKind,
    router::{Access, Effect, Routes},
};

/// Where people are told to look into their mail; a page.
pub(crate) const SENT: &str = "/sign-in/sent";

/// The state changes of signing in and out. Their pages are elsewhere.
pub(crate) fn routes() -> Routes {
    Routes::of(Access::Public)
        .with_effect(Effect::None)
        .post("/sign-in", request)
        .post("/sign-in/{secret}", confirm)
        .post("/sign-out", sign_out)
}

#[derive(Deserialize)]
struct SignInForm {
    email: String,
    #[serde(default)]
    next: String,
}

/// Mails a link. The answer is the same whether or not the address is known.
async fn request(State(app): State<App>, Form(form): Form<SignInForm>) -> Result<Redirect, WebError> {
    let email = typed_address(&app, &form.email, LinkKind::SignIn)?;
    app.desk.request_sign_in(&email, &form.next).await?;
    Ok(Redirect::to(SENT))
}

/// Uses the link up and opens the session. Only a POST does: mail scanners follow links.
async fn confirm(
    State(app): State<App>,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, WebError> {
    let secret = Secret::presented(&secret);
    let browser = bond::of(&app, &headers, &secret);
    let signed_in = app.desk.confirm_sign_in(&secret, browser.as_ref()).await?;
    let over = browser.map(|_| (header::SET_COOKIE, bond::over(&app, &secret)));
    Ok((AppendHeaders(over), enter(&app, &headers, &signed_in).await?).into_response())
}

/// Gives the browser its new session. Whoever knows the browser's former cookie does not come along.
pub(crate) async fn enter(
    app: &App,
    headers: &HeaderMap,
    signed_in: &SignedIn,
) -> Result<Response, WebError> {
    if let Some(former) = cookie::session(app, headers) {
        app.desk.sign_out(&former).await?;
    }
    let opening = AppendHeaders(cookie::opening(app, &signed_in.session));
    Ok((opening, Redirect::to(&signed_in.next)).into_response())
}

/// Ends the session here, and leads to the provider that began it, to end the one there.
async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, WebError> {
    let session = cookie::session(&app, &headers);
    let provider = match &session {
        Some(secret) => app.desk.sign_out(secret).await?,
        None => None,
    };
    let closing = AppendHeaders(cookie::closing(&app));
    let way_out = way_out(&app, provider.as_deref()).await;
    let onward = match way_out {
        Some((title, there)) => pages::onward(&Caller(None), &title, &there)?,
        None => Redirect::to("/").into_response(),
    };
    Ok((closing, onward).into_response())
}

/// The provider's title, and where it ends sessions. One that does not answer holds nobody up: here the session has ended.
async fn way_out(app: &App, provider: Option<&str>) -> Option<(String, String)> {
    let provider = app.providers.of_name(provider?).ok()?;
    match provider.way_out(app.desk.ports.clock.now()).await {
        Ok(there) => Some((provider.title.clone(), there?.into())),
        Err(error) => {
            tracing::warn!(provider = provider.name, error = ?error, "no way to sign out there is known");
            None
        }
    }
}
