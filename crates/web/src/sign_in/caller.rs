//! The caller of a request, found once per request by the layer
//! [`authenticate`](crate::layers::authenticate) and handed to handlers by these extractors.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use gas_service::{
    account::{Scope, Secret, Session, User},
    desk::Presented,
};

use super::cookie;
use crate::{app::App, error::WebError};

/// Whoever calls; none is a stranger.
#[derive(Clone, Default)]
pub(crate) struct Caller(pub(crate) Option<Arc<User>>);

/// By what the caller is known.
pub(crate) enum Proof {
    /// By nothing.
    None,
    /// By the cookie of a browser that is signed in.
    Session(Session),
    /// By an API token of that scope.
    Token(Scope),
}

impl Caller {
    /// A bearer token if one is sent, else the session cookie. A token that is not valid is an error even
    /// beside a valid cookie: a program shall not act for somebody else by accident.
    pub(crate) async fn identify(app: &App, headers: &HeaderMap) -> Result<(Self, Proof), WebError> {
        if let Some(token) = bearer_token(headers) {
            return match app.desk.user_of_token(&token).await? {
                Presented::Valid(user, scope) => Ok((Self(Some(Arc::from(user))), Proof::Token(scope))),
                Presented::Expired => Err(WebError::ExpiredToken),
                Presented::Unknown => Err(WebError::UnknownToken),
            };
        }
        let Some(secret) = cookie::session(app, headers) else { return Ok((Self(None), Proof::None)) };
        Ok(match app.desk.user_of_session(&secret).await? {
            Some((user, session)) => (Self(Some(Arc::new(user))), Proof::Session(session)),
            None => (Self(None), Proof::None),
        })
    }
}

/// The API token that a program sent.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::presented(token.trim()))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// The user of a page. Strangers never come this far: they are sent to the sign-in page.
pub(crate) struct SignedIn(pub(crate) Arc<User>);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let ApiUser(user) = ApiUser::from_request_parts(parts, state).await?;
        Ok(Self(user))
    }
}

/// The user of the API, by token or, for this site's own scripts, by cookie.
pub(crate) struct ApiUser(pub(crate) Arc<User>);

impl<S: Send + Sync> FromRequestParts<S> for ApiUser {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        let caller = parts.extensions.get::<Caller>().and_then(|caller| caller.0.clone());
        caller.map(Self).ok_or(WebError::NotSignedIn)
    }
}
