//! The billing port of the service on Stripe.
//!
//! Stripe is asked by a handful of calls of ours rather than by a library: they are few, and their limits and
//! repetitions are then in sight. Card details never come near this program: people pay on pages of Stripe's.
//!
//! ```text
//! client      one call: version, key, limits, repetitions
//! objects     what is read of Stripe's answers
//! signature   whether a notice comes from Stripe
//! notice      what a notice is about
//! price       the price in words
//! billing     the port
//! ```

mod billing;
mod client;
mod notice;
mod objects;
mod price;
mod settings;
mod signature;

pub use self::{
    billing::{SetupError, StripeBilling},
    client::{API_VERSION, StripeError},
    settings::{MissingSetting, StripeSettings},
    signature::sign,
};
