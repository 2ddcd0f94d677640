use askama::Template;
use axum::extract::State;
use gas_service::desk::FileKind;
use tokio::io::AsyncReadExt as _;

use super::{
    Page, amount,
    frame::{Frame, Section},
    show,
    status::Badge,
};
use crate::{
    app::App,
    error::WebError,
    owned_job::OwnedJob,
    router::{Access, Routes},
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Page).get("/annotations/{id}/log", page)
}

/// Most of a log that is shown on its page, in bytes; the rest is in the file.
const SHOWN: u64 = 512 << 10;

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    id: String,
    name: String,
    badge: Badge,
    text: String,
    size: String,
    is_cut: bool,
}

async fn page(State(app): State<App>, owned: OwnedJob) -> Page {
    let job = &owned.job;
    let (_, file) = app.desk.locate(job, FileKind::Log)?;
    let mut bytes = Vec::new();
    let log = app.desk.read(job, FileKind::Log).await?;
    log.take(SHOWN).read_to_end(&mut bytes).await.map_err(WebError::internal)?;
    let name = job.input_file_name.to_string();
    show(&LogPage {
        frame: Frame::of(&owned.user, format!("Log of {name}"), Section::Annotations),
        id: job.job_id.to_string(),
        name,
        badge: Badge::of(job),
        text: String::from_utf8_lossy(&bytes).into_owned(),
        size: amount::size(file.size),
        is_cut: file.size > SHOWN,
    })
}
