//! When something was last used.

use std::{fmt::Display, time::Duration};

use jiff::Timestamp;

use crate::ports::BackendError;

/// The use of a token or a session is written down this often at most.
pub(super) const NOTED_EVERY: Duration = Duration::from_mins(1);

/// Has a use written down beside the request, which neither waits for it nor fails with it; unless it is known that one after
/// `unless_after` was. `of` names what is used, in the log.
pub(super) fn note<F>(
    of: impl Display + Send + 'static,
    known: Option<Timestamp>,
    unless_after: Timestamp,
    write: impl FnOnce() -> F,
) where
    F: Future<Output = Result<(), BackendError>> + Send + 'static,
{
    if known.is_some_and(|known| known > unless_after) {
        return;
    }
    let written = write();
    tokio::spawn(async move {
        if let Err(error) = written.await {
            tracing::warn!(%of, ?error, "noting a use failed");
        }
    });
}
