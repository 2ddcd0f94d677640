//! The list of a user's jobs, newest first.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use gas_service::{
    job::{Job, JobStatus, ResultPlace},
    notation::percent_encoded,
    ports::Cursor,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Page, amount,
    annotate::DropZone,
    frame::{Frame, Section},
    moment::{Countdown, Moment},
    show,
    status::{self, Badge},
};
use crate::{
    app::App,
    error::WebError,
    owned_job::OwnedJob,
    router::{Access, Routes},
    sign_in::caller::SignedIn,
    strict::StrictQuery,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Page).get("/annotations", list).get("/annotations/{id}/row", row)
}

/// Jobs of one page.
const AT_ONCE: u32 = 25;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "annotations.html")]
struct Annotations {
    frame: Frame,
    rows: Vec<Row>,
    drop_zone: DropZone,
    /// Whether this is not the first page.
    is_later: bool,
    next: Option<String>,
}

/// A job in the list.
#[derive(Template)]
#[template(path = "parts/row.html")]
struct Row {
    id: String,
    name: String,
    submitted: Moment,
    badge: Badge,
    place: Option<Badge>,
    percent: Option<u8>,
    remark: Option<String>,
    archive: Option<Countdown>,
    token: String,
    moving: bool,
}

impl Row {
    fn of(job: &Job, now: Timestamp) -> Self {
        let is_hot = job.result_place == Some(ResultPlace::Hot);
        Self {
            id: job.job_id.to_string(),
            name: job.input_file_name.to_string(),
            submitted: Moment(job.submit_time),
            badge: Badge::of(job),
            place: Badge::of_place(job),
            percent: (job.job_status == JobStatus::Running).then(|| job.progress.percent()),
            remark: remark(job),
            archive: job.archive_at.filter(|_| is_hot).map(|at| Countdown::to(at, now)),
            token: token(job),
            moving: status::is_moving(job) || (is_hot && job.archive_at.is_some()),
        }
    }
}

/// As the page's, and the progress, which rows show too.
fn token(job: &Job) -> String {
    format!("{}-{}", status::token(job), job.progress.percent())
}

fn remark(job: &Job) -> Option<String> {
    match job.job_status {
        JobStatus::Failed => job.failure.as_ref().map(|failure| failure.cause.clone()),
        JobStatus::Completed => Some(amount::counted(job.progress.records, "record", "records"))
            .filter(|_| job.progress.records > 0),
        _ => None,
    }
}

async fn list(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    StrictQuery(from): StrictQuery<From>,
) -> Page {
    let cursor = from.cursor.map(Cursor);
    let page = app.desk.jobs(&user, cursor.as_ref(), AT_ONCE).await?;
    let now = app.desk.ports.clock.now();
    let rows: Vec<Row> = page.items.iter().map(|job| Row::of(job, now)).collect();
    let moving = page.items.iter().any(status::is_moving);
    show(&Annotations {
        frame: Frame::of(&user, "Annotations", Section::Annotations).refreshed_while(moving),
        rows,
        drop_zone: DropZone::of(&app, &user).await?,
        is_later: cursor.is_some(),
        next: page.next.map(|next| format!("/annotations?cursor={}", percent_encoded(&next.0))),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    #[serde(default)]
    seen: String,
}

/// One row anew, if there is news.
async fn row(
    State(app): State<App>,
    owned: OwnedJob,
    StrictQuery(Seen { seen }): StrictQuery<Seen>,
) -> Result<Response, WebError> {
    if seen == token(&owned.job) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(show(&Row::of(&owned.job, app.desk.ports.clock.now()))?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::sample;

    #[test]
    fn names_are_shown_and_not_obeyed() {
        let job = sample::job("\"><script>alert(1)<!--.vcf");
        let row = Row::of(&job, job.submit_time).render().unwrap();
        assert!(!row.contains("<script"), "{row}");
        assert!(row.contains("script&#62;alert(1)"), "{row}");
    }

    #[test]
    fn a_row_asks_for_news_only_while_there_may_be_some() {
        let waiting = sample::job("a.vcf");
        assert!(Row::of(&waiting, waiting.submit_time).render().unwrap().contains("hx-trigger=\"every 2s\""));
        let cancelled = waiting.cancel(waiting.submit_time).unwrap();
        let row = Row::of(&cancelled, waiting.submit_time).render().unwrap();
        assert!(!row.contains("hx-trigger"), "{row}");
        assert!(row.contains("Cancelled"));
    }
}
