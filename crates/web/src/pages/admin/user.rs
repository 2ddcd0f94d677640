use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use gas_service::{
    account::User, administration::Reason, desk::DeskError, id::UserId, notation::percent_encoded, plan::Plan,
};
use serde::Deserialize;

use super::{
    Administrator, Here, JobRow,
    events::{EventRow, rows},
};
use crate::{
    app::App,
    error::WebError,
    pages::{Page, amount, frame::Frame, moment::Moment, show},
    strict::StrictQuery,
};

/// What was just done.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Done {
    Plan,
    Administrator,
    Sessions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    done: Option<Done>,
}

#[derive(Template)]
#[template(path = "admin/user.html")]
struct UserPage {
    frame: Frame,
    here: Here,
    user: User,
    created: Moment,
    updated: Moment,
    /// The plan that the user is not on.
    other_plan: Plan,
    jobs_at_once: u64,
    jobs_today: u64,
    stored: String,
    jobs: Vec<JobRow>,
    /// Where there are more.
    all_jobs: Option<String>,
    events: Vec<EventRow>,
    done: Option<&'static str>,
}

/// The user that the path names. Whatever is wrong with the id, there is none.
fn named(id: &str) -> Result<UserId, WebError> {
    id.parse().map_err(|_| WebError::Desk(DeskError::NoSuchUser))
}

pub(super) async fn page(
    State(app): State<App>,
    admin: Administrator,
    Path(id): Path<String>,
    StrictQuery(After { done }): StrictQuery<After>,
) -> Page {
    let person = admin.person(named(&id)?).await?;
    let user = person.user;
    let events = rows(&app, person.events).await?;
    show(&UserPage {
        frame: admin.frame(user.user_email.as_str()),
        here: Here::Users,
        created: Moment(user.created),
        updated: Moment(user.updated),
        other_plan: match user.plan {
            Plan::FreeUser => Plan::PremiumUser,
            Plan::PremiumUser => Plan::FreeUser,
        },
        jobs_at_once: person.usage.jobs_at_once,
        jobs_today: person.usage.jobs_today,
        stored: amount::size(person.usage.stored_bytes),
        jobs: JobRow::all(&person.jobs.items),
        all_jobs: person
            .jobs
            .next
            .map(|_| format!("/admin/jobs?q={}", percent_encoded(user.user_email.as_str()))),
        events,
        done: done.map(|done| match done {
            Done::Plan => "The plan is changed. Results go where it wants them.",
            Done::Sessions => "The user is signed out in every browser. API tokens stay.",
            Done::Administrator => "That is changed, and holds from the next request on.",
        }),
        user,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanForm {
    plan: Plan,
    reason: String,
}

pub(super) async fn change_plan(
    admin: Administrator,
    Path(id): Path<String>,
    Form(form): Form<PlanForm>,
) -> Result<Redirect, WebError> {
    let user = admin.user(named(&id)?).await?;
    admin.change_plan(&user, form.plan, &Reason::given(&form.reason)?).await?;
    Ok(Redirect::to(&format!("/admin/users/{}?done=plan", user.user_id)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminForm {
    admin: bool,
    reason: String,
}

/// Who takes the right from themselves is led where they may still go.
pub(super) async fn set_admin(
    admin: Administrator,
    Path(id): Path<String>,
    Form(form): Form<AdminForm>,
) -> Result<Redirect, WebError> {
    let user = admin.user(named(&id)?).await?;
    admin.set_admin(&user, form.admin, &Reason::given(&form.reason)?).await?;
    if user.user_id == admin.user.user_id && !form.admin {
        return Ok(Redirect::to("/annotations"));
    }
    Ok(Redirect::to(&format!("/admin/users/{}?done=administrator", user.user_id)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionsForm {
    reason: String,
}

/// Who ends their own sessions meets the sign-in page next.
pub(super) async fn end_sessions(
    admin: Administrator,
    Path(id): Path<String>,
    Form(form): Form<SessionsForm>,
) -> Result<Redirect, WebError> {
    let user = admin.user(named(&id)?).await?;
    admin.end_sessions(&user, &Reason::given(&form.reason)?).await?;
    let own = user.user_id == admin.user.user_id;
    Ok(Redirect::to(&if own {
        "/sign-in".to_owned()
    } else {
        format!("/admin/users/{}?done=sessions", user.user_id)
    }))
}
