//! The web face of the service: pages, API, sign-in, uploads, events.
//!
//! [`router()`] gives the whole site as one axum router on an [`App`]. Serve it by
//! [`server::serve`], which tells from where each request comes: the outbox is shown to callers on this machine
//! only, and a caller whose address is unknown counts as a stranger.

mod api;
pub mod app;
mod assets;
mod banner;
mod billing;
pub mod client_address;
mod csrf;
mod downloads;
pub mod error;
mod events;
mod health;
mod idempotency;
mod layers;
mod outbox;
mod owned_job;
mod pages;
pub mod rate_limit;
mod references;
pub mod router;
pub mod server;
mod sign_in;
mod strict;
mod upload_form;
mod uploads;

pub use self::{
    app::{App, WebOptions},
    outbox::is_of_this_machine,
    router::router,
    sign_in::openid::{OpenIdError, Providers, UnusableProvider},
};
