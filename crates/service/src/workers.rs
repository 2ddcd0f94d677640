//! The workers: each takes messages from its queue and carries jobs one step further.
//!
//! Workers share nothing but the ports. Every handler may run twice, or twice at once, and be cut off at any
//! instant: it reads the row, decides, writes over the revision it read, and its message is finished only
//! after the effect is durable. What was cut off is found by the [`sweeper`](Role::Sweeper) at the row's
//! `attend_at`.

mod annotator;
mod archiver;
mod deleter;
mod mode;
mod notifier;
mod restorer;
mod row;
mod run;
mod settle;
mod sweeper;
mod thawer;

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    id::UserId,
    message::{Message, QueueName},
    ports::{BackendError, Ports},
    settings::Settings,
};

/// What a worker works with.
pub struct Environment {
    /// The outside world.
    pub ports: Ports,
    /// The rules.
    pub settings: Arc<Settings>,
    /// How to annotate.
    pub annotate: AnnotateCommand,
    /// Cancelled when the process is to end: running work is then handed back.
    pub stop: CancellationToken,
}

impl Environment {
    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Sends a message for that user.
    async fn send(&self, message: &Message, user: UserId, delay: Duration) -> Result<(), BackendError> {
        self.ports.queue.send(message.queue(), message, Some(user), delay).await
    }
}

/// How to annotate: the program that is run for each job, and its folders.
pub struct AnnotateCommand {
    /// The program; it is called as `PROGRAM annotate INPUT --reference DIR …`.
    pub program: PathBuf,
    /// Folder of the references, each a folder under its name.
    pub references: PathBuf,
    /// Folder in which each attempt gets an empty folder of its own, `<job id>-<attempt>`. Nothing else may
    /// lie there: what belongs to no living attempt is removed.
    pub work: PathBuf,
}

/// The kinds of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Annotates jobs.
    Annotator,
    /// Tells owners.
    Notifier,
    /// Moves free users' results to cold storage.
    Archiver,
    /// Sends every result where a changed plan wants it, and asks cold storage to give back.
    Restorer,
    /// Puts back what cold storage gave.
    Thawer,
    /// Finds what was cut off and has it done, and removes what is no longer wanted.
    Sweeper,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Annotator, Self::Notifier, Self::Archiver, Self::Restorer, Self::Thawer, Self::Sweeper];

    /// The name as given on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Annotator => "annotator",
            Self::Notifier => "notifier",
            Self::Archiver => "archiver",
            Self::Restorer => "restorer",
            Self::Thawer => "thawer",
            Self::Sweeper => "sweeper",
        }
    }

    /// The queue it takes from; the sweeper reads the job table instead.
    fn queue(self) -> Option<QueueName> {
        match self {
            Self::Annotator => Some(QueueName::JobRequests),
            Self::Notifier => Some(QueueName::JobResults),
            Self::Archiver => Some(QueueName::JobArchive),
            Self::Restorer => Some(QueueName::JobRestore),
            Self::Thawer => Some(QueueName::JobThaw),
            Self::Sweeper => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A text that names no worker.
#[derive(Debug, thiserror::Error)]
#[error("there is no worker `{0}` (expected annotator, notifier, archiver, restorer, thawer or sweeper)")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// Works in that role until the environment's `stop` is cancelled, then hands running work back and returns
/// within seconds.
pub async fn run(role: Role, environment: Arc<Environment>) {
    tracing::info!(%role, "worker started");
    match role.queue() {
        Some(queue) => run::take_messages(role, queue, environment).await,
        None => sweeper::run(&environment).await,
    }
    tracing::info!(%role, "worker stopped");
}

/// Handles one message that came by another way than [`run()`] takes, as from a service that takes messages by itself
/// and hands them to functions. True when its effect is durable, or it has none any more; if not it is to be handled
/// again, however far it came.
pub async fn handle(role: Role, environment: &Environment, message: &Message) -> bool {
    run::handle_alone(role, environment, message).await
}

/// What is to become of a message that was handled without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handled {
    /// Its effect is durable, or it has none any more.
    Done,
    /// It is to be tried again after that time.
    Later(Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_by_their_names() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
        }
        assert!("janitor".parse::<Role>().is_err());
    }
}
