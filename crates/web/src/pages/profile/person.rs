//! Who one is, and at which address.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use gas_service::{
    account::{Secret, User},
    notation::percent_encoded,
};
use serde::Deserialize;

use crate::{
    app::App,
    error::WebError,
    pages::{
        Page,
        frame::{Frame, Section},
        moment::Moment,
        show,
    },
    rate_limit::LinkKind,
    router::{Access, Routes},
    sign_in::{caller::SignedIn, mailbox::typed_address},
};

pub(super) fn routes() -> Routes {
    let page = Routes::of(Access::Page)
        .post("/profile", change)
        .get("/profile/email/{secret}", ask_email)
        .post("/profile/email/{secret}", confirm_email);
    Routes::all([page, Routes::of(Access::Recent).post("/profile/email", want_email)])
}

/// The section.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) institution: String,
    pub(super) email: String,
    pub(super) id: String,
    pub(super) created: Moment,
}

impl Person {
    pub(super) fn of(user: &User) -> Self {
        Self {
            name: user.name.clone(),
            institution: user.institution.clone(),
            email: user.user_email.to_string(),
            id: user.user_id.to_string(),
            created: Moment(user.created),
        }
    }
}

#[derive(Deserialize)]
struct Change {
    name: String,
    institution: String,
}

async fn change(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Form(change): Form<Change>,
) -> Result<Redirect, WebError> {
    app.desk.set_profile(&user, &change.name, &change.institution).await?;
    Ok(Redirect::to("/profile?done=saved"))
}

#[derive(Deserialize)]
struct Wish {
    email: String,
}

/// Mails a link to the new address. The answer is the same whether or not somebody has it.
async fn want_email(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Form(wish): Form<Wish>,
) -> Result<Redirect, WebError> {
    let email = typed_address(&app, &wish.email, LinkKind::Address)?;
    app.desk.request_email_change(&user, &email).await?;
    Ok(Redirect::to("/profile?done=email_wanted"))
}

#[derive(Template)]
#[template(path = "profile/new_email.html")]
struct NewEmail {
    frame: Frame,
    former: String,
    email: String,
    action: String,
}

/// Shows which address the link would give; the button does.
async fn ask_email(State(app): State<App>, SignedIn(user): SignedIn, Path(secret): Path<String>) -> Page {
    let email = app.desk.peek_email_change(&user, &Secret::presented(&secret)).await?.to_string();
    show(&NewEmail {
        frame: Frame::of(&user, "New address", Section::Account),
        former: user.user_email.to_string(),
        email,
        action: format!("/profile/email/{}", percent_encoded(&secret)),
    })
}

async fn confirm_email(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Path(secret): Path<String>,
) -> Result<Redirect, WebError> {
    app.desk.confirm_email_change(&user, &Secret::presented(&secret)).await?;
    Ok(Redirect::to("/profile?done=email_changed"))
}
