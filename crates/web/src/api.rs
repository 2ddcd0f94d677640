//! The API for programs, `/api/v1`, described by its own `/api/v1/openapi.json`.

mod account;
mod files;
pub(crate) mod job_json;
mod jobs;
mod openapi;
mod service_info;
pub(crate) mod tokens;
pub(crate) mod variants;

pub(crate) use self::{job_json::JobJson, openapi::routes};
