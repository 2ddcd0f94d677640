use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::BackendError;
use crate::id::{JobId, UserId};

/// Something a user did that may matter later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub user_id: UserId,
    /// To which job, if to one.
    pub job_id: Option<JobId>,
    /// What: `signed_in`, `submitted`, `downloaded`, `deleted`, `plan_changed` and so on.
    pub action: String,
}

/// Who did what, when; only ever added to.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Adds an event; durable when it returns.
    async fn record(&self, event: &AuditEvent) -> Result<(), BackendError>;

    /// A user's newest events, newest first.
    async fn recent(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, BackendError>;
}
