//! Cookies: out of reach of scripts, and of other sites' requests that change anything. Those of the session and of visitors
//! are here, others bring a name of their own.

use axum::http::{HeaderMap, HeaderName, header};
use axum_extra::extract::cookie::CookieJar;
use gas_service::account::Secret;

use crate::app::App;

/// A header that sets the cookie.
pub(crate) type SetCookie = [(HeaderName, String); 1];

const SESSION: &str = "gas_session";
const VISITOR: &str = "gas_visitor";

/// With HTTPS the name itself forbids that another host of the same domain sets the cookie.
fn full_name(app: &App, name: &str) -> String {
    let prefix = if app.options.secure_cookies { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// What the browser sent under that name.
pub(super) fn find(app: &App, headers: &HeaderMap, name: &str) -> Option<Secret> {
    let jar = CookieJar::from_headers(headers);
    jar.get(&full_name(app, name)).map(|cookie| Secret::presented(cookie.value()))
}

/// What sets a cookie for so many seconds, or until the browser is closed. The value is hexadecimal, so nothing needs
/// escaping. `Lax`, as links in mails and providers lead here.
pub(super) fn set(app: &App, name: &str, value: &str, seconds: Option<u64>) -> String {
    let life = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if app.options.secure_cookies { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{life}{secure}", full_name(app, name))
}

/// The session secret that the browser sent.
pub(crate) fn session(app: &App, headers: &HeaderMap) -> Option<Secret> {
    find(app, headers, SESSION)
}

/// The secret of a visitor who is not signed in.
pub(crate) fn visitor(app: &App, headers: &HeaderMap) -> Option<Secret> {
    find(app, headers, VISITOR)
}

/// What sets it, until the browser is closed.
pub(crate) fn of_visitor(app: &App, secret: &Secret) -> String {
    set(app, VISITOR, secret.reveal(), None)
}

/// Opens a session in the browser, or gives the one it has another secret.
pub(crate) fn opening(app: &App, secret: &Secret) -> SetCookie {
    // Longer than a session that goes on will, which harms nothing.
    let life = app.desk.settings.sign_in.session_life.as_secs();
    [(header::SET_COOKIE, set(app, SESSION, secret.reveal(), Some(life)))]
}

/// Ends it.
pub(crate) fn closing(app: &App) -> SetCookie {
    [(header::SET_COOKIE, set(app, SESSION, "", Some(0)))]
}
