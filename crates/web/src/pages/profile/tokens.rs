//! API tokens, as people make and revoke them.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use gas_service::{
    account::{ApiToken, User},
    id::TokenId,
};
use serde::Deserialize;

use super::profile;
use crate::{
    app::App,
    error::WebError,
    pages::{Page, moment::Moment},
    router::{Access, Routes},
    sign_in::caller::SignedIn,
};

pub(super) fn routes() -> Routes {
    Routes::of(Access::Page).post("/profile/tokens", create).post("/profile/tokens/{id}/revoke", revoke)
}

/// The section.
pub(super) struct Tokens {
    pub(super) all: Vec<TokenView>,
    pub(super) new: Option<NewToken>,
    pub(super) site: String,
}

/// A token in the list.
pub(super) struct TokenView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: Moment,
    pub(super) expires: Option<Moment>,
}

/// A token just made, with its secret.
pub(super) struct NewToken {
    pub(super) name: String,
    pub(super) secret: String,
}

impl Tokens {
    pub(super) async fn of(app: &App, user: &User, new: Option<NewToken>) -> Result<Self, WebError> {
        let all = app.desk.tokens(user).await?;
        let site = app.desk.settings.site.address.clone();
        Ok(Self { all: all.iter().map(TokenView::of).collect(), new, site })
    }
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
    profile(&app, user, None, Some(new)).await
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
