//! Compression of what is made of text and small. Files go out as they are: their checksum and length are
//! promised, and most are compressed already.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::CompressionLayer;

type Rule = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// Compresses pages, JSON, scripts and styles.
pub(crate) fn layer() -> CompressionLayer<Rule> {
    CompressionLayer::new().gzip(true).compress_when(worthwhile as Rule)
}

fn worthwhile(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kinds = [
        "text/html",
        "application/json",
        "application/problem+json",
        "text/css",
        "text/javascript",
        "image/svg",
    ];
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    !headers.contains_key(header::CONTENT_DISPOSITION) && kinds.iter().any(|known| kind.starts_with(known))
}
