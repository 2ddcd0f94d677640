//! Pages for those who look after the service. Nothing here shows what is in anybody's files.

mod acts;
mod events;
mod job;
mod jobs;
mod letters;
mod mode;
mod overview;
mod storage;
mod user;
mod users;

use std::{ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use gas_service::{
    account::User,
    administration::Administration,
    job::{Job, JobStatus},
    ports::Actor,
};
use jiff::Timestamp;

use super::{
    frame::{Frame, Section},
    moment::Moment,
    status::Badge,
};
use crate::{
    app::App,
    error::WebError,
    router::{Access, Effect, Routes},
    sign_in::caller::SignedIn,
};

pub(crate) fn routes() -> Routes {
    let routes = Routes::of(Access::Admin);
    let routes = routes.get("/admin", overview::page);
    let routes = routes.get("/admin/users", users::page).get("/admin/users/{id}", user::page);
    let routes = routes
        .post("/admin/users/{id}/plan", user::change_plan)
        .post("/admin/users/{id}/administrator", user::set_admin)
        .post("/admin/users/{id}/end-sessions", user::end_sessions);
    let routes = routes.get("/admin/jobs", jobs::page).get("/admin/jobs/{id}", job::page);
    let routes = routes.post("/admin/jobs/{id}/cancel", job::cancel);
    let routes = routes.get("/admin/letters", letters::page);
    let routes =
        routes.post("/admin/letters/retry", letters::retry).post("/admin/letters/discard", letters::discard);
    let routes = routes.get("/admin/storage", storage::page).get("/admin/audit", acts::page);
    let mode = Routes::of(Access::Admin).with_effect(Effect::None);
    Routes::all([routes, mode.get("/admin/mode", mode::page).post("/admin/mode", mode::change)])
}

/// Which of these pages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Here {
    Overview,
    Users,
    Jobs,
    Letters,
    Storage,
    Audit,
    Mode,
}

impl Here {
    /// All that the navigation leads to: which, where, and in which words.
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Overview, "/admin", "Overview"),
        (Self::Users, "/admin/users", "Users"),
        (Self::Jobs, "/admin/jobs", "Jobs"),
        (Self::Letters, "/admin/letters", "Dead letters"),
        (Self::Storage, "/admin/storage", "Cold storage"),
        (Self::Audit, "/admin/audit", "Audit log"),
        (Self::Mode, "/admin/mode", "Mode"),
    ];
}

/// An administrator at work. The routes let nobody else come this far; this looks once more.
pub(super) struct Administrator {
    user: Arc<User>,
    administration: Administration,
}

impl Administrator {
    fn frame(&self, title: &str) -> Frame {
        Frame::of(&self.user, format!("{title} – Administration"), Section::Admin)
    }
}

impl Deref for Administrator {
    type Target = Administration;

    fn deref(&self) -> &Administration {
        &self.administration
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let SignedIn(user) = SignedIn::from_request_parts(parts, app).await?;
        if !user.admin {
            return Err(WebError::NotFound);
        }
        let administration = app.desk.administration(Actor::Admin(user.user_id));
        Ok(Self { user, administration })
    }
}

/// A job in a list across users.
struct JobRow {
    id: String,
    owner: String,
    owner_id: String,
    file: String,
    badge: Badge,
    place: Option<Badge>,
    submitted: Moment,
    attempts: u32,
    /// Why it failed, by the stable word.
    failure: Option<String>,
}

impl JobRow {
    fn of(job: &Job) -> Self {
        Self {
            id: job.job_id.to_string(),
            owner: job.user_email.to_string(),
            owner_id: job.user_id.to_string(),
            file: job.input_file_name.to_string(),
            badge: Badge::of(job),
            place: Badge::of_place(job),
            submitted: Moment(job.submit_time),
            attempts: job.attempt,
            failure: job.failure.as_ref().map(|failure| failure.code.clone()),
        }
    }

    fn all(jobs: &[Job]) -> Vec<Self> {
        jobs.iter().map(Self::of).collect()
    }
}

/// The states of jobs, and the words for them.
const STATES: [(JobStatus, &str); 5] = [
    (JobStatus::Pending, "Waiting"),
    (JobStatus::Running, "Running"),
    (JobStatus::Completed, "Completed"),
    (JobStatus::Failed, "Failed"),
    (JobStatus::Cancelled, "Cancelled"),
];

/// How long ago something was, in words.
fn ago(then: Timestamp, now: Timestamp) -> String {
    super::moment::whole_seconds(super::moment::between(then, now))
}
