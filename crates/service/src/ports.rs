//! What the service needs from the outside world, in its own words.
//!
//! Each trait is small and named for the need, not for a product. Every implementation passes the same
//! contract suite (the `contract` module, feature `testing`), which is the fine print of these traits.

mod accounts;
mod audit_trail;
mod billing;
mod clock;
mod cold_storage;
mod deletions;
mod directory;
mod email_changes;
mod identities;
mod job_pages;
mod job_store;
mod mailer;
mod object_store;
mod operation;
mod queue;
mod references;
mod subscriptions;
mod upload_store;

use std::sync::Arc;

pub use self::{
    accounts::{Accounts, AddressChange},
    audit_trail::{Actor, AuditEvent, AuditTrail},
    billing::{Billing, FreeOfCharge, Notice, Price, RefusedNotice, Subscription},
    clock::{Clock, SystemClock},
    cold_storage::{ColdStorage, ColdStorageError},
    deletions::Deletions,
    directory::{AdminChange, Directory},
    email_changes::EmailChanges,
    identities::Identities,
    job_pages::JobPages,
    job_store::{Ahead, Created, Cursor, JobStore, Page, ReplaceError, Wanted},
    mailer::{Mail, Mailer, Outbox, OutboxMail},
    object_store::{BoxRead, FormTarget, ObjectStore, ObjectStoreError, UploadForm},
    operation::Operation,
    queue::{DeadLetter, Delivery, Depth, Letters, Queue},
    references::References,
    subscriptions::{Settled, Subscriptions},
    upload_store::UploadStore,
};

/// A back end that could not do what it was asked, for reasons of its own.
///
/// Says what was being done to what; the cause is the source.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct BackendError {
    doing: String,
    #[source]
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl BackendError {
    /// A failure while `doing`, such as ``reading job `0190…` ``.
    pub fn new(doing: impl Into<String>, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { doing: doing.into(), cause: cause.into() }
    }
}

/// Says what was being done when something failed.
pub trait WhileDoing<T> {
    /// The failure as a [`BackendError`], such as `` while_doing(|| format!("reading job `{id}`")) ``.
    ///
    /// # Errors
    ///
    /// The failure, if it is one.
    fn while_doing<D: Into<String>>(self, doing: impl FnOnce() -> D) -> Result<T, BackendError>;
}

impl<T, E: Into<Box<dyn std::error::Error + Send + Sync>>> WhileDoing<T> for Result<T, E> {
    fn while_doing<D: Into<String>>(self, doing: impl FnOnce() -> D) -> Result<T, BackendError> {
        self.map_err(|cause| BackendError::new(doing(), cause))
    }
}

/// All ports, as one process was wired to them.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is named for its trait, which has the documentation")]
pub struct Ports {
    pub accounts: Arc<dyn Accounts>,
    pub email_changes: Arc<dyn EmailChanges>,
    pub deletions: Arc<dyn Deletions>,
    pub identities: Arc<dyn Identities>,
    pub directory: Arc<dyn Directory>,
    pub jobs: Arc<dyn JobStore>,
    pub uploads: Arc<dyn UploadStore>,
    pub objects: Arc<dyn ObjectStore>,
    pub queue: Arc<dyn Queue>,
    pub cold: Arc<dyn ColdStorage>,
    pub mailer: Arc<dyn Mailer>,
    /// Where sent mail can be read, when it goes no further than this machine.
    pub outbox: Option<Arc<dyn Outbox>>,
    pub billing: Arc<dyn Billing>,
    pub subscriptions: Arc<dyn Subscriptions>,
    pub audit: Arc<dyn AuditTrail>,
    pub operation: Arc<dyn Operation>,
    pub references: Arc<dyn References>,
    pub clock: Arc<dyn Clock>,
}
