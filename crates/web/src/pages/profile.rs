//! The page of oneself: a section each for the person, the ways to sign in, the plan, what is used of it, and API tokens.
//!
//! Each section is a module here and a template of the same name in `templates/profile`.

mod person;
mod plan;
mod sign_in;
mod tokens;
mod usage;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use gas_service::account::User;
use serde::Deserialize;

use self::{
    person::Person,
    plan::PlanSection,
    sign_in::WaysIn,
    tokens::{NewToken, Tokens},
    usage::Usage,
};
use super::{
    Page,
    frame::{Frame, Section},
    show,
};
use crate::{
    app::App,
    router::{Access, Routes},
    sign_in::caller::SignedIn,
    strict::StrictQuery,
};

pub(crate) fn routes() -> Routes {
    Routes::all([
        Routes::of(Access::Page).get("/profile", page),
        person::routes(),
        plan::routes(),
        sign_in::routes(),
        tokens::routes(),
    ])
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Profile {
    frame: Frame,
    done: Option<Done>,
    person: Person,
    ways_in: WaysIn,
    plan: PlanSection,
    usage: Usage,
    tokens: Tokens,
}

/// What was just done; the page says so.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Saved,
    Connected,
    Disconnected,
}

impl Done {
    fn in_words(self) -> &'static str {
        match self {
            Self::Saved => "Saved.",
            Self::Connected => "Connected. You can sign in with it from now on.",
            Self::Disconnected => "Disconnected.",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    done: Option<Done>,
}

async fn page(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    StrictQuery(after): StrictQuery<After>,
) -> Page {
    profile(&app, user, after.done, None).await
}

/// The page, perhaps with a secret on it that is never shown again.
async fn profile(app: &App, user: Arc<User>, done: Option<Done>, new_token: Option<NewToken>) -> Page {
    show(&Profile {
        frame: Frame::of(&user, "Profile", Section::Account),
        done,
        person: Person::of(&user),
        ways_in: WaysIn::of(app, &user).await?,
        plan: PlanSection::of(app, &user).await?,
        usage: Usage::of(app, &user).await?,
        tokens: Tokens::of(app, &user, new_token).await?,
    })
}
