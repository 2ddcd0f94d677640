//! Delays. SQS knows them up to a quarter of an hour; a longer one is made of several: the text says when it is due,
//! and whoever takes it before then sends it on with what is left. The text sent on is a new message to SQS, so that
//! the way costs none of the receives after which a message goes to the dead letters.

use std::time::Duration;

use gas_service::message::Message;
use jiff::Timestamp;

/// The longest delay that `SendMessage` takes, in seconds.
const LONGEST_SECONDS: u64 = 900;

/// A text to send, and after how many seconds SQS is to show it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) text: String,
    pub(super) delay_seconds: i32,
}

impl Hop {
    /// The next hop of a message that nobody is to see before it is `due`.
    pub(super) fn towards(
        message: &Message,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let left = whole_seconds(time_left(due, now));
        let text = if left > LONGEST_SECONDS { with_due(message, due)? } else { message.to_json()? };
        let delay_seconds = i32::try_from(left.min(LONGEST_SECONDS)).unwrap_or_default();
        Ok(Self { text, delay_seconds })
    }
}

/// How long it still is; nothing if the time has come.
pub(crate) fn time_left(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

/// SQS counts in seconds; half a second early would be too early.
pub(super) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

fn with_due(message: &Message, due: Timestamp) -> Result<String, serde_json::Error> {
    let mut text: serde_json::Value = serde_json::from_str(&message.to_json()?)?;
    let up = i64::from(due.subsec_nanosecond() > 0);
    text["due"] = due.as_second().saturating_add(up).into();
    Ok(text.to_string())
}

#[cfg(test)]
mod tests {
    use gas_service::id::JobId;
    use proptest::prelude::*;

    use super::{super::reading::read, *};

    #[test]
    fn short_delays_are_left_to_sqs() {
        let message = Message::Annotate { job_id: JobId::generate() };
        let now = Timestamp::now();
        let hop = Hop::towards(&message, now + Duration::from_millis(1500), now).unwrap();
        assert_eq!(hop, Hop { text: message.to_json().unwrap(), delay_seconds: 2 });
        let late = Hop::towards(&message, now - Duration::from_secs(5), now).unwrap();
        assert_eq!(late.delay_seconds, 0);
    }

    proptest! {
        /// Whoever follows the hops as takers do sees the message once it is due, at most two seconds later, and
        /// takes it as rarely as can be.
        #[test]
        fn hops_end_when_the_message_is_due(delay in 0_u64..10_000_000) {
            let message = Message::Archive { job_id: JobId::generate() };
            let sent = Timestamp::from_millisecond(1_800_000_000_123).unwrap();
            let due = sent + Duration::from_millis(delay);
            let (mut now, mut hops) = (sent, 0);
            let mut hop = Hop::towards(&message, due, now).unwrap();
            loop {
                now += Duration::from_secs(hop.delay_seconds.try_into().unwrap());
                let content = read(&hop.text, "").unwrap();
                prop_assert_eq!(content.messages, std::slice::from_ref(&message));
                match content.due.filter(|due| !time_left(*due, now).is_zero()) {
                    None => break,
                    Some(due) => hop = Hop::towards(&message, due, now).unwrap(),
                }
                hops += 1;
            }
            prop_assert!(now >= due && now.duration_since(due).as_secs() < 2);
            prop_assert!(hops <= delay / 900_000 + 1);
        }
    }
}
