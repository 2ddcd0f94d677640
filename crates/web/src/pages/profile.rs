//! The page of oneself: a section each for the person, the ways to sign in, the plan, what is used of it, API
//! tokens and sessions.
//!
//! Each section is a module here and a template of the same name in `templates/profile`.

mod danger;
mod export;
mod person;
mod plan;
mod sessions;
mod sign_in;
mod tokens;
mod usage;

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap};
use gas_service::account::User;
use serde::Deserialize;

use self::{
    person::Person,
    plan::PlanSection,
    sessions::Sessions,
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
        sessions::routes(),
        export::routes(),
        danger::routes(),
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
    sessions: Sessions,
}

/// What was just done; the page says so.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Saved,
    Connected,
    Disconnected,
    EmailWanted,
    EmailChanged,
}

impl Done {
    fn in_words(self) -> &'static str {
        match self {
            Self::Saved => "Saved.",
            Self::Connected => "Connected. You can sign in with it from now on.",
            Self::Disconnected => {
                "Disconnected. Browsers that it signed in stay signed in until you sign out everywhere, below."
            }
            Self::EmailWanted => {
                "A link is on its way to that address. Open it signed in to use the address."
            }
            Self::EmailChanged => {
                "Your account has its new address. The former one was told. Whoever may be signed in as you elsewhere \
                 stays so until you sign out everywhere, below."
            }
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
    headers: HeaderMap,
) -> Page {
    profile(&app, user, &headers, after.done, None).await
}

/// The page, perhaps with a secret on it that is never shown again.
async fn profile(
    app: &App,
    user: Arc<User>,
    headers: &HeaderMap,
    done: Option<Done>,
    new_token: Option<NewToken>,
) -> Page {
    show(&Profile {
        frame: Frame::of(&user, "Profile", Section::Account),
        done,
        person: Person::of(&user),
        ways_in: WaysIn::of(app, &user).await?,
        plan: PlanSection::of(app, &user).await?,
        usage: Usage::of(app, &user).await?,
        tokens: Tokens::of(app, &user, new_token).await?,
        sessions: Sessions::of(app, &user, headers).await?,
    })
}
