//! Downloads that are made when they are asked for: other formats of a result, and reports.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use gas_service::{
    desk::{Download, FileKind},
    notation::Disposition,
    ports::BoxRead,
    rendering::{ReportFormat, ResultFormat, UnknownFormat},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{body_of, found_at, names, send};
use crate::{app::App, error::WebError, owned_job::OwnedJob};

/// Which format.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultQuery {
    /// `vcf`, `vcf.gz`, `bcf`, `tsv`, `plain-tsv`, `jsonl` or `parquet`; as the result is stored when left out. In `tsv` a `'`
    /// stands before each cell that a spreadsheet would compute; `plain-tsv` has the cells as they are, for programs.
    format: Option<String>,
}

/// Which report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// `html` or `multiqc`; `html` when left out.
    format: Option<String>,
}

/// Answers with a result in the format asked for.
pub(crate) async fn send_as(
    app: &App,
    owned: &OwnedJob,
    query: &ResultQuery,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, WebError> {
    // Where the result is not to be had, it is not to be had in any format.
    let (_, stored) = app.desk.locate(&owned.job, FileKind::Result)?;
    let Some(format) = query.format.as_deref() else {
        return send(app, owned, FileKind::Result, headers).await;
    };
    let format: ResultFormat =
        format.parse().map_err(|why: UnknownFormat| no_such_format(why.to_string()))?;
    let Some(result) =
        owned.job.hot_result().filter(|result| format != ResultFormat::of_stored(&result.name))
    else {
        return send(app, owned, FileKind::Result, headers).await;
    };
    // The same result converted by the same program is the same.
    let tag = format!("W/\"{}-{format}-{}\"", stored.sha256, app.options.version);
    if names(headers, &header::IF_NONE_MATCH, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let mut response = if method == Method::HEAD {
        whole(&format.name(&result.name), content_type(format), Box::pin(tokio::io::empty()))
    } else {
        answer(app.desk.download_as(&owned.user, &owned.job, format).await?, content_type(format))
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Answers with a report on a job.
pub(crate) async fn send_report(
    app: &App,
    owned: &OwnedJob,
    query: &ReportQuery,
    method: &Method,
) -> Result<Response, WebError> {
    app.desk.locate(&owned.job, FileKind::Summary)?;
    let (format, content_type) = match query.format.as_deref() {
        None | Some("html") => (ReportFormat::Html, "text/html; charset=utf-8"),
        Some("multiqc") => (ReportFormat::MultiQc, "application/json"),
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            return Err(no_such_format(format!(
                "there is no report `{shown}`; there are `html` and `multiqc`"
            )));
        }
    };
    if method == Method::HEAD {
        let name = format.name(&owned.job.input_file_name);
        return Ok(whole(&name, content_type, Box::pin(tokio::io::empty())));
    }
    Ok(answer(app.desk.report(&owned.job, format).await?, content_type))
}

fn no_such_format(why: String) -> WebError {
    WebError::invalid("no_such_format", why)
}

fn answer(download: Download, content_type: &'static str) -> Response {
    match download {
        Download::At(address) => found_at(&address),
        Download::Bytes { name, bytes, .. } | Download::Made { name, bytes } => {
            whole(&name, content_type, bytes)
        }
    }
}

/// Without a length: whoever receives it knows by the last chunk that it is whole.
pub(crate) fn whole(name: &str, content_type: &'static str, bytes: BoxRead) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(disposition) = HeaderValue::from_str(&Disposition::Attachment.of_file(name)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    let body: Body = body_of(bytes);
    (headers, body).into_response()
}

fn content_type(format: ResultFormat) -> &'static str {
    match format {
        ResultFormat::Vcf => "text/plain; charset=utf-8",
        ResultFormat::VcfGz => "application/gzip",
        ResultFormat::Bcf => "application/octet-stream",
        ResultFormat::Tsv | ResultFormat::PlainTsv => "text/tab-separated-values; charset=utf-8",
        ResultFormat::JsonLines => "application/x-ndjson",
        ResultFormat::Parquet => "application/vnd.apache.parquet",
    }
}
