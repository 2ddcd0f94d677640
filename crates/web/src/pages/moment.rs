//! Instants and spans of time, for people. The server writes UTC; a script turns it into local time.

use std::time::Duration;

use jiff::Timestamp;

/// An instant, as `<time>` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Moment {
    /// For programs: RFC 3339 in UTC.
    pub(crate) fn iso(&self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// For people, to the minute.
    pub(crate) fn text(&self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// For people, to the second.
    pub(crate) fn exact(&self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }
}

/// An instant to come, and how far away it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Countdown {
    /// The instant.
    pub(crate) at: Moment,
    /// How long until then, in words.
    pub(crate) left: String,
}

impl Countdown {
    pub(crate) fn to(at: Timestamp, now: Timestamp) -> Self {
        let left = between(now, at);
        let left = if left.is_zero() { "a moment".to_owned() } else { whole_seconds(left) };
        Self { at: Moment(at), left }
    }
}

/// The time from one instant to another; nothing when the second is earlier.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// How long something took: exact when it was short.
pub(crate) fn took(time: Duration) -> String {
    if time < Duration::from_millis(1) {
        return "under 1 ms".to_owned();
    }
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    if time < Duration::from_secs(10) {
        return format!("{:.1} s", time.as_secs_f64());
    }
    whole_seconds(time)
}

/// A span in at most two units.
pub(crate) fn whole_seconds(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let shown = parts.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
    let shown: Vec<String> = shown.map(|(count, unit)| format!("{count} {unit}")).collect();
    if shown.is_empty() { "0 s".to_owned() } else { shown.join(" ") }
}

/// A span as settings have it, in full words.
pub(crate) fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let found = units.iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    match found {
        Some((length, unit)) if seconds / length == 1 => format!("1 {unit}"),
        Some((length, unit)) => format!("{} {unit}s", seconds / length),
        None => whole_seconds(time),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "0 s")]
    #[case(59, "59 s")]
    #[case(60, "1 min")]
    #[case(299, "4 min 59 s")]
    #[case(3600, "1 h")]
    #[case(3661, "1 h 1 min")]
    #[case(90_000, "1 d 1 h")]
    fn spans_have_at_most_two_units(#[case] seconds: u64, #[case] text: &str) {
        assert_eq!(whole_seconds(Duration::from_secs(seconds)), text);
    }

    #[rstest]
    #[case(0, "under 1 ms")]
    #[case(432, "432 ms")]
    #[case(1530, "1.5 s")]
    #[case(12_300, "12 s")]
    fn short_spans_are_exact(#[case] milliseconds: u64, #[case] text: &str) {
        assert_eq!(took(Duration::from_millis(milliseconds)), text);
    }

    #[rstest]
    #[case(300, "5 minutes")]
    #[case(60, "1 minute")]
    #[case(86_400, "1 day")]
    #[case(90, "90 seconds")]
    fn settings_are_told_in_words(#[case] seconds: u64, #[case] text: &str) {
        assert_eq!(in_words(Duration::from_secs(seconds)), text);
    }

    #[test]
    fn what_is_past_is_but_a_moment_away() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(Countdown::to(now, now + Duration::from_secs(5)).left, "a moment");
        assert_eq!(Countdown::to(now + Duration::from_secs(65), now).left, "1 min 5 s");
    }

    #[test]
    fn instants_are_told_in_utc() {
        let moment = Moment("2026-11-24T20:15:09.123Z".parse().unwrap());
        assert_eq!(moment.iso(), "2026-11-24T20:15:09Z");
        assert_eq!(moment.text(), "2026-11-24 20:15 UTC");
        assert_eq!(moment.exact(), "2026-11-24 20:15:09 UTC");
    }
}
