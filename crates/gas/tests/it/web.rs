//! The whole web face on the embedded back end, asked without a network.
//!
//! No worker runs beside it: what a request changes is what the tests see.

mod access;
mod account;
mod admin;
mod billing;
mod csrf;
mod errors;
mod expected;
mod forms;
mod headers;
mod lists;
mod matrix;
mod modes;
mod openid;
mod operation;
mod quotas;
mod rate_limits;
mod recent;
mod requests;
mod sign_in;
mod site;
mod uploads;
