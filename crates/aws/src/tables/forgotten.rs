//! What has ended stays in a table until DynamoDB removes it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Up to which time whatever had ended is forgotten.
///
/// Removing is DynamoDB's affair, by the attribute `expires`: it costs nothing, and finding the items would need an
/// index that every sign-in pays for. But it comes some time after the end, days later at times; so each end is looked
/// at when it matters, and what is forgotten is not given out from then on, whatever time a caller says it is.
pub(super) struct Forgotten(Mutex<Timestamp>);

impl Forgotten {
    /// Nothing is.
    pub(super) fn nothing() -> Self {
        Self(Mutex::new(Timestamp::MIN))
    }

    /// The time by which something must not have ended.
    pub(super) fn present(&self, now: Timestamp) -> Timestamp {
        now.max(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what had ended by then.
    pub(super) fn reach(&self, now: Timestamp) {
        let mut forgotten = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *forgotten = now.max(*forgotten);
    }
}
