use std::{error::Error, fmt::Write as _, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt as _;
use gas_service::desk::DeskError;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Fault, WebError};
use crate::{layers::request::RequestId, pages, sign_in::caller::Caller};

/// A problem as RFC 9457 describes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Identifies the kind of problem; `urn:gas:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:gas:problem:no_such_job")]
    kind: String,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for programs.
    #[schema(example = "no_such_job")]
    code: String,
    /// What happened and what to do, for people.
    detail: String,
    /// Names this request in the server's log.
    request_id: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Face {
    Page,
    Problem,
}

impl Face {
    fn of(path: &str, headers: &HeaderMap) -> Self {
        let for_programs = ["/api/", "/uploads", "/billing/", "/healthz", "/readyz", "/metrics"];
        if for_programs.iter().any(|prefix| path.starts_with(prefix)) {
            return Self::Problem;
        }
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
        if accept.contains("json") && !accept.contains("html") { Self::Problem } else { Self::Page }
    }
}

/// Gives errors their face. Also turns panics and the plain texts of axum's own refusals into errors.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let face = Face::of(request.uri().path(), request.headers());
    let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.unwrap_or_else(|panic| WebError::internal(panic_text(&*panic)).into_response());
    let Some((response, fault)) = with_fault(response).await else { return Response::default() };
    match fault {
        Some(fault) => show(response, &fault, face, &request_id),
        None => response,
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a request handler panicked: {}", text.unwrap_or_default())
}

/// The error of a response, if it is one that has no face yet.
async fn with_fault(mut response: Response) -> Option<(Response, Option<Fault>)> {
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        return Some((response, Some(fault)));
    }
    let status = response.status();
    let content_type = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let plain = content_type.is_none_or(|kind| kind.starts_with(b"text/plain"));
    if !plain || !(status.is_client_error() || status.is_server_error()) {
        return Some((response, None));
    }
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let fault = Fault(Arc::new(refusal(status, text)));
    Some((Response::from_parts(parts, Body::empty()), Some(fault)))
}

/// What axum's own refusals mean in our words.
fn refusal(status: StatusCode, text: String) -> WebError {
    match status {
        StatusCode::NOT_FOUND => WebError::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => WebError::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => WebError::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            WebError::UnsupportedMediaType { expected: "application/x-www-form-urlencoded" }
        }
        StatusCode::UNPROCESSABLE_ENTITY => WebError::invalid("invalid_request", text),
        status if status.is_server_error() => WebError::internal(text),
        _ => WebError::Malformed(text),
    }
}

fn show(response: Response, fault: &Fault, face: Face, request_id: &RequestId) -> Response {
    let error = &*fault.0;
    let (mut parts, _) = response.into_parts();
    note(error, request_id);
    let message = sentence(&error.to_string());
    parts.status = error.status();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let user = parts.extensions.get::<Caller>().and_then(|caller| caller.0.as_deref());
    let faced = match face {
        Face::Page => {
            pages::error_page(parts.status, error.code(), &message, &request_id.0, user).into_response()
        }
        Face::Problem => problem(parts.status, error, message, request_id),
    };
    let (new_parts, body) = faced.into_parts();
    parts.headers.extend(new_parts.headers);
    Response::from_parts(parts, body)
}

fn problem(status: StatusCode, error: &WebError, detail: String, request_id: &RequestId) -> Response {
    let problem = Problem {
        kind: format!("urn:gas:problem:{}", error.code()),
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        code: error.code().to_owned(),
        detail,
        request_id: request_id.0.clone(),
    };
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    ([content_type], Json(problem)).into_response()
}

/// Faults of ours are logged here and nowhere else, with the id that the user sees; and why a provider's word was not taken,
/// as the page does not say that.
fn note(error: &WebError, request_id: &RequestId) {
    let meant = matches!(error, WebError::Desk(DeskError::Draining { .. } | DeskError::ReadOnly { .. }));
    let is_of_provider = matches!(error, WebError::OpenId(_));
    if meant || !(error.status().is_server_error() || is_of_provider) {
        return;
    }
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(causes, ": {error}");
        cause = error.source();
    }
    let (id, code) = (&request_id.0, error.code());
    if is_of_provider {
        // Strangers' words: one line, and not a long one.
        let causes: String = causes.chars().filter(|c| !c.is_control()).take(500).collect();
        tracing::warn!(request_id = %id, code, "nobody was signed in: {error}{causes}");
    } else {
        tracing::error!(request_id = %id, code, "request failed: {error}{causes}");
    }
}

/// Messages are written to be joined to others; shown alone they begin and end as sentences do.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
