use askama::Template;
use axum::extract::State;
use gas_service::{notation::grouped, operation::Mode, ports::Depth};

use super::{Administrator, Here, JobRow, STATES, ago};
use crate::{
    app::App,
    pages::{Page, frame::Frame, moment::Moment, show},
};

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    frame: Frame,
    here: Here,
    mode: Mode,
    note: String,
    since: Option<Moment>,
    version: String,
    started: Moment,
    running_for: String,
    states: Vec<InState>,
    queues: Vec<QueueRow>,
    overdue: Vec<JobRow>,
}

/// How many jobs are in a state.
struct InState {
    name: &'static str,
    words: &'static str,
    count: String,
}

pub(super) struct QueueRow {
    pub(super) name: &'static str,
    pub(super) depth: Depth,
    /// How long the oldest message waits, if one does.
    pub(super) oldest: Option<String>,
}

pub(super) async fn page(State(app): State<App>, admin: Administrator) -> Page {
    let overview = admin.overview().await?;
    let now = app.desk.ports.clock.now();
    let count =
        |name: &str| overview.jobs.iter().find(|(state, _)| state == name).map_or(0, |(_, count)| *count);
    let state = |(state, words): (gas_service::job::JobStatus, &'static str)| InState {
        name: state.as_str(),
        words,
        count: grouped(count(state.as_str())),
    };
    let queue = |(queue, depth): &(gas_service::message::QueueName, Depth)| QueueRow {
        name: queue.as_str(),
        depth: *depth,
        oldest: (depth.ready > 0).then(|| {
            crate::pages::moment::whole_seconds(std::time::Duration::from_secs(depth.oldest_ready_seconds))
        }),
    };
    show(&OverviewPage {
        frame: admin.frame("Overview"),
        here: Here::Overview,
        mode: overview.standing.mode,
        note: overview.standing.note.clone(),
        since: overview.standing.since.map(Moment),
        version: app.options.version.clone(),
        started: Moment(app.options.started),
        running_for: ago(app.options.started, now),
        states: STATES.map(state).into(),
        queues: overview.queues.iter().map(queue).collect(),
        overdue: JobRow::all(&overview.overdue),
    })
}
