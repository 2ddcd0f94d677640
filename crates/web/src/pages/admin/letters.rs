use askama::Template;
use axum::{Form, response::Redirect};
use gas_service::{
    message::{Message, QueueName},
    ports::{DeadLetter, Letters},
};
use serde::Deserialize;

use super::{Administrator, Here};
use crate::{
    error::WebError,
    pages::{Page, amount::counted, frame::Frame, moment::Moment, show},
    strict::StrictQuery,
};

/// Letters of a queue that are shown.
const SHOWN: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    queue: Option<QueueName>,
    retried: Option<u64>,
    discarded: Option<u64>,
}

#[derive(Template)]
#[template(path = "admin/letters.html")]
struct LettersPage {
    frame: Frame,
    here: Here,
    queues: Vec<OfQueue>,
    done: Option<String>,
}

struct OfQueue {
    name: &'static str,
    dead: u64,
    letters: Vec<LetterRow>,
}

struct LetterRow {
    id: String,
    /// What it says, in short.
    kind: &'static str,
    job: Option<String>,
    user: Option<String>,
    text: String,
    at: Moment,
}

impl LetterRow {
    fn of(letter: DeadLetter) -> Self {
        let (kind, job, user) = match &letter.message {
            None => ("not readable", None, None),
            Some(Message::Annotate { job_id }) => ("annotate", Some(job_id), None),
            Some(Message::JobEnded { job_id }) => ("tell of the end", Some(job_id), None),
            Some(Message::ResultArchived { job_id }) => ("tell of the archive", Some(job_id), None),
            Some(Message::ResultRestored { job_id }) => ("tell of the return", Some(job_id), None),
            Some(Message::Archive { job_id }) => ("archive", Some(job_id), None),
            Some(Message::Restore { job_id }) => ("restore", Some(job_id), None),
            Some(Message::PlanChanged { user_id }) => ("follow the plan", None, Some(user_id)),
            Some(Message::AccountDeleted { user_id }) => ("delete the account", None, Some(user_id)),
            Some(Message::RetrievalDone { .. }) => ("put back", None, None),
        };
        let (job, user) = (job.map(ToString::to_string), user.map(ToString::to_string));
        Self { kind, job, user, id: letter.id, text: letter.text, at: Moment(letter.at) }
    }
}

pub(super) async fn page(admin: Administrator, StrictQuery(query): StrictQuery<Query>) -> Page {
    let mut queues = Vec::new();
    for (queue, depth) in admin.queues().await? {
        if query.queue.is_some_and(|wanted| wanted != queue) || (query.queue.is_none() && depth.dead == 0) {
            continue;
        }
        let letters = admin.dead_letters(queue, SHOWN).await?;
        let letters = letters.into_iter().map(LetterRow::of).collect();
        queues.push(OfQueue { name: queue.as_str(), dead: depth.dead, letters });
    }
    let retried = query.retried.map(|count| format!("{} put back.", counted(count, "message", "messages")));
    let discarded =
        query.discarded.map(|count| format!("{} discarded.", counted(count, "message", "messages")));
    show(&LettersPage {
        frame: admin.frame("Dead letters"),
        here: Here::Letters,
        queues,
        done: retried.or(discarded),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LettersForm {
    queue: QueueName,
    /// That letter; all of the queue when left out.
    id: Option<String>,
}

impl LettersForm {
    fn letters(&self) -> Letters<'_> {
        self.id.as_deref().map_or(Letters::All, Letters::One)
    }
}

pub(super) async fn retry(admin: Administrator, Form(form): Form<LettersForm>) -> Result<Redirect, WebError> {
    let count = admin.retry(form.queue, form.letters()).await?;
    Ok(Redirect::to(&format!("/admin/letters?retried={count}")))
}

pub(super) async fn discard(
    admin: Administrator,
    Form(form): Form<LettersForm>,
) -> Result<Redirect, WebError> {
    let count = admin.discard(form.queue, form.letters()).await?;
    Ok(Redirect::to(&format!("/admin/letters?discarded={count}")))
}
