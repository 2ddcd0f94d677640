use std::{fmt, str::FromStr};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BackendError, Cursor, Page};
use crate::id::{InvalidId, JobId, UserId};

/// By whom something was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// By the user whom it concerns.
    #[default]
    Oneself,
    /// By the service itself, as on the word of a payment provider.
    Service,
    /// By that admin.
    Admin(UserId),
    /// By somebody at the command line of the server.
    CommandLine,
}

impl Actor {
    /// Whether such acts are of those who look after the service, upon others.
    pub fn is_privileged(self) -> bool {
        matches!(self, Self::Admin(_) | Self::CommandLine)
    }
}

/// `oneself`, `service`, `command-line`, or an admin's id.
impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oneself => formatter.write_str("oneself"),
            Self::Service => formatter.write_str("service"),
            Self::CommandLine => formatter.write_str("command-line"),
            Self::Admin(admin) => admin.fmt(formatter),
        }
    }
}

impl FromStr for Actor {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "oneself" => Ok(Self::Oneself),
            "service" => Ok(Self::Service),
            "command-line" => Ok(Self::CommandLine),
            admin => admin.parse().map(Self::Admin),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Something that was done and may matter later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Upon whom: whoever did it, unless [`AuditEvent::by`] says otherwise. None when it concerns nobody in particular.
    pub user_id: Option<UserId>,
    /// To which job, if to one.
    pub job_id: Option<JobId>,
    /// What: `signed_in`, `submitted`, `downloaded`, `deleted`, `plan_changed` and so on.
    pub action: String,
    /// By whom.
    #[serde(default)]
    pub by: Actor,
    /// What else is to be known, such as the reason that was given; may be empty.
    #[serde(default)]
    pub detail: String,
}

impl AuditEvent {
    /// What a user did by themselves.
    pub fn of_user(user: UserId, action: impl Into<String>, at: Timestamp) -> Self {
        let action = action.into();
        Self { at, user_id: Some(user), job_id: None, action, by: Actor::Oneself, detail: String::new() }
    }
}

/// Who did what, when; only ever added to.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Adds an event; durable when it returns.
    async fn record(&self, event: &AuditEvent) -> Result<(), BackendError>;

    /// The newest events that concern a user, newest first.
    async fn recent(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, BackendError>;

    /// What those who look after the service did ([`Actor::is_privileged`]), upon whomever, newest first. A cursor that
    /// makes no sense is an empty page.
    async fn privileged(&self, cursor: Option<&Cursor>, limit: u32)
    -> Result<Page<AuditEvent>, BackendError>;
}
