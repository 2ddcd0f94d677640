use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use gas_service::{account::Secret, notation::percent_encoded};
use serde::Deserialize;

use super::{
    frame::{Frame, Section},
    moment, show,
};
use crate::{
    app::App,
    error::WebError,
    outbox::OutboxReader,
    router::{Access, Routes},
    sign_in::caller::Caller,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Public)
        .get("/sign-in", ask)
        .get("/sign-in/sent", sent)
        .get("/sign-in/{secret}", confirm)
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    next: String,
    is_local: bool,
}

async fn ask(
    Caller(user): Caller,
    axum::extract::Query(wish): axum::extract::Query<Wish>,
    outbox: Result<OutboxReader, WebError>,
) -> Result<Response, WebError> {
    if user.is_some() {
        return Ok(Redirect::to("/annotations").into_response());
    }
    let frame = Frame::new("Sign in", Section::Account, None);
    let page = SignIn { frame, next: wish.next, is_local: outbox.is_ok() };
    Ok(show(&page)?.into_response())
}

#[derive(Template)]
#[template(path = "sign_in_sent.html")]
struct Sent {
    frame: Frame,
    link_life: String,
    is_local: bool,
}

async fn sent(
    State(app): State<App>,
    Caller(user): Caller,
    outbox: Result<OutboxReader, WebError>,
) -> super::Page {
    let frame = Frame::new("Look into your mail", Section::Account, user);
    let link_life = moment::in_words(app.desk.settings.sign_in.link_life);
    show(&Sent { frame, link_life, is_local: outbox.is_ok() })
}

#[derive(Template)]
#[template(path = "sign_in_confirm.html")]
struct Confirm {
    frame: Frame,
    email: String,
    action: String,
}

/// Shows whom the link would sign in; the button uses it up.
async fn confirm(State(app): State<App>, Caller(user): Caller, Path(secret): Path<String>) -> super::Page {
    let email = app.desk.peek_sign_in(&Secret::presented(&secret)).await?.to_string();
    let frame = Frame::new("Sign in", Section::Account, user);
    let action = format!("/sign-in/{}", percent_encoded(&secret));
    show(&Confirm { frame, email, action })
}
