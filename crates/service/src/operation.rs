//! What the service does and does not do at present: for maintenance, moves and backups.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::{BackendError, Operation};

/// What is done and what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Everything.
    #[default]
    Open,
    /// No job is accepted; those that were are worked off. Everything else goes on.
    Drain,
    /// Nothing changes: no job, no deletion, no profile or plan, and workers take no messages. People sign in, read
    /// and download; what had begun comes to its end.
    ReadOnly,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Drain, Self::ReadOnly];

    /// The name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Drain => "drain",
            Self::ReadOnly => "read-only",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// How the service stands: its mode, why, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What is done and what is not.
    pub mode: Mode,
    /// What people are told about it; may be empty.
    pub note: String,
    /// Since when; none is since ever.
    pub since: Option<Timestamp>,
}

/// How old an answer may be that is still taken for true.
const FRESH: Duration = Duration::from_secs(1);

/// How the service stood a moment ago: what each process goes by, as it is asked with every request.
pub struct Watch {
    operation: Arc<dyn Operation>,
    seen: Mutex<Option<(Instant, Standing)>>,
}

impl Watch {
    /// Watches that port.
    pub fn new(operation: Arc<dyn Operation>) -> Self {
        Self { operation, seen: Mutex::default() }
    }

    /// How it stands, read anew if the last answer is older than a second. While the back end does not answer, what it
    /// said last holds.
    pub async fn standing(&self) -> Result<Standing, BackendError> {
        let seen = self.seen().clone();
        if let Some((at, standing)) = &seen
            && at.elapsed() < FRESH
        {
            return Ok(standing.clone());
        }
        match (self.operation.standing().await, seen) {
            (Ok(standing), _) => {
                *self.seen() = Some((Instant::now(), standing.clone()));
                Ok(standing)
            }
            (Err(error), Some((_, standing))) => {
                tracing::warn!(
                    ?error,
                    mode = standing.mode.as_str(),
                    "the service's mode cannot be read; the last one holds"
                );
                Ok(standing)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Forgets what was seen, as somebody here just changed it.
    pub fn look_again(&self) {
        *self.seen() = None;
    }

    fn seen(&self) -> MutexGuard<'_, Option<(Instant, Standing)>> {
        // Every change is one step, so that a panic elsewhere leaves nothing half done.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    /// Answers as it is told to, and counts.
    #[derive(Default)]
    struct Told {
        answer: Mutex<Option<Standing>>,
        asked: Mutex<u32>,
    }

    #[async_trait]
    impl Operation for Told {
        async fn standing(&self) -> Result<Standing, BackendError> {
            *self.asked.lock().unwrap() += 1;
            let answer = self.answer.lock().unwrap().clone();
            answer.ok_or_else(|| BackendError::new("reading the mode", "the table is not there"))
        }

        async fn set_standing(&self, standing: &Standing) -> Result<(), BackendError> {
            *self.answer.lock().unwrap() = Some(standing.clone());
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_mode_is_believed_for_a_second_and_kept_when_nothing_newer_can_be_had() {
        let told = Arc::new(Told::default());
        let watch = Watch::new(Arc::<Told>::clone(&told));
        assert!(watch.standing().await.is_err(), "nothing is known yet");
        let drained = Standing { mode: Mode::Drain, note: "a move".to_owned(), since: None };
        told.set_standing(&drained).await.unwrap();
        for _ in 0..3 {
            assert_eq!(watch.standing().await.unwrap(), drained);
        }
        assert_eq!(*told.asked.lock().unwrap(), 2);
        told.set_standing(&Standing::default()).await.unwrap();
        assert_eq!(watch.standing().await.unwrap(), drained);
        watch.look_again();
        assert_eq!(watch.standing().await.unwrap(), Standing::default());
        *told.answer.lock().unwrap() = None;
        watch.seen().as_mut().unwrap().0 -= FRESH;
        assert_eq!(watch.standing().await.unwrap(), Standing::default());
    }

    #[test]
    fn modes_are_known_by_their_names() {
        for mode in Mode::ALL {
            assert_eq!(Mode::from_name(mode.as_str()), Some(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
        }
        assert_eq!(Mode::from_name("closed"), None);
    }
}
