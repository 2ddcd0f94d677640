//! A limit on the mails that strangers can have sent to one address.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use gas_service::{account::EmailAddress, desk::DeskError};
use jiff::Timestamp;

use crate::{app::App, error::WebError};

/// Most links mailed to one address within the window.
const MAX_LINKS: usize = 20;
/// How far back links count.
const WINDOW: Duration = Duration::from_mins(10);
/// How many addresses are remembered before old ones are forgotten.
const MAX_ADDRESSES: usize = 10_000;

/// The address that somebody typed, to which a link is about to be mailed.
pub(crate) fn typed_address(app: &App, text: &str) -> Result<EmailAddress, WebError> {
    let email: EmailAddress = text.parse().map_err(DeskError::from)?;
    app.mail_limit.spend(&email, app.desk.ports.clock.now())?;
    Ok(email)
}

/// When links were mailed to each address, lately.
#[derive(Default)]
pub(crate) struct MailLimit(Mutex<HashMap<EmailAddress, VecDeque<Timestamp>>>);

impl MailLimit {
    /// Counts a link, or refuses it.
    pub(crate) fn spend(&self, email: &EmailAddress, now: Timestamp) -> Result<(), WebError> {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= MAX_ADDRESSES {
            sent.retain(|_, times| times.back().is_some_and(|last| *last + WINDOW > now));
        }
        let times = sent.entry(email.clone()).or_default();
        while times.front().is_some_and(|first| *first + WINDOW <= now) {
            times.pop_front();
        }
        if times.len() >= MAX_LINKS {
            return Err(WebError::TooMany {
                message: format!(
                    "{MAX_LINKS} links were mailed to this address in ten minutes; use the newest one, or try again later"
                ),
                retry_after_seconds: 600,
            });
        }
        times.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_not_flooded_and_others_do_not_suffer() {
        let limit = MailLimit::default();
        let (ada, eve) = ("ada@example.org".parse().unwrap(), "eve@example.org".parse().unwrap());
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..MAX_LINKS {
            limit.spend(&ada, now).unwrap();
        }
        assert!(limit.spend(&ada, now).is_err());
        assert!(limit.spend(&eve, now).is_ok());
        assert!(limit.spend(&ada, now + WINDOW).is_ok());
    }
}
