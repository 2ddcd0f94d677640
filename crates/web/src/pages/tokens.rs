//! API tokens, as people make and revoke them.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use gas_service::id::TokenId;
use serde::Deserialize;

use super::{
    Page,
    profile::{NewToken, profile},
};
use crate::{app::App, error::WebError, router::Routes, sign_in::caller::SignedIn};

pub(crate) fn routes() -> Routes {
    Routes::new().post("/profile/tokens", create).post("/profile/tokens/{id}/revoke", revoke)
}

#[derive(Deserialize)]
struct Wish {
    name: String,
}

/// Answers with the page itself and not with a redirect: the secret is in no address and in no store.
async fn create(State(app): State<App>, SignedIn(user): SignedIn, Form(wish): Form<Wish>) -> Page {
    let name = wish.name.trim();
    if name.is_empty() {
        return Err(WebError::invalid("no_name", "give the token a name by which you will know it again"));
    }
    let (token, secret) = app.desk.create_token(&user, name).await?;
    let new = NewToken { name: token.name, secret: secret.reveal().to_owned() };
    profile(&app, user, false, Some(new)).await
}

async fn revoke(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Path(id): Path<String>,
) -> Result<Redirect, WebError> {
    let id: TokenId = id.parse().map_err(|_| WebError::NoSuchToken)?;
    app.desk.revoke_token(&user, id).await?;
    Ok(Redirect::to("/profile#tokens"))
}
