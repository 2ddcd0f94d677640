//! Who one is.

use axum::{Form, extract::State, response::Redirect};
use gas_service::account::User;
use serde::Deserialize;

use crate::{
    app::App,
    error::WebError,
    pages::moment::Moment,
    router::{Access, Routes},
    sign_in::caller::SignedIn,
};

pub(super) fn routes() -> Routes {
    Routes::of(Access::Page).post("/profile", change)
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
