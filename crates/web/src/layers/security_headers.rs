//! Headers that tell browsers what this site never does.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::app::App;

const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

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
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ];
    headers.insert(header::CONTENT_SECURITY_POLICY, content_security_policy(&app).await);
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.options.secure_cookies {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Scripts speak to this site only, and to the one address where the back end takes files from browsers, if it does.
async fn content_security_policy(app: &App) -> HeaderValue {
    let target = app.desk.form_target().await.unwrap_or_else(|error| {
        tracing::error!(?error, "the address for uploads is not known; browsers will not send files to it");
        None
    });
    let policy =
        target.map(|target| format!("{CONTENT_SECURITY_POLICY}; connect-src 'self' {}", target.address));
    policy
        .and_then(|policy| HeaderValue::try_from(policy).ok())
        .unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY))
}
