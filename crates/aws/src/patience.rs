//! How long it is tried again what another's write holds up, or what AWS did only in part.

use std::time::Duration;

/// Tries after the first; all pauses together are less than six seconds.
const TRIES: u32 = 10;

/// The first pause is at most this long, each further one twice as long.
const SHORTEST: Duration = Duration::from_millis(20);

/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(1);

/// Counts tries, and waits longer before each. Throttled calls and broken connections are not counted here: those
/// the SDK repeats itself.
pub(crate) struct Patience {
    tries: u32,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self { tries: 0 }
    }

    /// Waits for a random part of the pause, so that those who met do not meet again; false when it was enough.
    pub(crate) async fn wait(&mut self) -> bool {
        let Some(pause) = self.next_pause() else { return false };
        tokio::time::sleep(pause.mul_f64(rand::random())).await;
        true
    }

    /// The longest that the next pause may be, while there are tries left.
    fn next_pause(&mut self) -> Option<Duration> {
        if self.tries == TRIES {
            return None;
        }
        let pause = SHORTEST.saturating_mul(1 << self.tries).min(LONGEST);
        self.tries += 1;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_and_ends() {
        let mut patience = Patience::new();
        let pauses: Vec<_> = std::iter::from_fn(|| patience.next_pause()).collect();
        assert_eq!(pauses.len(), 10);
        assert!(pauses.is_sorted() && pauses[9] == LONGEST);
        assert!(pauses.iter().sum::<Duration>() < Duration::from_secs(6));
    }
}
