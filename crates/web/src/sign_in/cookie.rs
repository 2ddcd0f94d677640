//! The session cookie: out of reach of scripts, and of other sites' requests that change anything.

use axum::http::{HeaderMap, HeaderName, header};
use axum_extra::extract::cookie::CookieJar;
use gas_service::account::Secret;

use crate::app::App;

/// A header that sets the cookie.
pub(crate) type SetCookie = [(HeaderName, String); 1];

/// With HTTPS the name itself forbids that another host of the same domain sets the cookie.
fn name(app: &App) -> &'static str {
    if app.options.secure_cookies { "__Host-gas_session" } else { "gas_session" }
}

/// The session secret that the browser sent.
pub(crate) fn session(app: &App, headers: &HeaderMap) -> Option<Secret> {
    let jar = CookieJar::from_headers(headers);
    jar.get(name(app)).map(|cookie| Secret::presented(cookie.value()))
}

/// Opens a session in the browser.
pub(crate) fn opening(app: &App, secret: &Secret) -> SetCookie {
    set(app, secret.reveal(), app.desk.settings.sign_in.session_life.as_secs())
}

/// Ends it.
pub(crate) fn closing(app: &App) -> SetCookie {
    set(app, "", 0)
}

/// The value is hexadecimal, so nothing needs escaping.
fn set(app: &App, value: &str, max_age_seconds: u64) -> SetCookie {
    let name = name(app);
    let secure = if app.options.secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}");
    [(header::SET_COOKIE, cookie)]
}
