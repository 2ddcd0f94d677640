//! The web face of the service: pages, API, sign-in, uploads, events.
//!
//! [`router`] gives the whole site as one axum router on an [`App`]. Serve it with
//! `into_make_service_with_connect_info::<SocketAddr>()`: the outbox is shown to callers on this machine
//! only, and a caller whose address is unknown counts as a stranger.

pub mod app;
pub mod error;
mod layers;
mod owned_job;
mod pages;
mod percent;
pub mod router;
mod sign_in;

pub use self::{
    app::{App, WebOptions},
    router::router,
};
