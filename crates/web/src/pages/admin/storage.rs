use askama::Template;
use axum::extract::State;
use gas_service::job::{Job, RetrievalTier};
use jiff::Timestamp;

use super::{Administrator, Here, JobRow, ago};
use crate::{
    app::App,
    pages::{
        Page, amount,
        frame::Frame,
        moment::{Countdown, Moment},
        show,
    },
};

/// Results that are shown.
const SHOWN: u32 = 200;

#[derive(Template)]
#[template(path = "admin/storage.html")]
struct StoragePage {
    frame: Frame,
    here: Here,
    moving: Vec<Moving>,
    /// Whether there may be more than are shown.
    is_full: bool,
}

/// A result on its way.
struct Moving {
    row: JobRow,
    size: String,
    /// What it waits for.
    stage: String,
    /// For how long it has been due, to cold storage or back.
    since: Option<(Moment, String)>,
    expected: Option<Countdown>,
    /// For how long its worker has owed a sign.
    overdue: Option<String>,
}

impl Moving {
    fn of(job: &Job, now: Timestamp) -> Self {
        let due = job.archive_at.filter(|at| *at <= now);
        let stage = match (&job.retrieval, job.results_file_archive_id.is_some()) {
            (Some(retrieval), _) => match retrieval.tier {
                RetrievalTier::Expedited => "asked for, Expedited",
                RetrievalTier::Standard => "asked for, Standard",
            },
            (None, true) => "the copy is stored; the original is about to go",
            (None, false) => "the copy is being made",
        };
        let back = job.result_place == Some(gas_service::job::ResultPlace::Thawing);
        let stage = if back && job.retrieval.is_none() { "to be asked for" } else { stage };
        Self {
            row: JobRow::of(job),
            size: job.result.as_ref().map(|result| amount::size(result.file.size)).unwrap_or_default(),
            stage: stage.to_owned(),
            since: due.map(|at| (Moment(at), ago(at, now))),
            expected: job.retrieval.as_ref().map(|retrieval| Countdown::to(retrieval.expected, now)),
            overdue: job.attend_at.filter(|at| *at <= now).map(|at| ago(at, now)),
        }
    }
}

pub(super) async fn page(State(app): State<App>, admin: Administrator) -> Page {
    let jobs = admin.on_the_way(SHOWN).await?;
    let now = app.desk.ports.clock.now();
    show(&StoragePage {
        frame: admin.frame("Cold storage"),
        here: Here::Storage,
        moving: jobs.iter().map(|job| Moving::of(job, now)).collect(),
        is_full: jobs.len() >= SHOWN as usize,
    })
}
