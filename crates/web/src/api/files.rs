use axum::{
    extract::State,
    http::{HeaderMap, Method},
    response::Response,
};
use gas_service::desk::FileKind;

use crate::{
    app::App,
    downloads::{self, ReportQuery, ResultQuery},
    error::WebError,
    owned_job::OwnedJob,
    strict::StrictQuery,
};

/// Download the result.
///
/// Answers with the bytes, or with where they are to be had. `Range` and `If-None-Match` work. With another `format`
/// than that of the result, the bytes are made now: their size is not known before, and ranges are not served. A
/// transfer that ends without its last chunk was broken off.
#[utoipa::path(get, path = "/jobs/{id}/result", tag = "files", params(("id" = uuid::Uuid, Path), ResultQuery),
    responses(
        (status = 200, description = "The annotated VCF, or the format asked for", content_type = "text/plain"),
        (status = 206, description = "The part asked for", content_type = "text/plain"),
        (status = 302, description = "The address of the bytes, for a short while"),
        (status = 304, description = "As before"),
        (status = 404, description = "`no_such_job`"),
        (status = 409, description = "`not_finished`, `no_result`, `archived` or `thawing`"),
        (status = 410, description = "`expired`"),
        (status = 416, description = "`range_not_satisfiable`"),
        (status = 422, description = "`no_such_format`, `invalid_query`"),
        (status = 503, description = "`busy`: too many are being made; try again after `Retry-After`"),
    ))]
pub(crate) async fn result(
    State(app): State<App>,
    owned: OwnedJob,
    method: Method,
    StrictQuery(query): StrictQuery<ResultQuery>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    downloads::send_as(&app, &owned, &query, &method, &headers).await
}

/// Download a report: the page's numbers and plots in one file, or the same for `MultiQC`.
///
/// It is made of the summary, and can be had as long as that.
#[utoipa::path(get, path = "/jobs/{id}/report", tag = "files", params(("id" = uuid::Uuid, Path), ReportQuery),
    responses(
        (status = 200, description = "The report", content_type = "text/html"),
        (status = 404, description = "`no_such_job`"),
        (status = 409, description = "`not_finished` or `no_result`"),
        (status = 422, description = "`no_such_format`, `invalid_query`"),
        (status = 503, description = "`busy`: too many are being made; try again after `Retry-After`"),
    ))]
pub(crate) async fn report(
    State(app): State<App>,
    owned: OwnedJob,
    method: Method,
    StrictQuery(query): StrictQuery<ReportQuery>,
) -> Result<Response, WebError> {
    downloads::send_report(&app, &owned, &query, &method).await
}

/// Download the input.
#[utoipa::path(get, path = "/jobs/{id}/input", tag = "files", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "What was uploaded", content_type = "text/plain"),
        (status = 302, description = "The address of the bytes, for a short while"),
        (status = 404, description = "`no_such_job`"),
        (status = 410, description = "`input_gone`"),
    ))]
pub(crate) async fn input(
    State(app): State<App>,
    owned: OwnedJob,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    downloads::send(&app, &owned, FileKind::Input, &headers).await
}

/// Read the log.
#[utoipa::path(get, path = "/jobs/{id}/log", tag = "files", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The log", content_type = "text/plain"),
        (status = 302, description = "The address of the bytes, for a short while"),
        (status = 404, description = "`no_such_job`"),
        (status = 409, description = "`not_finished` or `no_result`"),
    ))]
pub(crate) async fn log(
    State(app): State<App>,
    owned: OwnedJob,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    downloads::send(&app, &owned, FileKind::Log, &headers).await
}

/// Read the counts per consequence, impact and position.
#[utoipa::path(get, path = "/jobs/{id}/summary", tag = "files", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The counts", content_type = "application/json"),
        (status = 302, description = "The address of the bytes, for a short while"),
        (status = 404, description = "`no_such_job`"),
        (status = 409, description = "`not_finished` or `no_result`"),
    ))]
pub(crate) async fn summary(
    State(app): State<App>,
    owned: OwnedJob,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    downloads::send(&app, &owned, FileKind::Summary, &headers).await
}
