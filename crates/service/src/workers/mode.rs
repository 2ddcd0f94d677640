//! Whether messages may be taken at present.

use std::time::Duration;

use tokio::time;

use super::Environment;
use crate::operation::{Mode, Watch};

/// How often the mode is looked at while nothing else happens.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Whether nothing is to be changed at present. A mode that cannot be read at all is as good as that: what it is read
/// from is what the work would be written to.
pub(super) async fn is_read_only(watch: &Watch) -> bool {
    match watch.standing().await {
        Ok(standing) => standing.mode == Mode::ReadOnly,
        Err(error) => {
            tracing::error!(?error, "the service's mode cannot be read; no messages are taken");
            true
        }
    }
}

/// Waits until something may be changed; false when the process is to stop before.
pub(super) async fn until_work_is_allowed(environment: &Environment, watch: &Watch) -> bool {
    while is_read_only(watch).await {
        tokio::select! {
            () = environment.stop.cancelled() => return false,
            () = time::sleep(LOOK_AGAIN) => {}
        }
    }
    true
}

/// Ends when nothing is to be changed any more.
pub(super) async fn until_read_only(watch: &Watch) {
    loop {
        time::sleep(LOOK_AGAIN).await;
        if is_read_only(watch).await {
            return;
        }
    }
}
