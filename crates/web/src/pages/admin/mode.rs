use askama::Template;
use axum::{Form, response::Redirect};
use gas_service::operation::Mode;
use serde::Deserialize;

use super::{Administrator, Here};
use crate::{
    error::WebError,
    pages::{Page, frame::Frame, moment::Moment, show},
    strict::StrictQuery,
};

/// The modes and what each does, in words.
const WORDS: [(Mode, &str, &str); 3] = [
    (Mode::Open, "Open", "Everything is done."),
    (
        Mode::Drain,
        "Drained",
        "No new jobs are taken; those that were are worked off. Everything else goes on.",
    ),
    (
        Mode::ReadOnly,
        "Read-only",
        "Nothing changes: no jobs, no deletions, no profiles or plans, and workers take no messages. People sign in, read \
         and download. What had begun comes to its end.",
    ),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    #[serde(default)]
    changed: bool,
}

#[derive(Template)]
#[template(path = "admin/mode.html")]
struct ModePage {
    frame: Frame,
    here: Here,
    mode: Mode,
    note: String,
    since: Option<Moment>,
    changed: bool,
}

pub(super) async fn page(admin: Administrator, StrictQuery(after): StrictQuery<After>) -> Page {
    let standing = admin.standing().await?;
    show(&ModePage {
        frame: admin.frame("Mode"),
        here: Here::Mode,
        mode: standing.mode,
        note: standing.note,
        since: standing.since.map(Moment),
        changed: after.changed,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModeForm {
    mode: Mode,
    #[serde(default)]
    note: String,
}

pub(super) async fn change(admin: Administrator, Form(form): Form<ModeForm>) -> Result<Redirect, WebError> {
    admin.set_mode(form.mode, &form.note).await?;
    Ok(Redirect::to("/admin/mode?changed=true"))
}
