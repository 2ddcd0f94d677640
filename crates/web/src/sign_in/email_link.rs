//! Signing in by a one-time link.

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Redirect,
};
use gas_service::account::{EmailAddress, Secret};
use serde::Deserialize;

use super::cookie::{self, SetCookie};
use crate::{
    app::App,
    error::WebError,
    router::{Access, Routes},
};

/// Where people are told to look into their mail; a page.
const SENT: &str = "/sign-in/sent";

/// The state changes of signing in and out. Their pages are elsewhere.
pub(crate) fn routes() -> Routes {
    Routes::of(Access::Public)
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
    let email: EmailAddress = form.email.parse().map_err(gas_service::desk::DeskError::from)?;
    app.mail_limit.spend(&email, app.desk.ports.clock.now())?;
    app.desk.request_sign_in(&email, &form.next).await?;
    Ok(Redirect::to(SENT))
}

/// Uses the link up and opens the session. Only a POST does: mail scanners follow links.
async fn confirm(
    State(app): State<App>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<(SetCookie, Redirect), WebError> {
    let signed_in = app.desk.confirm_sign_in(&Secret::presented(&secret)).await?;
    // Whoever knows the browser's former cookie does not come along.
    if let Some(former) = cookie::session(&app, &headers) {
        app.desk.sign_out(&former).await?;
    }
    Ok((cookie::opening(&app, &signed_in.session), Redirect::to(&signed_in.next)))
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<(SetCookie, Redirect), WebError> {
    if let Some(secret) = cookie::session(&app, &headers) {
        app.desk.sign_out(&secret).await?;
    }
    Ok((cookie::closing(&app), Redirect::to("/")))
}
