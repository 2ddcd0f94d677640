//! A form with a file in it, read as it streams in.

mod measured;

use std::{collections::BTreeMap, io};

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use futures::TryStreamExt as _;
use gas_service::{
    account::User,
    desk::{Desk, DeskError},
    id::JobId,
    job::Job,
    ports::BoxRead,
    upload::Upload,
};
use multer::{Field, Multipart};
use tokio_util::io::StreamReader;

use self::measured::{Allowance, Measured};
use crate::error::WebError;

/// Most bytes of a field that is not a file.
const TEXT_LIMIT: usize = 1024;
/// Most fields beside the file.
const MOST_FIELDS: usize = 10;
/// What a form may add to the file in it, in bytes; only used to refuse early by `Content-Length`.
const OVERHEAD: u64 = 4096;

/// A multipart form whose fields come one after the other; the file, called `file`, is never held whole.
pub(crate) struct UploadForm {
    fields: Multipart<'static>,
    known: &'static [&'static str],
    content_length: Option<u64>,
    texts: BTreeMap<String, String>,
    file: Option<Field<'static>>,
    allowance: Allowance,
}

impl<S: Send + Sync> FromRequest<S> for UploadForm {
    type Rejection = WebError;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok());
        let boundary = boundary.ok_or(WebError::UnsupportedMediaType { expected: "multipart/form-data" })?;
        let content_length = content_length(request.headers());
        let (stream, allowance) = Measured::new(request.into_body().into_data_stream());
        let fields = Multipart::new(stream, boundary);
        Ok(Self { fields, known: &[], content_length, texts: BTreeMap::new(), file: None, allowance })
    }
}

/// The size that a request announces.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl UploadForm {
    /// Reads up to the file and stops before its bytes. Fields beside it must be among those `known`.
    pub(crate) async fn read_to_file(&mut self, known: &'static [&'static str]) -> Result<(), WebError> {
        self.known = known;
        self.file = Some(self.next_file().await?.ok_or_else(no_file)?);
        Ok(())
    }

    /// A field that came so far; an empty one counts as none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Takes in the file that was read up to, and what follows it, and makes the job; true if this call made
    /// it. When anything is amiss, nothing stays.
    pub(crate) async fn submit(
        mut self,
        desk: &Desk,
        user: &User,
        key: Option<&str>,
    ) -> Result<(Job, bool), WebError> {
        let file = self.file.take().ok_or_else(no_file)?;
        let announced = self.content_length.map(|length| length.saturating_sub(OVERHEAD));
        let name = file.file_name().unwrap_or_default().to_owned();
        let upload = desk.agree_upload(user, &name, announced.filter(|size| *size > 0)).await?;
        match self.take_in(desk, user, &upload, file, key).await {
            Ok(job) => {
                let made_now = job.job_id == upload.job_id;
                Ok((job, made_now))
            }
            Err(error) => {
                desk.abandon_upload(&upload).await?;
                Err(error)
            }
        }
    }

    async fn take_in(
        &mut self,
        desk: &Desk,
        user: &User,
        upload: &Upload,
        file: Field<'static>,
        key: Option<&str>,
    ) -> Result<Job, WebError> {
        desk.receive(user, upload, bytes_of(file)).await?;
        if self.next_file().await?.is_some() {
            return Err(WebError::invalid("several_files", "the form has several files; send one at a time"));
        }
        Ok(desk.submit(user, upload.upload_id, self.text("reference"), key).await?)
    }

    async fn next_file(&mut self) -> Result<Option<Field<'static>>, WebError> {
        let mut seen = 0;
        loop {
            self.allowance.between_fields();
            let Some(field) = self.fields.next_field().await.map_err(refusal)? else { return Ok(None) };
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                self.allowance.within_file();
                return Ok(Some(field));
            }
            seen += 1;
            if seen > MOST_FIELDS {
                let message = format!("the form has more than {MOST_FIELDS} fields beside the file");
                return Err(WebError::invalid("invalid_field", message));
            }
            if !self.known.contains(&name.as_str()) {
                let known = self.known.join("`, `");
                let message = format!("the form has an unknown field `{name}`; known are `file`, `{known}`");
                return Err(WebError::invalid("unknown_field", message));
            }
            let text = text_of(field).await?;
            self.texts.insert(name, text);
        }
    }
}

/// Where a job is found by people.
pub(crate) fn page_of(job: JobId) -> String {
    format!("/annotations/{job}")
}

fn no_file() -> WebError {
    WebError::invalid("no_file", "the form has no field `file`; choose a file")
}

fn bytes_of(file: Field<'static>) -> BoxRead {
    Box::pin(StreamReader::new(file.map_err(io::Error::other)))
}

async fn text_of(mut field: Field<'static>) -> Result<String, WebError> {
    let mut text = Vec::new();
    while let Some(bytes) = field.chunk().await.map_err(refusal)? {
        text.extend_from_slice(&bytes);
        if text.len() > TEXT_LIMIT {
            let message = format!("a field of the form is longer than {TEXT_LIMIT} bytes");
            return Err(WebError::invalid("invalid_field", message));
        }
    }
    String::from_utf8(text)
        .map_err(|_| WebError::invalid("invalid_field", "a field of the form is not UTF-8"))
}

/// What the form's faults mean for whoever sent it.
fn refusal(error: multer::Error) -> WebError {
    match error {
        multer::Error::ReadHeaderFailed(_) | multer::Error::DecodeHeaderValue { .. } => WebError::invalid(
            "invalid_file_name",
            "the file's name cannot be read, perhaps for a control character in it; rename the file",
        ),
        multer::Error::IncompleteStream
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteFieldData { .. }
        | multer::Error::StreamReadFailed(_) => DeskError::BrokenOff.into(),
        other => WebError::Malformed(format!("the form cannot be read: {other}")),
    }
}
