//! The page between this site and another that takes over: a provider of sign-in, a payment provider.
//!
//! A form's answer must not redirect elsewhere: the Content-Security-Policy's `form-action` forbids it, rightly. So the
//! answer is a page of ours that goes on by itself, and has a link for browsers that do not.

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue},
    response::{Html, IntoResponse as _, Response},
};

use super::frame::{Frame, Section};
use crate::{error::WebError, sign_in::caller::Caller};

pub(super) const REFRESH: HeaderName = HeaderName::from_static("refresh");

#[derive(Template)]
#[template(path = "onward.html")]
struct Onward<'a> {
    frame: Frame,
    name: &'a str,
    address: &'a str,
}

/// Leads to `address`, which is of the place called `name` and must come from its own answers or from the configuration.
pub(crate) fn onward(caller: &Caller, name: &str, address: &str) -> Result<Response, WebError> {
    let frame = Frame::new(format!("On to {name}"), Section::Account, caller.0.clone());
    let page = Onward { frame, name, address }.render().map_err(WebError::internal)?;
    let refresh = HeaderValue::try_from(format!("0; url={address}")).map_err(WebError::internal)?;
    Ok(([(REFRESH, refresh)], Html(page)).into_response())
}
