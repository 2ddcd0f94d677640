use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use gas_service::{
    administration::Reason,
    desk::DeskError,
    id::JobId,
    job::{Failure, Job, RetrievalTier},
};
use serde::Deserialize;

use super::{Administrator, Here, JobRow};
use crate::{
    app::App,
    error::WebError,
    pages::{
        Page, amount,
        frame::Frame,
        moment::Moment,
        show,
        stages::{Stage, stages},
    },
};

#[derive(Template)]
#[template(path = "admin/job.html")]
struct JobPage {
    frame: Frame,
    here: Here,
    row: JobRow,
    stages: Vec<Stage>,
    reference: String,
    annotated_by: Option<String>,
    input_size: Option<String>,
    result_size: Option<String>,
    times: Vec<(&'static str, Moment)>,
    failure: Option<Failure>,
    archive: Option<String>,
    can_cancel: bool,
}

/// The job that the path names. Whatever is wrong with the id, there is none.
fn named(id: &str) -> Result<JobId, WebError> {
    id.parse().map_err(|_| WebError::Desk(DeskError::NoSuchJob))
}

pub(super) async fn page(State(app): State<App>, admin: Administrator, Path(id): Path<String>) -> Page {
    let job = admin.job(named(&id)?).await?;
    show(&JobPage {
        frame: admin.frame("Job"),
        here: Here::Jobs,
        row: JobRow::of(&job),
        stages: stages(&job, app.desk.ports.clock.now()),
        reference: job.reference.clone(),
        annotated_by: job.annotated_by.clone(),
        input_size: job.input.as_ref().map(|input| amount::size(input.size)),
        result_size: job.result.as_ref().map(|result| amount::size(result.file.size)),
        times: times(&job),
        failure: job.failure.clone(),
        archive: archive(&job),
        can_cancel: !job.job_status.is_final(),
    })
}

fn times(job: &Job) -> Vec<(&'static str, Moment)> {
    let all = [
        ("Submitted", Some(job.submit_time)),
        ("Last begun", job.start_time),
        ("Ended", job.complete_time),
        ("In a worker's hands until", job.lease_until),
        ("To be attended to", job.attend_at),
        ("To be archived", job.archive_at),
        ("Retrieval expected", job.retrieval.as_ref().map(|retrieval| retrieval.expected)),
    ];
    all.into_iter().filter_map(|(name, time)| Some((name, Moment(time?)))).collect()
}

/// Which copy there is in cold storage, and how it comes back.
fn archive(job: &Job) -> Option<String> {
    let copy = job.results_file_archive_id.as_ref()?;
    let tier = job.retrieval.as_ref().map(|retrieval| match retrieval.tier {
        RetrievalTier::Expedited => ", on its way back by Expedited retrieval",
        RetrievalTier::Standard => ", on its way back by Standard retrieval",
    });
    Some(format!("{copy}{}", tier.unwrap_or_default()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelForm {
    reason: String,
}

pub(super) async fn cancel(
    admin: Administrator,
    Path(id): Path<String>,
    Form(form): Form<CancelForm>,
) -> Result<Redirect, WebError> {
    let job = named(&id)?;
    admin.cancel(job, &Reason::given(&form.reason)?).await?;
    Ok(Redirect::to(&format!("/admin/jobs/{job}")))
}
