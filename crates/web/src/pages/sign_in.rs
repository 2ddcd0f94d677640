use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use gas_service::{account::Secret, desk::DeskError, identity::Identity, notation::percent_encoded};
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
    sign_in::{
        caller::Caller,
        openid::{Provider, bond},
    },
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Public)
        .get("/sign-in", ask)
        .get("/sign-in/sent", sent)
        .get("/sign-in/address", address)
        .get("/sign-in/{secret}", confirm)
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    next: String,
    /// Whether to ask even somebody who is signed in.
    #[serde(default)]
    again: bool,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    /// The address of somebody who is signed in and is to show once more who it is.
    again: Option<String>,
    next: String,
    providers: Vec<Button>,
    email_links: bool,
    is_local: bool,
}

/// A provider to choose.
struct Button {
    name: String,
    title: String,
}

impl Button {
    /// One for each provider.
    fn all(app: &App) -> Vec<Self> {
        let button = |of: &Arc<Provider>| Self { name: of.name.clone(), title: of.title.clone() };
        app.providers.iter().map(button).collect()
    }
}

async fn ask(
    State(app): State<App>,
    Caller(user): Caller,
    axum::extract::Query(wish): axum::extract::Query<Wish>,
    outbox: Result<OutboxReader, WebError>,
) -> Result<Response, WebError> {
    if user.is_some() && !wish.again {
        return Ok(Redirect::to("/annotations").into_response());
    }
    let again = user.as_ref().map(|user| user.user_email.to_string());
    let title = if again.is_some() { "Sign in again" } else { "Sign in" };
    let page = SignIn {
        frame: Frame::new(title, Section::Account, user),
        again,
        next: wish.next,
        providers: Button::all(&app),
        email_links: app.desk.settings.sign_in.email_links,
        is_local: outbox.is_ok(),
    };
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
    connects: Option<Connected>,
}

/// What the link connects to the account.
struct Connected {
    title: String,
    label: String,
}

impl Connected {
    fn of(app: &App, identity: Identity) -> Self {
        Self { title: app.providers.title(&identity.provider), label: identity.label }
    }
}

/// Shows whom the link would sign in; the button uses it up.
async fn confirm(
    State(app): State<App>,
    Caller(user): Caller,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> super::Page {
    let link = Secret::presented(&secret);
    let browser = bond::of(&app, &headers, &link);
    let invitation = app.desk.peek_sign_in(&link, browser.as_ref()).await?;
    let email = invitation.email.to_string();
    let connects = invitation.connects.map(|identity| Connected::of(&app, identity));
    let frame = Frame::new("Sign in", Section::Account, user);
    let action = format!("/sign-in/{}", percent_encoded(&secret));
    show(&Confirm { frame, email, action, connects })
}

#[derive(Template)]
#[template(path = "sign_in_address.html")]
struct Address {
    frame: Frame,
    title: String,
}

/// Asks for the address that a provider does not tell.
async fn address(State(app): State<App>, Caller(user): Caller, headers: HeaderMap) -> super::Page {
    let browser = bond::awaiting_address(&app, &headers).ok_or(DeskError::StaleAttempt)?;
    let identity = app.desk.awaiting_address(&browser).await?;
    let frame = Frame::new("Your e-mail address", Section::Account, user);
    show(&Address { frame, title: app.providers.title(&identity.provider) })
}
