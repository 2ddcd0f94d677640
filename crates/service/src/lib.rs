//! What the Genomics Annotation Service is, without a word on where it runs.
//!
//! Jobs, users, plans and archives are plain values here; every legal change of a job is a pure
//! function in [`job`]. What the service needs from the outside world is named by the traits in
//! [`ports`]; the [`workers`] carry jobs from one state to the next through them. No SQL, no cloud,
//! no HTTP: those belong to the crates that implement the ports or put a face on the service.

pub mod account;
pub mod administration;
mod child_process;
#[cfg(feature = "testing")]
pub mod contract;
pub mod deletion;
pub mod desk;
mod export;
pub mod failpoint;
pub mod id;
pub mod identity;
pub mod job;
pub mod mail;
pub mod message;
pub mod notation;
pub mod operation;
pub mod plan;
pub mod ports;
pub mod quota;
pub mod reference;
pub mod rendering;
pub mod settings;
pub mod subscription;
pub mod upload;
pub mod variants;
pub mod workers;
