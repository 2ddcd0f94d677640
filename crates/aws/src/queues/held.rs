//! Deliveries in this process's hands.
//!
//! A standard queue of SQS takes a receipt long after its visibility has passed: `DeleteMessage` succeeds with an old
//! one "but the message might not be deleted", which is to say that it might, and a message that another has taken
//! meanwhile can be deleted or made visible under its hands. So each process remembers until when a delivery is its
//! own and by itself does nothing with one that is over. What is left is the moment between SQS's answer to
//! `ReceiveMessage` and its arrival here.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The longest that SQS hides a message from its receipt on, however often that is prolonged.
const LONGEST: Duration = Duration::from_hours(12);

#[derive(Clone, Copy)]
struct Hold {
    received: Instant,
    until: Instant,
}

/// Receipts, and until when each is good.
#[derive(Default)]
pub(super) struct Held(Mutex<HashMap<String, Hold>>);

impl Held {
    /// A message has come.
    pub(super) fn add(&self, receipt: &str, now: Instant, visibility: Duration) {
        let mut holds = self.holds();
        // Those of handlers that panicked: nobody gives them back.
        holds.retain(|_, hold| hold.until > now);
        holds.insert(receipt.to_owned(), Hold { received: now, until: now + visibility });
    }

    /// For how long SQS would still hide the message from now on, at most; none if it is no longer ours.
    pub(super) fn longest(&self, receipt: &str, now: Instant) -> Option<Duration> {
        let hold = *self.holds().get(receipt)?;
        (hold.until > now).then(|| LONGEST.saturating_sub(now.saturating_duration_since(hold.received)))
    }

    /// It is hidden anew.
    pub(super) fn prolong(&self, receipt: &str, now: Instant, visibility: Duration) {
        if let Some(hold) = self.holds().get_mut(receipt) {
            hold.until = now + visibility;
        }
    }

    /// It is no longer ours.
    pub(super) fn release(&self, receipt: &str) {
        self.holds().remove(receipt);
    }

    fn holds(&self) -> MutexGuard<'_, HashMap<String, Hold>> {
        // Every change is one step, so that a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    /// What is left of the twelve hours a minute later.
    const REST: Duration = Duration::from_mins(12 * 60 - 1);

    #[test]
    fn a_delivery_is_ours_until_its_visibility_ends() {
        let (held, begun) = (Held::default(), Instant::now());
        assert_eq!(held.longest("r", begun), None);
        held.add("r", begun, MINUTE);
        assert_eq!(held.longest("r", begun), Some(LONGEST));
        assert_eq!(held.longest("r", begun + MINUTE), None);
        held.prolong("r", begun + MINUTE / 2, MINUTE);
        assert_eq!(held.longest("r", begun + MINUTE), Some(REST));
        held.release("r");
        assert_eq!(held.longest("r", begun + MINUTE), None);
        held.prolong("r", begun + MINUTE, MINUTE);
        assert_eq!(
            held.longest("r", begun + MINUTE),
            None,
            "what was given back is not taken again by prolonging"
        );
    }

    #[test]
    fn nothing_is_hidden_for_more_than_twelve_hours_in_all() {
        let (held, begun) = (Held::default(), Instant::now());
        held.add("r", begun, Duration::from_hours(24));
        assert_eq!(held.longest("r", begun + Duration::from_hours(11)), Some(Duration::from_hours(1)));
        assert_eq!(held.longest("r", begun + Duration::from_hours(13)), Some(Duration::ZERO));
    }

    #[test]
    fn what_nobody_gives_back_is_forgotten() {
        let (held, begun) = (Held::default(), Instant::now());
        held.add("old", begun, MINUTE);
        held.add("new", begun + MINUTE * 2, MINUTE);
        assert_eq!(held.holds().len(), 1);
    }
}
