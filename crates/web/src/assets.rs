//! Styles and scripts, embedded in the program.

use axum::{
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use gas_service::notation::hexadecimal;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

use crate::{
    error::WebError,
    router::{Access, Routes},
};

// The folder is made by the front end's build; without it the pages are plain but work.
#[derive(RustEmbed)]
#[folder = "frontend/dist"]
#[allow_missing = true]
struct Dist;

/// The route.
pub(crate) fn routes() -> Routes {
    Routes::of(Access::Impersonal).get("/assets/{*path}", serve)
}

/// The address of an asset, with its version, so that browsers may keep it for ever.
pub(crate) fn url(path: &str) -> String {
    match Dist::get(path) {
        Some(file) => format!("/assets/{path}?v={}", version(&file)),
        None => format!("/assets/{path}"),
    }
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    v: String,
}

async fn serve(
    Path(path): Path<String>,
    Query(wanted): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let file = Dist::get(&path).ok_or(WebError::NotFound)?;
    let version = version(&file);
    let tag = format!("\"{version}\"");
    let caching = if wanted.v == version { "public, max-age=31536000, immutable" } else { "no-cache" };
    let about = [
        (header::CONTENT_TYPE, content_type(&path).to_owned()),
        (header::CACHE_CONTROL, caching.to_owned()),
        (header::ETAG, tag.clone()),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, file.data).into_response())
}

/// The first 64 bits of the content's SHA-256, in hexadecimal.
fn version(file: &EmbeddedFile) -> String {
    let mut text = hexadecimal(&file.metadata.sha256_hash());
    text.truncate(16);
    text
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
