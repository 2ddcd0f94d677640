//! Cookies that bind what was begun to the browser that began it. Each is for one thing, known by a hash of its secret, so
//! that two windows do not disturb each other.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::CookieJar;
use gas_service::account::Secret;

use crate::app::App;

/// What the browser must bring for something that was begun.
fn name(app: &App, of: &str) -> String {
    let prefix = if app.options.secure_cookies { "__Host-" } else { "" };
    format!("{prefix}gas_begun_{of}")
}

/// The part of the name that tells apart what was begun.
fn mark(of: &Secret) -> String {
    of.hash().0.chars().take(16).collect()
}

fn find(app: &App, headers: &HeaderMap, of: &str) -> Option<Secret> {
    let jar = CookieJar::from_headers(headers);
    jar.get(&name(app, of)).map(|cookie| Secret::presented(cookie.value()))
}

/// The value is hexadecimal, so nothing needs escaping. `Lax`, as the browser comes back from another site.
fn set(app: &App, of: &str, value: &str, seconds: u64) -> String {
    let secure = if app.options.secure_cookies { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", name(app, of))
}

/// What this browser was given for something that it began.
pub(crate) fn of(app: &App, headers: &HeaderMap, begun: &Secret) -> Option<Secret> {
    find(app, headers, &mark(begun))
}

/// Gives it to the browser, for as long as an attempt lives.
pub(crate) fn for_attempt(app: &App, begun: &Secret, browser: &Secret) -> String {
    set(app, &mark(begun), browser.reveal(), app.desk.settings.sign_in.attempt_life.as_secs())
}

/// Gives it to the browser, for as long as a mailed link lives.
pub(crate) fn for_link(app: &App, begun: &Secret, browser: &Secret) -> String {
    set(app, &mark(begun), browser.reveal(), app.desk.settings.sign_in.link_life.as_secs())
}

/// Takes it away.
pub(crate) fn over(app: &App, begun: &Secret) -> String {
    set(app, &mark(begun), "", 0)
}

/// An identity in this browser that waits for an address.
const ADDRESS: &str = "address";

/// What this browser has that came without an address.
pub(crate) fn awaiting_address(app: &App, headers: &HeaderMap) -> Option<Secret> {
    find(app, headers, ADDRESS)
}

/// Gives it to the browser.
pub(crate) fn for_address(app: &App, browser: &Secret) -> String {
    set(app, ADDRESS, browser.reveal(), app.desk.settings.sign_in.link_life.as_secs())
}

/// Takes it away.
pub(crate) fn address_over(app: &App) -> String {
    set(app, ADDRESS, "", 0)
}
