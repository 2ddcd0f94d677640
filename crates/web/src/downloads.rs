//! Files of a job on their way to its owner. They are offered for saving, never shown as pages.

mod made;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use gas_service::{
    desk::{Download, FileKind},
    job::StoredFile,
    notation::Disposition,
    ports::BoxRead,
};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

pub(crate) use self::made::{ReportQuery, ResultQuery, send_as, send_report, whole as send_made};

use crate::{
    app::App,
    error::WebError,
    owned_job::OwnedJob,
    router::{Access, Routes},
    strict::StrictQuery,
};

/// Downloads as linked from pages; the API has the same under its own addresses.
pub(crate) fn routes() -> Routes {
    Routes::of(Access::Page)
        .get("/annotations/{id}/download", result)
        .get("/annotations/{id}/report", report)
        .get("/annotations/{id}/input", input)
        .get("/annotations/{id}/log.txt", log)
}

async fn result(
    app: State<App>,
    owned: OwnedJob,
    method: Method,
    query: StrictQuery<ResultQuery>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    send_as(&app, &owned, &query.0, &method, &headers).await
}

async fn report(
    app: State<App>,
    owned: OwnedJob,
    method: Method,
    query: StrictQuery<ReportQuery>,
) -> Result<Response, WebError> {
    send_report(&app, &owned, &query.0, &method).await
}

async fn input(app: State<App>, owned: OwnedJob, headers: HeaderMap) -> Result<Response, WebError> {
    send(&app, &owned, FileKind::Input, &headers).await
}

async fn log(app: State<App>, owned: OwnedJob, headers: HeaderMap) -> Result<Response, WebError> {
    send(&app, &owned, FileKind::Log, &headers).await
}

/// Answers with a file, or with where it is to be had.
pub(crate) async fn send(
    app: &App,
    owned: &OwnedJob,
    kind: FileKind,
    headers: &HeaderMap,
) -> Result<Response, WebError> {
    let (_, located) = app.desk.locate(&owned.job, kind)?;
    let tag = format!("\"{}\"", located.sha256);
    if names(headers, &header::IF_NONE_MATCH, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    match app.desk.download(&owned.user, &owned.job, kind).await? {
        Download::At(address) => Ok(found_at(&address)),
        Download::Made { name, bytes } => Ok(made::whole(&name, "application/octet-stream", bytes)),
        Download::Bytes { name, file, bytes } => match wanted_part(headers, &tag, file.size)? {
            None => Ok(whole(kind, &name, &file, &tag, bytes)),
            Some(part) => {
                let rest = app.desk.ports.objects.open(&file, part.first).await;
                let rest = rest.map_err(gas_service::desk::DeskError::from)?;
                Ok(partial(kind, &name, &file, &tag, part, rest))
            }
        },
    }
}

fn found_at(address: &str) -> Response {
    let mut response = Redirect::to(address).into_response();
    *response.status_mut() = StatusCode::FOUND;
    response
}

fn whole(kind: FileKind, name: &str, file: &StoredFile, tag: &str, bytes: BoxRead) -> Response {
    let mut headers = about(kind, name, tag);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.size));
    (headers, body_of(bytes)).into_response()
}

fn partial(kind: FileKind, name: &str, file: &StoredFile, tag: &str, part: Part, rest: BoxRead) -> Response {
    let mut headers = about(kind, name, tag);
    let length = part.last - part.first + 1;
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let range = format!("bytes {}-{}/{}", part.first, part.last, file.size);
    if let Ok(range) = HeaderValue::from_str(&range) {
        headers.insert(header::CONTENT_RANGE, range);
    }
    let bytes: BoxRead = Box::pin(rest.take(length));
    (StatusCode::PARTIAL_CONTENT, headers, body_of(bytes)).into_response()
}

fn body_of(bytes: BoxRead) -> Body {
    Body::from_stream(ReaderStream::with_capacity(bytes, 64 * 1024))
}

fn about(kind: FileKind, name: &str, tag: &str) -> HeaderMap {
    let content_type = match kind {
        FileKind::Summary => "application/json",
        FileKind::Input | FileKind::Result if compressed(name) => "application/gzip",
        FileKind::Log | FileKind::Input | FileKind::Result => "text/plain; charset=utf-8",
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    for (header, value) in
        [(header::ETAG, tag), (header::CONTENT_DISPOSITION, &disposition(kind).of_file(name))]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(header, value);
        }
    }
    headers
}

fn compressed(name: &str) -> bool {
    [".gz", ".bgz"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

/// Logs and summaries are for reading at once; plain text and JSON are not rendered as pages.
fn disposition(kind: FileKind) -> Disposition {
    match kind {
        FileKind::Log | FileKind::Summary => Disposition::Inline,
        FileKind::Input | FileKind::Result => Disposition::Attachment,
    }
}

fn names(headers: &HeaderMap, header: &header::HeaderName, tag: &str) -> bool {
    let value = headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(',').map(str::trim).any(|one| one == tag || one == "*")
}

/// A part of a file, by its first and last byte, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    first: u64,
    last: u64,
}

/// The part that `Range` asks for. More than one range, other units, and ranges of another version of the
/// file (`If-Range`) are answered with the whole, as RFC 9110 §14.2 allows.
fn wanted_part(headers: &HeaderMap, tag: &str, size: u64) -> Result<Option<Part>, WebError> {
    let Some(range) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    if headers.contains_key(header::IF_RANGE) && !names(headers, &header::IF_RANGE, tag) {
        return Ok(None);
    }
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let end = size.saturating_sub(1);
    let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => Part { first, last: last.min(end) },
        (Ok(first), Err(_)) if last.trim().is_empty() => Part { first, last: end },
        (Err(_), Ok(count)) if first.trim().is_empty() && count > 0 => {
            Part { first: size.saturating_sub(count), last: end }
        }
        _ => return Ok(None),
    };
    if part.first >= size { Err(WebError::RangeNotSatisfiable { size }) } else { Ok(Some(part)) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("bytes=0-0", Some((0, 0)))]
    #[case("bytes=2-", Some((2, 9)))]
    #[case("bytes=-3", Some((7, 9)))]
    #[case("bytes=5-100", Some((5, 9)))]
    #[case("bytes=-100", Some((0, 9)))]
    #[case("bytes=5-2", None)]
    #[case("bytes=0-1,4-5", None)]
    #[case("lines=0-1", None)]
    fn parts(#[case] range: &str, #[case] part: Option<(u64, u64)>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        let wanted = wanted_part(&headers, "\"x\"", 10).unwrap();
        assert_eq!(wanted, part.map(|(first, last)| Part { first, last }));
    }

    #[test]
    fn parts_beyond_the_end_or_of_another_version() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=10-".parse().unwrap());
        assert!(wanted_part(&headers, "\"x\"", 10).is_err());
        headers.insert(header::IF_RANGE, "\"other\"".parse().unwrap());
        assert_eq!(wanted_part(&headers, "\"x\"", 10).unwrap(), None);
    }
}
