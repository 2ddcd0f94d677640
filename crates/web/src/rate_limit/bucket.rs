//! The requests of each of many callers, by the generic cell rate algorithm of the crate `governor`.

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::HashMapStateStore,
};

/// Most callers that are remembered. Beyond it those are forgotten who made no request lately, and when that does not
/// help, all: who floods from that many addresses is not held by limits per address anyway.
const MOST_CALLERS: usize = 100_000;

/// What holds for a caller after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Of what each may make so many.
    pub(crate) name: &'static str,
    /// How many may come at once.
    pub(crate) limit: u32,
    /// How many more would be taken now.
    pub(crate) remaining: u32,
    /// In how many seconds one more will be; none if this one is.
    pub(crate) retry_after: Option<u32>,
    /// In how many seconds all will be again.
    pub(crate) whole_again_in: u32,
}

type State<K, C> = RateLimiter<K, HashMapStateStore<K>, C, StateInformationMiddleware>;

/// A bucket for each caller.
pub(super) struct Buckets<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    name: &'static str,
    quota: Option<Quota>,
    clock: C,
    state: Mutex<Option<State<K, C>>>,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// Of so many a minute, which may all come at once; 0 is no limit.
    pub(super) fn new(name: &'static str, per_minute: u32) -> Self {
        Self::of(name, NonZeroU32::new(per_minute).map(Quota::per_minute))
    }

    pub(super) fn of(name: &'static str, quota: Option<Quota>) -> Self {
        Self::by(MonotonicClock, name, quota)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Buckets<K, C> {
    fn by(clock: C, name: &'static str, quota: Option<Quota>) -> Self {
        Self { name, quota, clock, state: Mutex::new(None) }
    }

    /// Counts a request of this caller; none is no limit.
    pub(super) fn count(&self, caller: &K) -> Option<Verdict> {
        let quota = self.quota?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = state.as_ref().filter(|state| state.len() >= MOST_CALLERS) {
            full.retain_recent();
            full.shrink_to_fit();
            if full.len() >= MOST_CALLERS / 2 {
                *state = None;
            }
        }
        let clock = self.clock.clone();
        let state = state.get_or_insert_with(|| State::new(quota, HashMapStateStore::default(), clock));
        let verdict = |remaining, retry_after| {
            let limit = quota.burst_size().get();
            let missing = quota.replenish_interval() * limit.saturating_sub(remaining);
            Verdict { name: self.name, limit, remaining, retry_after, whole_again_in: whole_seconds(missing) }
        };
        Some(match state.check_key(caller) {
            Ok(snapshot) => verdict(StateSnapshot::remaining_burst_capacity(&snapshot), None),
            Err(not_until) => verdict(0, Some(self.wait(&not_until))),
        })
    }

    fn wait(&self, not_until: &NotUntil<C::Instant>) -> u32 {
        whole_seconds(not_until.wait_time_from(self.clock.now())).max(1)
    }
}

fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn six() -> Option<Quota> {
        NonZeroU32::new(6).map(Quota::per_minute)
    }

    #[test]
    fn a_minute_s_requests_may_come_at_once_and_come_back_one_by_one() {
        let clock = FakeRelativeClock::default();
        let buckets = Buckets::by(clock.clone(), "address", six());
        let count = || buckets.count(&"ada").unwrap();
        for remaining in (0..6).rev() {
            let verdict = count();
            assert_eq!((verdict.remaining, verdict.retry_after), (remaining, None));
        }
        assert_eq!((count().retry_after, count().whole_again_in), (Some(10), 60));
        assert_eq!(buckets.count(&"eve").unwrap().remaining, 5, "others do not suffer");
        clock.advance(Duration::from_secs(4));
        assert_eq!(count().retry_after, Some(6));
        clock.advance(Duration::from_secs(6));
        assert_eq!(count().retry_after, None);
        clock.advance(Duration::from_mins(1));
        assert_eq!(count().remaining, 5);
    }

    #[test]
    fn memory_is_bounded() {
        let clock = FakeRelativeClock::default();
        let buckets = Buckets::by(clock.clone(), "address", six());
        for caller in 0..=2 * MOST_CALLERS {
            buckets.count(&caller);
            let state = buckets.state.lock().unwrap();
            assert!(state.as_ref().is_some_and(|state| caller % 1000 != 0 || state.len() <= MOST_CALLERS));
        }
        clock.advance(Duration::from_mins(2));
        let quiet = Buckets::by(clock.clone(), "address", six());
        for caller in 0..MOST_CALLERS {
            quiet.count(&caller);
        }
        clock.advance(Duration::from_mins(2));
        quiet.count(&MOST_CALLERS);
        assert_eq!(quiet.state.lock().unwrap().as_ref().unwrap().len(), 1, "old ones are forgotten");
    }
}
