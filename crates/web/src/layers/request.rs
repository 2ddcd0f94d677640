//! The request's id, and one line in the log for each request.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::sign_in::caller::Caller;

/// Names a request in answers and in the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestId(pub(crate) String);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id of ours (what a client sends is not believed) and logs it when it is answered.
pub(crate) async fn log(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = Uuid::now_v7().to_string();
    let method = request.method().clone();
    let path = without_secrets(request.uri().path(), request.extensions().get::<MatchedPath>());
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", request_id = %id);
    let mut response = next.run(request).instrument(span).await;
    let user = response.extensions().get::<Caller>().and_then(|caller| caller.0.as_ref());
    let user_id = user.map(|user| user.user_id.to_string()).unwrap_or_default();
    let status = response.status().as_u16();
    let milliseconds = began.elapsed().as_millis();
    metrics::counter!("gas_http_requests_total", "method" => method.to_string(), "status" => status.to_string())
        .increment(1);
    tracing::info!(request_id = %id, %method, path, status, milliseconds, user_id, "{method} {path} answered {status}");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

/// The path as it may be logged, without what opens something. Queries never are. Where there is nothing, somebody may have
/// mistyped such a path.
fn without_secrets(path: &str, matched: Option<&MatchedPath>) -> String {
    match matched.map(MatchedPath::as_str) {
        Some(pattern) if pattern.contains("{secret}") => pattern,
        Some(_) => path,
        None => "(no such address)",
    }
    .to_owned()
}
