use gas_service::id::UserId;
use tokio::sync::{Mutex, MutexGuard};

/// How many users may have their jobs counted at once, at least.
const LANES: usize = 64;

/// Lets the transactions of this process that count jobs of one user come one after the other: those that are at one row
/// at the same time cancel one another, and a user who submits fifty files at once would wait for luck. Other processes
/// are met as they come.
pub(crate) struct Turns([Mutex<()>; LANES]);

impl Turns {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    /// Waits for the turn of that user; it ends with what is given back.
    pub(super) async fn of(&self, user: UserId) -> MutexGuard<'_, ()> {
        let lane = user.as_uuid().as_bytes().iter().fold(0_usize, |lane, byte| lane ^ usize::from(*byte));
        let lane = self.0.get(lane % LANES).unwrap_or(&self.0[0]);
        lane.lock().await
    }
}
