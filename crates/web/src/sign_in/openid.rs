//! Signing in by `OpenID` Connect: authorization code flow with PKCE, state and nonce, at any number of providers.
//!
//! ```text
//! POST /sign-in/with/NAME      an attempt is kept, a cookie binds it to this browser, the browser goes to the provider
//! GET  /sign-in/callback/NAME  the attempt is used up, the code redeemed, the token verified; the desk decides who that is
//! ```
//!
//! Nothing that a browser brings is believed but what the attempt, its cookie and the provider's signature confirm.

pub(crate) mod bond;
mod claims;
mod discovery;
mod error;
mod exchange;
mod flow;
mod presets;
mod provider;
pub(crate) mod routes;
mod verify;

pub(crate) use self::provider::Provider;
pub use self::{
    error::OpenIdError,
    provider::{Providers, UnusableProvider},
};
