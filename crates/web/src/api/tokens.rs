use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use gas_service::{
    account::{ApiToken, Scope, TokenLife},
    id::TokenId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{app::App, error::WebError, sign_in::caller::ApiUser, strict::StrictJson};

/// An API token; its secret is not among what can be read.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
pub(crate) struct Token {
    token_id: Uuid,
    name: String,
    /// `read`, `submit` (which may read, too) or `account` (which may do everything).
    #[schema(example = "submit")]
    scope: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// None is never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
    /// To the minute; none is never.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used: Option<Timestamp>,
}

impl Token {
    fn of(token: &ApiToken) -> Self {
        Self {
            token_id: token.token_id.as_uuid(),
            name: token.name.clone(),
            scope: token.scope.as_str(),
            created: token.created,
            expires: token.expires,
            last_used: token.last_used,
        }
    }
}

/// Your tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    /// Newest first.
    tokens: Vec<Token>,
}

/// What a token shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    name: String,
    /// `read`, `submit` or `account`; `submit` when nothing is said.
    #[schema(example = "submit")]
    scope: Option<String>,
    /// How long it works: `7d`, `30d`, `90d`, `365d` or `never`; `90d` when nothing is said.
    #[schema(example = "90d")]
    expires: Option<String>,
}

/// A token and its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenMade {
    #[serde(flatten)]
    token: Token,
    /// To be sent as `Authorization: Bearer SECRET`.
    secret: String,
}

/// List your API tokens.
#[utoipa::path(get, path = "/tokens", tag = "account",
    responses((status = 200, description = "Your tokens", body = TokenList)))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(user): ApiUser,
) -> Result<Json<TokenList>, WebError> {
    let tokens = app.desk.tokens(&user).await?;
    Ok(Json(TokenList { tokens: tokens.iter().map(Token::of).collect() }))
}

/// Make an API token.
#[utoipa::path(post, path = "/tokens", tag = "account", request_body = NewToken,
    responses(
        (status = 201, description = "The token with its secret", body = TokenMade),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 409, description = "`too_many_tokens`: you have 50"),
        (status = 422, description = "`invalid_body`, `no_name`, `no_such_scope`, `no_such_life`"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    StrictJson(new): StrictJson<NewToken>,
) -> Result<(StatusCode, Json<TokenMade>), WebError> {
    if new.name.trim().is_empty() {
        return Err(WebError::invalid("no_name", "give the token a name by which you will know it again"));
    }
    let scope = scope_of(new.scope.as_deref())?;
    let life = life_of(new.expires.as_deref())?;
    let (token, secret) = app.desk.create_token(&user, new.name.trim(), scope, life).await?;
    let made = TokenMade { token: Token::of(&token), secret: secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// The scope of that name. No scope is wider than the one that it takes to make a token.
pub(crate) fn scope_of(name: Option<&str>) -> Result<Scope, WebError> {
    let Some(name) = name else { return Ok(Scope::Submit) };
    let refused = || WebError::invalid("no_such_scope", "`scope` must be `read`, `submit` or `account`");
    Scope::from_name(name).ok_or_else(refused)
}

/// The life of that name.
pub(crate) fn life_of(name: Option<&str>) -> Result<TokenLife, WebError> {
    let Some(name) = name else { return Ok(TokenLife::default()) };
    let refused =
        || WebError::invalid("no_such_life", "`expires` must be `7d`, `30d`, `90d`, `365d` or `never`");
    TokenLife::from_name(name).ok_or_else(refused)
}

/// Revoke an API token.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "account", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "It works no longer"),
        (status = 404, description = "`no_such_token`: none of that id, or not yours"),
    ))]
pub(crate) async fn revoke(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    Path(id): Path<String>,
) -> Result<StatusCode, WebError> {
    let id: TokenId = id.parse().map_err(|_| WebError::NoSuchToken)?;
    if !app.desk.tokens(&user).await?.iter().any(|token| token.token_id == id) {
        return Err(WebError::NoSuchToken);
    }
    app.desk.revoke_token(&user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
