//! Cookies that bind what was begun to the browser that began it. Each is for one thing, known by a hash of its secret, so
//! that two windows do not disturb each other.

use axum::http::HeaderMap;
use gas_service::account::Secret;

use crate::{app::App, sign_in::cookie};

/// Of an identity in this browser that waits for an address.
const ADDRESS: &str = "gas_begun_address";

/// What the browser must bring for something that was begun, told apart by a part of its hash.
fn name(begun: &Secret) -> String {
    let mark: String = begun.hash().0.chars().take(16).collect();
    format!("gas_begun_{mark}")
}

/// What this browser was given for something that it began.
pub(crate) fn of(app: &App, headers: &HeaderMap, begun: &Secret) -> Option<Secret> {
    cookie::find(app, headers, &name(begun))
}

/// Gives it to the browser, for as long as an attempt lives.
pub(crate) fn for_attempt(app: &App, begun: &Secret, browser: &Secret) -> String {
    let life = app.desk.settings.sign_in.attempt_life.as_secs();
    cookie::set(app, &name(begun), browser.reveal(), Some(life))
}

/// Gives it to the browser, for as long as a mailed link lives.
pub(crate) fn for_link(app: &App, begun: &Secret, browser: &Secret) -> String {
    let life = app.desk.settings.sign_in.link_life.as_secs();
    cookie::set(app, &name(begun), browser.reveal(), Some(life))
}

/// Takes it away.
pub(crate) fn over(app: &App, begun: &Secret) -> String {
    cookie::set(app, &name(begun), "", Some(0))
}

/// What this browser has that came without an address.
pub(crate) fn awaiting_address(app: &App, headers: &HeaderMap) -> Option<Secret> {
    cookie::find(app, headers, ADDRESS)
}

/// Gives it to the browser.
pub(crate) fn for_address(app: &App, browser: &Secret) -> String {
    let life = app.desk.settings.sign_in.link_life.as_secs();
    cookie::set(app, ADDRESS, browser.reveal(), Some(life))
}

/// Takes it away.
pub(crate) fn address_over(app: &App) -> String {
    cookie::set(app, ADDRESS, "", Some(0))
}
