//! Deleting one's account.

use askama::Template;
use axum::{Form, extract::State, response::Redirect};
use gas_service::deletion::Tally;
use serde::Deserialize;

use crate::{
    app::App,
    error::WebError,
    pages::{
        Page, amount,
        frame::{Frame, Section},
        moment::Moment,
        show,
    },
    router::{Access, Routes},
    sign_in::{
        caller::{Caller, SignedIn},
        cookie::{self, SetCookie},
    },
};

pub(super) fn routes() -> Routes {
    Routes::all([
        Routes::of(Access::Recent).get("/profile/delete", ask).post("/profile/delete", delete),
        Routes::of(Access::Public).get("/account-deleted", done),
    ])
}

#[derive(Template)]
#[template(path = "profile/delete.html")]
struct Ask {
    frame: Frame,
    email: String,
    is_premium: bool,
    jobs: String,
    files: String,
    archives: String,
    size: String,
    first: Option<Moment>,
    last: Option<Moment>,
}

async fn ask(State(app): State<App>, SignedIn(user): SignedIn) -> Page {
    let Tally { jobs, files, archives, bytes, first, last } = app.desk.tally(&user).await?;
    show(&Ask {
        frame: Frame::of(&user, "Delete my account", Section::Account),
        email: user.user_email.to_string(),
        is_premium: user.plan == gas_service::plan::Plan::PremiumUser,
        jobs: amount::counted(jobs, "job", "jobs"),
        files: amount::counted(files, "file", "files"),
        archives: amount::counted(archives, "archived result", "archived results"),
        size: amount::size(bytes),
        first: first.map(Moment),
        last: last.map(Moment),
    })
}

#[derive(Deserialize)]
struct Confirmation {
    email: String,
}

async fn delete(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Form(confirmation): Form<Confirmation>,
) -> Result<(SetCookie, Redirect), WebError> {
    app.desk.delete_account(&user, &confirmation.email).await?;
    Ok((cookie::closing(&app), Redirect::to("/account-deleted")))
}

#[derive(Template)]
#[template(path = "profile/deleted.html")]
struct Deleted {
    frame: Frame,
}

async fn done(Caller(user): Caller) -> Page {
    show(&Deleted { frame: Frame::new("Your account is being deleted", Section::Elsewhere, user) })
}
