use askama::Template;
use axum::extract::State;
use gas_service::{notation::percent_encoded, ports::Cursor};
use serde::Deserialize;

use super::{
    Administrator, Here,
    events::{EventRow, rows},
};
use crate::{
    app::App,
    pages::{Page, frame::Frame, show},
    strict::StrictQuery,
};

/// Acts of one page.
const AT_ONCE: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    frame: Frame,
    here: Here,
    events: Vec<EventRow>,
    is_later: bool,
    next: Option<String>,
}

pub(super) async fn page(
    State(app): State<App>,
    admin: Administrator,
    StrictQuery(from): StrictQuery<From>,
) -> Page {
    let cursor = from.cursor.map(Cursor);
    let page = admin.acts(cursor.as_ref(), AT_ONCE).await?;
    show(&AuditPage {
        frame: admin.frame("Audit log"),
        here: Here::Audit,
        events: rows(&app, page.items).await?,
        is_later: cursor.is_some(),
        next: page.next.map(|next| format!("/admin/audit?cursor={}", percent_encoded(&next.0))),
    })
}
