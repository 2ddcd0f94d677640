use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use gas_service::{job::Job, notation::percent_encoded, ports::Cursor};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::JobJson;
use crate::{
    app::App, error::WebError, idempotency::IdempotencyKey, owned_job::OwnedJob, sign_in::caller::ApiUser,
    strict::StrictQuery, upload_form::UploadForm,
};

/// A file to annotate.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read as it streams in")]
pub(crate) struct JobForm {
    /// The VCF file, plain or compressed, or BCF; its name must end in `.vcf`, `.vcf.gz`, `.vcf.bgz` or `.bcf`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Name of a reference of this server, as `GET /service-info` lists them; its default when left out.
    reference: Option<String>,
}

type WithLocation = (StatusCode, HeaderMap, Json<JobJson>);

/// Submit a file.
///
/// With an `Idempotency-Key`, repeating the request gives the job that the first one made.
#[utoipa::path(post, path = "/jobs", tag = "jobs",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters")),
    request_body(content = JobForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The job was made", body = JobJson,
            headers(("Location" = String, description = "The job's address"))),
        (status = 200, description = "The job that was made under this key before", body = JobJson),
        (status = 400, description = "`upload_broken_off`, `malformed`"),
        (status = 409, description = "`storage_full`: it does not fit into what is left"),
        (status = 413, description = "`too_large`: more than the plan takes"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_file_name`, `empty_file`, `no_file`, `several_files`, \
            `unknown_field`, `no_such_reference`, `invalid_idempotency_key`"),
        (status = 429, description = "`too_many_jobs`, `too_many_jobs_today`, `too_many_uploads`",
            headers(("Retry-After" = Option<u64>, description = "Seconds"))),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    IdempotencyKey(key): IdempotencyKey,
    mut form: UploadForm,
) -> Result<WithLocation, WebError> {
    if let Some(job) = app.desk.job_under_key(&user, key.as_deref()).await? {
        return located(&app, &job, StatusCode::OK).await;
    }
    form.read_to_file(&["reference"]).await?;
    let (job, made_now) = form.submit(&app.desk, &user, key.as_deref()).await?;
    located(&app, &job, if made_now { StatusCode::CREATED } else { StatusCode::OK }).await
}

async fn located(app: &App, job: &Job, status: StatusCode) -> Result<WithLocation, WebError> {
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/jobs/{}", job.job_id)) {
        headers.insert(header::LOCATION, location);
    }
    Ok((status, headers, Json(JobJson::of(&app.desk, job).await?)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many at most, from 1 to 100; 50 when left out.
    limit: Option<u32>,
}

/// Some jobs.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobList {
    /// Newest first.
    jobs: Vec<JobJson>,
    /// Where the next page begins; none at the end.
    next_cursor: Option<String>,
}

/// List your jobs, newest first.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(ListQuery),
    responses(
        (status = 200, description = "A page of jobs", body = JobList,
            headers(("Link" = Option<String>, description = "The next page, as `rel=\"next\"`"))),
        (status = 422, description = "`invalid_query`"),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    StrictQuery(query): StrictQuery<ListQuery>,
) -> Result<(HeaderMap, Json<JobList>), WebError> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(WebError::invalid(
            "invalid_query",
            format!("`limit` must be from 1 to 100, not {limit}"),
        ));
    }
    let cursor = query.cursor.filter(|cursor| !cursor.is_empty()).map(Cursor);
    let page = app.desk.jobs(&user, cursor.as_ref(), limit).await?;
    let mut jobs = Vec::with_capacity(page.items.len());
    for job in &page.items {
        jobs.push(JobJson::of(&app.desk, job).await?);
    }
    let next_cursor = page.next.map(|cursor| cursor.0);
    let mut headers = HeaderMap::new();
    if let Some(cursor) = &next_cursor {
        let link = format!("</api/v1/jobs?cursor={}&limit={limit}>; rel=\"next\"", percent_encoded(cursor));
        if let Ok(link) = HeaderValue::from_str(&link) {
            headers.insert(header::LINK, link);
        }
    }
    Ok((headers, Json(JobList { jobs, next_cursor })))
}

/// Read a job.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The job", body = JobJson),
        (status = 404, description = "`no_such_job`: none of that id, or not yours"),
    ))]
pub(crate) async fn show(State(app): State<App>, owned: OwnedJob) -> Result<Json<JobJson>, WebError> {
    Ok(Json(JobJson::of(&app.desk, &owned.job).await?))
}

/// Delete a job and all its files.
#[utoipa::path(delete, path = "/jobs/{id}", tag = "jobs", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "`no_such_job`"),
    ))]
pub(crate) async fn delete(State(app): State<App>, owned: OwnedJob) -> Result<StatusCode, WebError> {
    app.desk.delete(&owned.user, owned.job.job_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Cancel a job that has not ended.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The job, cancelled", body = JobJson),
        (status = 404, description = "`no_such_job`"),
        (status = 409, description = "`already_ended`"),
    ))]
pub(crate) async fn cancel(State(app): State<App>, owned: OwnedJob) -> Result<Json<JobJson>, WebError> {
    let job = app.desk.cancel(&owned.user, owned.job.job_id).await?;
    Ok(Json(JobJson::of(&app.desk, &job).await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RerunQuery {
    /// Name of a reference of this server; the job's own when left out.
    reference: Option<String>,
}

/// Run a job's input again, as a new job.
#[utoipa::path(post, path = "/jobs/{id}/rerun", tag = "jobs",
    params(
        ("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters"),
        RerunQuery,
    ),
    responses(
        (status = 201, description = "The new job", body = JobJson,
            headers(("Location" = String, description = "The new job's address"))),
        (status = 200, description = "The job that was made under this key before", body = JobJson),
        (status = 404, description = "`no_such_job`"),
        (status = 409, description = "`storage_full`: the input does not fit a second time"),
        (status = 410, description = "`input_gone`: the input is no longer kept"),
        (status = 422, description = "`invalid_idempotency_key`, `no_such_reference`, `invalid_query`"),
        (status = 429, description = "`too_many_jobs`, `too_many_jobs_today`, `too_many_uploads`",
            headers(("Retry-After" = Option<u64>, description = "Seconds"))),
    ))]
pub(crate) async fn rerun(
    State(app): State<App>,
    owned: OwnedJob,
    IdempotencyKey(key): IdempotencyKey,
    StrictQuery(query): StrictQuery<RerunQuery>,
) -> Result<WithLocation, WebError> {
    if let Some(job) = app.desk.job_under_key(&owned.user, key.as_deref()).await? {
        return located(&app, &job, StatusCode::OK).await;
    }
    let reference = query.reference.as_deref();
    let job = app.desk.run_again(&owned.user, &owned.job, reference, key.as_deref()).await?;
    located(&app, &job, StatusCode::CREATED).await
}
