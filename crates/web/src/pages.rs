//! The pages.

use axum::{http::StatusCode, response::Html};
use gas_service::account::User;

use crate::router::Routes;

/// All pages.
pub(crate) fn routes() -> Routes {
    Routes::new()
}

/// The page for whatever went wrong.
pub(crate) fn error_page(
    status: StatusCode,
    code: &str,
    message: &str,
    request_id: &str,
    _user: Option<&User>,
) -> Html<String> {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Html(format!(
        "<!doctype html><title>{status}</title><h1>{status}</h1><p>{}</p><p><code>{code}</code> {request_id}</p>",
        escape(message)
    ))
}
