//! What the buttons of a job's page do.

use axum::{Form, extract::State, response::Redirect};
use gas_service::{desk::DeskError, id::UploadId};
use serde::Deserialize;

use crate::{
    app::App,
    error::WebError,
    owned_job::OwnedJob,
    router::{Access, Effect, Routes},
    upload_form::page_of,
};

pub(super) fn routes() -> Routes {
    Routes::of(Access::Page)
        .post("/annotations/{id}/cancel", cancel)
        .post("/annotations/{id}/delete", delete)
        .with_effect(Effect::Job)
        .post("/annotations/{id}/run-again", run_again)
}

/// A job that has ended meanwhile is shown as it is: the button was pressed on an older page.
async fn cancel(State(app): State<App>, owned: OwnedJob) -> Result<Redirect, WebError> {
    match app.desk.cancel(&owned.user, owned.job.job_id).await {
        Ok(_) | Err(DeskError::AlreadyEnded(_)) => Ok(Redirect::to(&page_of(owned.job.job_id))),
        Err(error) => Err(error.into()),
    }
}

async fn delete(State(app): State<App>, owned: OwnedJob) -> Result<Redirect, WebError> {
    app.desk.delete(&owned.user, owned.job.job_id).await?;
    Ok(Redirect::to("/annotations"))
}

#[derive(Deserialize)]
struct RunAgain {
    /// Made with the page, so that pressing twice makes one job.
    key: UploadId,
    /// The job's own when left out.
    reference: Option<String>,
}

async fn run_again(
    State(app): State<App>,
    owned: OwnedJob,
    Form(form): Form<RunAgain>,
) -> Result<Redirect, WebError> {
    // Each reference that is chosen is another request.
    let key = match &form.reference {
        Some(reference) => format!("again:{}:{}", form.key, reference.chars().take(64).collect::<String>()),
        None => format!("again:{}", form.key),
    };
    let job = app.desk.run_again(&owned.user, &owned.job, form.reference.as_deref(), Some(&key)).await?;
    Ok(Redirect::to(&page_of(job.job_id)))
}
