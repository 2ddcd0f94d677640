//! Headers that tell browsers what this site never does.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::app::App;

/// What a page may load: what lies beside it, nothing inline, nothing evaluated. Its scripts give no text to the browser
/// as HTML, but by the one policy of `csp.js`, which lets answers of this server through, and never as a script.
const OF_PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types default; connect-src 'self'";

/// What everything else may, should a browser ever show it as a page: nothing, as if it came from nowhere.
const OF_FILES: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// What pages never ask for.
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

/// Sets the headers on every answer. What a handler said about caching stays; else nothing is kept.
pub(crate) async fn set(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: browsers would then send `Origin: null` with this site's own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ];
    let policy = if is_page(headers) { of_pages(&app).await } else { HeaderValue::from_static(OF_FILES) };
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.options.secure_cookies {
        let below = app.options.hsts_subdomains;
        let year = if below { "max-age=31536000; includeSubDomains" } else { "max-age=31536000" };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(year));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What is offered for saving is none, whatever it is made of.
fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
        && !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Scripts speak to this site only, and to the one address where the back end takes files from browsers, if it does.
async fn of_pages(app: &App) -> HeaderValue {
    let target = app.desk.form_target().await.unwrap_or_else(|error| {
        tracing::error!(?error, "the address for uploads is not known; browsers will not send files to it");
        None
    });
    // The policy ends in what scripts may speak to.
    let policy = target.map(|target| format!("{OF_PAGES} {}", target.address));
    policy.and_then(|policy| HeaderValue::try_from(policy).ok()).unwrap_or(HeaderValue::from_static(OF_PAGES))
}
