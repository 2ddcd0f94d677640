use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use gas_service::{account::ApiToken, id::TokenId};
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
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

impl Token {
    fn of(token: &ApiToken) -> Self {
        Self {
            token_id: token.token_id.as_uuid(),
            name: token.name.clone(),
            created: token.created,
            expires: token.expires,
        }
    }
}

/// Your tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    /// Newest first.
    tokens: Vec<Token>,
}

/// What a token shall be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    name: String,
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
        (status = 422, description = "`invalid_body`, `no_name`"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    StrictJson(new): StrictJson<NewToken>,
) -> Result<(StatusCode, Json<TokenMade>), WebError> {
    if new.name.trim().is_empty() {
        return Err(WebError::invalid("no_name", "give the token a name by which you will know it again"));
    }
    let (token, secret) = app.desk.create_token(&user, new.name.trim()).await?;
    let made = TokenMade { token: Token::of(&token), secret: secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(made)))
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
