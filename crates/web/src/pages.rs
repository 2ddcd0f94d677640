//! The pages: rendered here, useful without scripts, livelier with them.
//!
//! Every page for users takes its user from [`SignedIn`](crate::sign_in::caller::SignedIn) and its job from
//! [`OwnedJob`](crate::owned_job::OwnedJob). Nothing that is asked for with GET changes anything.

mod admin;
mod amount;
mod annotate;
mod annotations;
mod details;
mod error_page;
mod frame;
mod home;
mod log;
mod moment;
mod onward;
mod outbox;
mod plots;
mod profile;
mod prose;
#[cfg(test)]
mod sample;
mod sign_in;
mod stages;
mod status;
mod subscribe;
mod summary;
mod variant_row;
mod variants;

use askama::Template;
use axum::response::Html;

pub(crate) use self::{error_page::error_page, onward::onward};
use crate::{error::WebError, router::Routes};

/// All pages.
pub(crate) fn routes() -> Routes {
    Routes::all([
        home::routes(),
        admin::routes(),
        sign_in::routes(),
        outbox::routes(),
        annotate::routes(),
        annotations::routes(),
        details::routes(),
        variants::routes(),
        log::routes(),
        profile::routes(),
        subscribe::routes(),
    ])
}

/// What a handler of a page answers.
type Page = Result<Html<String>, WebError>;

fn show(template: &impl Template) -> Page {
    template.render().map(Html).map_err(WebError::internal)
}
