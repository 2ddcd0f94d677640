//! Uploads of the annotate page: agreed first, streamed in one piece, then submitted. The bytes come here, or go by a
//! form to where they are kept, if the back end offers that and their checksum was announced. Each step can be
//! repeated. And the same in one step for browsers without scripts.

use std::{collections::BTreeMap, io};

use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, RawPathParams, State},
    http::{HeaderMap, StatusCode, request::Parts},
    response::Redirect,
};
use futures::TryStreamExt as _;
use gas_service::{
    account::Scope,
    desk::DeskError,
    id::{JobId, UploadId},
    ports::{BoxRead, UploadForm as StoreForm},
    upload::Upload,
};
use serde::{Deserialize, Serialize};
use tokio_util::io::StreamReader;

use crate::{
    app::App,
    error::WebError,
    router::{Access, Effect, Routes},
    sign_in::caller::{ApiUser, SignedIn},
    strict::JsonOrForm,
    upload_form::{UploadForm, content_length, page_of},
};

/// The routes.
pub(crate) fn routes() -> Routes {
    let scripts = Routes::of(Access::Api(Scope::Submit))
        .with_effect(Effect::Job)
        .post("/uploads", agree)
        .put("/uploads/{id}", receive)
        .post("/uploads/{id}/submit", submit);
    Routes::all([scripts, Routes::of(Access::Page).with_effect(Effect::Job).post("/annotate", annotate)])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Announcement {
    file_name: String,
    /// In bytes.
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    sha256: Option<Sha256>,
}

/// A checksum as the service writes it: hexadecimal, lower case.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Sha256(String);

impl TryFrom<String> for Sha256 {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digit = |letter: u8| matches!(letter, b'0'..=b'9' | b'a'..=b'f');
        let is_one = text.len() == 64 && text.bytes().all(digit);
        if is_one { Ok(Self(text)) } else { Err("a SHA-256 has 64 hexadecimal digits in lower case") }
    }
}

#[derive(Serialize)]
struct Agreed {
    upload_id: UploadId,
    /// Where the bytes go, by PUT, when there is no form.
    url: String,
    /// How the bytes go to where they are kept, without this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<Form>,
    /// Where to POST afterwards, with a `reference` or without.
    submit_url: String,
    /// The limit, in bytes, of the plan and of what is left of it; none is unlimited.
    max_bytes: Option<u64>,
}

/// A form of `multipart/form-data`: the fields, then the bytes as `file`.
#[derive(Serialize)]
struct Form {
    /// Where it goes, by POST.
    url: String,
    fields: BTreeMap<String, String>,
}

impl From<StoreForm> for Form {
    fn from(form: StoreForm) -> Self {
        Self { url: form.address, fields: form.fields.into_iter().collect() }
    }
}

async fn agree(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    JsonOrForm(announced): JsonOrForm<Announcement>,
) -> Result<(StatusCode, Json<Agreed>), WebError> {
    let upload = app.desk.agree_upload(&user, &announced.file_name, announced.size).await?;
    let url = format!("/uploads/{}", upload.upload_id);
    let submit_url = format!("{url}/submit");
    let form = match (announced.size, &announced.sha256) {
        (Some(size), Some(sha256)) => app.desk.upload_form(&upload, size, &sha256.0).await?.map(Form::from),
        _ => None,
    };
    let (upload_id, max_bytes) = (upload.upload_id, upload.max_bytes);
    Ok((StatusCode::CREATED, Json(Agreed { upload_id, url, form, submit_url, max_bytes })))
}

/// The caller's upload that the path names.
struct OwnedUpload(ApiUser, Upload);

impl FromRequestParts<App> for OwnedUpload {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let user = ApiUser::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| DeskError::NoSuchUpload)?;
        let id = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
        let id: UploadId = id.and_then(|id| id.parse().ok()).ok_or(DeskError::NoSuchUpload)?;
        let upload = app.desk.upload(&user.0, id).await?;
        Ok(Self(user, upload))
    }
}

#[derive(Serialize)]
struct Received {
    size: u64,
    sha256: String,
}

async fn receive(
    State(app): State<App>,
    OwnedUpload(ApiUser(user), upload): OwnedUpload,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Received>, WebError> {
    if let Some(announced) = content_length(&headers) {
        app.desk.check_announced(&user, &upload, announced).await?;
    }
    let bytes: BoxRead = Box::pin(StreamReader::new(body.into_data_stream().map_err(io::Error::other)));
    let stored = app.desk.receive(&user, &upload, bytes).await?;
    Ok(Json(Received { size: stored.size, sha256: stored.sha256 }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    /// The default when left out.
    reference: Option<String>,
}

#[derive(Serialize)]
struct Submitted {
    job_id: JobId,
    /// The job's page.
    url: String,
}

async fn submit(
    State(app): State<App>,
    OwnedUpload(ApiUser(user), upload): OwnedUpload,
    JsonOrForm(submission): JsonOrForm<Submission>,
) -> Result<Json<Submitted>, WebError> {
    let job = app.desk.submit(&user, upload.upload_id, submission.reference.as_deref(), None).await?;
    Ok(Json(Submitted { job_id: job.job_id, url: page_of(job.job_id) }))
}

/// The form without scripts. The page holds a fresh `upload_id`; sent again, it leads to the same job.
async fn annotate(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    mut form: UploadForm,
) -> Result<Redirect, WebError> {
    form.read_to_file(&["upload_id", "reference"]).await?;
    let upload_id = form.text("upload_id").map(str::parse::<UploadId>).transpose();
    let upload_id = upload_id.map_err(|_| DeskError::NoSuchUpload)?.unwrap_or_else(UploadId::generate);
    let key = format!("form:{upload_id}");
    if let Some(job) = app.desk.job_under_key(&user, Some(&key)).await? {
        return Ok(Redirect::to(&page_of(job.job_id)));
    }
    let (job, _) = form.submit(&app.desk, &user, Some(&key)).await?;
    Ok(Redirect::to(&page_of(job.job_id)))
}
