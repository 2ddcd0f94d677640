//! The cookies, of the session and of visitors: out of reach of scripts, and of other sites' requests that change anything.

use axum::http::{HeaderMap, HeaderName, header};
use axum_extra::extract::cookie::CookieJar;
use gas_service::account::Secret;

use crate::app::App;

/// A header that sets the cookie.
pub(crate) type SetCookie = [(HeaderName, String); 1];

/// A cookie's name. With HTTPS the name itself forbids that another host of the same domain sets the cookie.
#[derive(Clone, Copy)]
struct Name {
    plain: &'static str,
    secure: &'static str,
}

const SESSION: Name = Name { plain: "gas_session", secure: "__Host-gas_session" };
const VISITOR: Name = Name { plain: "gas_visitor", secure: "__Host-gas_visitor" };

impl Name {
    fn of(self, app: &App) -> &'static str {
        if app.options.secure_cookies { self.secure } else { self.plain }
    }

    fn find(self, app: &App, headers: &HeaderMap) -> Option<Secret> {
        let jar = CookieJar::from_headers(headers);
        jar.get(self.of(app)).map(|cookie| Secret::presented(cookie.value()))
    }

    /// The value is hexadecimal, so nothing needs escaping.
    fn set(self, app: &App, value: &str, life: &str) -> String {
        let secure = if app.options.secure_cookies { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{life}{secure}", self.of(app))
    }
}

/// The session secret that the browser sent.
pub(crate) fn session(app: &App, headers: &HeaderMap) -> Option<Secret> {
    SESSION.find(app, headers)
}

/// The secret of a visitor who is not signed in.
pub(crate) fn visitor(app: &App, headers: &HeaderMap) -> Option<Secret> {
    VISITOR.find(app, headers)
}

/// What sets it, until the browser is closed.
pub(crate) fn of_visitor(app: &App, secret: &Secret) -> String {
    VISITOR.set(app, secret.reveal(), "")
}

/// Opens a session in the browser.
pub(crate) fn opening(app: &App, secret: &Secret) -> SetCookie {
    let life = format!("; Max-Age={}", app.desk.settings.sign_in.session_life.as_secs());
    [(header::SET_COOKIE, SESSION.set(app, secret.reveal(), &life))]
}

/// Ends it.
pub(crate) fn closing(app: &App) -> SetCookie {
    [(header::SET_COOKIE, SESSION.set(app, "", "; Max-Age=0"))]
}
