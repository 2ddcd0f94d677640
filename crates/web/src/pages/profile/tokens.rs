//! API tokens, as people make and revoke them.

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Redirect,
};
use gas_service::{
    account::{ApiToken, Scope, TokenLife, User},
    desk::MOST_TOKENS,
    id::TokenId,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::profile;
use crate::{
    api::tokens::{life_of, scope_of},
    app::App,
    error::WebError,
    pages::{Page, moment::Moment},
    router::{Access, Routes},
    sign_in::caller::SignedIn,
};

pub(super) fn routes() -> Routes {
    Routes::all([
        Routes::of(Access::Recent).post("/profile/tokens", create),
        Routes::of(Access::Page).post("/profile/tokens/{id}/revoke", revoke),
    ])
}

/// The section.
pub(super) struct Tokens {
    pub(super) all: Vec<TokenView>,
    pub(super) new: Option<NewToken>,
    pub(super) site: String,
    pub(super) is_full: bool,
    pub(super) scopes: [ScopeChoice; 3],
    pub(super) lives: [TokenLife; 5],
}

/// A scope to choose.
pub(super) struct ScopeChoice {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) is_usual: bool,
}

impl ScopeChoice {
    fn of(scope: Scope) -> Self {
        let about = match scope {
            Scope::Read => "sees jobs and downloads",
            Scope::Submit => "also uploads, submits, cancels and deletes jobs",
            Scope::Account => "does everything, also change profile, plan and tokens",
        };
        Self { name: scope.as_str(), about, is_usual: scope == Scope::Submit }
    }
}

/// A token in the list.
pub(super) struct TokenView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scope: &'static str,
    pub(super) created: Moment,
    pub(super) expires: Option<Moment>,
    pub(super) has_expired: bool,
    pub(super) last_used: Option<Moment>,
}

/// A token just made, with its secret.
pub(super) struct NewToken {
    pub(super) name: String,
    pub(super) scope: &'static str,
    pub(super) secret: String,
}

impl Tokens {
    pub(super) async fn of(app: &App, user: &User, new: Option<NewToken>) -> Result<Self, WebError> {
        let all = app.desk.tokens(user).await?;
        let site = app.desk.settings.site.address.clone();
        let now = app.desk.ports.clock.now();
        Ok(Self {
            is_full: u32::try_from(all.len()).is_ok_and(|tokens| tokens >= MOST_TOKENS),
            all: all.iter().map(|token| TokenView::of(token, now)).collect(),
            new,
            site,
            scopes: Scope::ALL.map(ScopeChoice::of),
            lives: TokenLife::ALL,
        })
    }
}

impl TokenView {
    fn of(token: &ApiToken, now: Timestamp) -> Self {
        Self {
            id: token.token_id.to_string(),
            name: token.name.clone(),
            created: Moment(token.created),
            scope: token.scope.as_str(),
            expires: token.expires.map(Moment),
            has_expired: token.has_expired(now),
            last_used: token.last_used.map(Moment),
        }
    }
}

#[derive(Deserialize)]
struct Wish {
    name: String,
    scope: Option<String>,
    expires: Option<String>,
}

/// Answers with the page itself and not with a redirect: the secret is in no address and in no store.
async fn create(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Page {
    let name = wish.name.trim();
    if name.is_empty() {
        return Err(WebError::invalid("no_name", "give the token a name by which you will know it again"));
    }
    let (scope, life) = (scope_of(wish.scope.as_deref())?, life_of(wish.expires.as_deref())?);
    let (token, secret) = app.desk.create_token(&user, name, scope, life).await?;
    let new = NewToken { name: token.name, scope: token.scope.as_str(), secret: secret.reveal().to_owned() };
    profile(&app, user, &headers, None, Some(new)).await
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
