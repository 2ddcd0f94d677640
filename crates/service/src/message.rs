//! Everything that travels on a queue.
//!
//! Messages are JSON with a version; a reader that does not know one leaves it to the dead-letter queue
//! rather than guess. They carry identifiers only: whoever takes one reads the present state from the
//! tables, so a message that is late, doubled or stale does no harm.

use serde::{Deserialize, Serialize};

use crate::id::{ArchiveId, JobId, RetrievalId, UserId};

/// The queues of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueName {
    /// Jobs to annotate.
    JobRequests,
    /// Ends of jobs, to tell their owners.
    JobResults,
    /// Results to move to cold storage.
    JobArchive,
    /// Users whose plan changed or whose account is deleted, and results to fetch back.
    JobRestore,
    /// Retrievals that are done.
    JobThaw,
}

impl QueueName {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::JobRequests, Self::JobResults, Self::JobArchive, Self::JobRestore, Self::JobThaw];

    /// The name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobRequests => "job-requests",
            Self::JobResults => "job-results",
            Self::JobArchive => "job-archive",
            Self::JobRestore => "job-restore",
            Self::JobThaw => "job-thaw",
        }
    }
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// A job waits to be annotated.
    Annotate {
        /// Which.
        job_id: JobId,
    },
    /// A job has ended; its owner is to be told.
    JobEnded {
        /// Which.
        job_id: JobId,
    },
    /// A job's result has moved to cold storage; its owner is to be told.
    ResultArchived {
        /// Which.
        job_id: JobId,
    },
    /// A job's result is back; its owner is to be told.
    ResultRestored {
        /// Which.
        job_id: JobId,
    },
    /// The time has come to move a result to cold storage, if its owner is still free.
    Archive {
        /// Whose result.
        job_id: JobId,
    },
    /// A user's plan changed: all results are to go where the plan wants them.
    PlanChanged {
        /// Who.
        user_id: UserId,
    },
    /// An account is to be deleted, with all that belongs to it.
    AccountDeleted {
        /// Whose.
        user_id: UserId,
    },
    /// One result is to come back from cold storage, if its owner is still premium.
    Restore {
        /// Whose result.
        job_id: JobId,
    },
    /// Cold storage says that a retrieval is done.
    RetrievalDone {
        /// Of which archive.
        archive_id: ArchiveId,
        /// Which retrieval.
        retrieval_id: RetrievalId,
    },
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    version: u32,
    #[serde(flatten)]
    message: Message,
}

/// A text on a queue that is not one of our messages.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableMessage {
    /// Not JSON, or not of our shape.
    #[error("the message is not one of this service's")]
    Shape(#[from] serde_json::Error),
    /// From another version of the service.
    #[error("the message has version {0}, this program reads version {version}", version = Message::VERSION)]
    Version(u32),
}

impl Message {
    /// The version written, and the only one read.
    pub const VERSION: u32 = 1;

    /// The queue on which this kind of message travels.
    pub fn queue(&self) -> QueueName {
        match self {
            Self::Annotate { .. } => QueueName::JobRequests,
            Self::JobEnded { .. } | Self::ResultArchived { .. } | Self::ResultRestored { .. } => {
                QueueName::JobResults
            }
            Self::Archive { .. } => QueueName::JobArchive,
            Self::PlanChanged { .. } | Self::AccountDeleted { .. } | Self::Restore { .. } => {
                QueueName::JobRestore
            }
            Self::RetrievalDone { .. } => QueueName::JobThaw,
        }
    }

    /// The message as it travels.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Envelope { version: Self::VERSION, message: self.clone() })
    }

    /// Reads a message as it travelled.
    pub fn from_json(text: &str) -> Result<Self, UnreadableMessage> {
        let envelope: Envelope = serde_json::from_str(text)?;
        if envelope.version != Self::VERSION {
            return Err(UnreadableMessage::Version(envelope.version));
        }
        Ok(envelope.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_journey() {
        let message = Message::RetrievalDone {
            archive_id: ArchiveId("it's \"quoted\"".into()),
            retrieval_id: RetrievalId("r".into()),
        };
        let text = message.to_json().unwrap();
        assert_eq!(Message::from_json(&text).unwrap(), message);
    }

    #[test]
    fn other_versions_and_shapes_are_refused() {
        let job_id = JobId::generate();
        let text = Message::Annotate { job_id }.to_json().unwrap();
        assert!(Message::from_json(&text.replace("\"version\":1", "\"version\":2")).is_err());
        assert!(Message::from_json("{'kind': 'annotate'}").is_err());
    }
}
