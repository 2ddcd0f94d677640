use askama::Template;
use gas_service::{administration::Search, job::JobStatus, notation::percent_encoded, ports::Cursor};
use serde::Deserialize;

use super::{Administrator, Here, JobRow, STATES};
use crate::{
    pages::{Page, frame::Frame, show},
    strict::StrictQuery,
};

/// Jobs of one page.
const AT_ONCE: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// A job's id or its owner's address.
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct JobsPage {
    frame: Frame,
    here: Here,
    q: String,
    state: Option<JobStatus>,
    jobs: Vec<JobRow>,
    newest: Option<String>,
    next: Option<String>,
}

pub(super) async fn page(admin: Administrator, StrictQuery(query): StrictQuery<Query>) -> Page {
    let state = STATES.into_iter().map(|(state, _)| state).find(|state| state.as_str() == query.state);
    let cursor = query.cursor.map(Cursor);
    let search = Search { text: query.q, state };
    let page = admin.jobs(&search, cursor.as_ref(), AT_ONCE).await?;
    let (q, name) = (percent_encoded(&search.text), state.map_or("", JobStatus::as_str));
    let newest = format!("/admin/jobs?q={q}&state={name}");
    let next = page.next.map(|next| format!("{newest}&cursor={}", percent_encoded(&next.0)));
    show(&JobsPage {
        frame: admin.frame("Jobs"),
        here: Here::Jobs,
        q: search.text,
        state,
        jobs: JobRow::all(&page.items),
        newest: cursor.map(|_| newest),
        next,
    })
}
