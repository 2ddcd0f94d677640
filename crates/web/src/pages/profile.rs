use std::sync::Arc;

use askama::Template;
use axum::{Form, extract::State, response::Redirect};
use gas_service::account::{ApiToken, User};
use serde::Deserialize;

use super::{
    Page, amount,
    frame::{Frame, Section},
    moment::{self, Moment},
    show,
};
use crate::{app::App, error::WebError, router::Routes, sign_in::caller::SignedIn, strict::StrictQuery};

pub(crate) fn routes() -> Routes {
    Routes::new().get("/profile", page).post("/profile", change)
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Profile {
    frame: Frame,
    user: Arc<User>,
    is_free: bool,
    max_upload: Option<String>,
    retention: Option<String>,
    created: Moment,
    tokens: Vec<TokenView>,
    new_token: Option<NewToken>,
    saved: bool,
    site: String,
}

/// A token in the list.
struct TokenView {
    id: String,
    name: String,
    created: Moment,
    expires: Option<Moment>,
}

/// A token just made, with its secret.
pub(crate) struct NewToken {
    pub(crate) name: String,
    pub(crate) secret: String,
}

impl TokenView {
    fn of(token: &ApiToken) -> Self {
        Self {
            id: token.token_id.to_string(),
            name: token.name.clone(),
            created: Moment(token.created),
            expires: token.expires.map(Moment),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    saved: bool,
}

async fn page(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    StrictQuery(after): StrictQuery<After>,
) -> Page {
    profile(&app, user, after.saved, None).await
}

/// The page, perhaps with a secret on it that is never shown again.
pub(crate) async fn profile(app: &App, user: Arc<User>, saved: bool, new_token: Option<NewToken>) -> Page {
    let tokens = app.desk.tokens(&user).await?;
    let allowance = app.desk.settings.plans.of(user.plan);
    show(&Profile {
        frame: Frame::of(&user, "Profile", Section::Account),
        is_free: user.plan == gas_service::plan::Plan::FreeUser,
        max_upload: allowance.max_upload.map(|size| amount::size(size.as_u64())),
        retention: allowance.retention.map(moment::in_words),
        created: Moment(user.created),
        tokens: tokens.iter().map(TokenView::of).collect(),
        new_token,
        saved,
        site: app.desk.settings.site.address.clone(),
        user,
    })
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
    Ok(Redirect::to("/profile?saved=true"))
}
