//! The proofs by which people are known.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{EmailAddress, SecretHash, User};
use crate::id::UserId;

/// A promise mailed to an address: whoever presents the secret before the end is that person.
#[derive(Clone, Debug)]
pub struct SignInLink {
    /// Hash of the secret in the link.
    pub secret: SecretHash,
    /// Whom it signs in.
    pub email: EmailAddress,
    /// Same-site path to go on to.
    pub next: String,
    /// When it stops working.
    pub expires: Timestamp,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie.
    pub secret: SecretHash,
    /// Who is signed in.
    pub user_id: UserId,
    /// When it began; none in sessions that an earlier version began.
    pub created: Option<Timestamp>,
    /// When the user last showed the provider who it is, as that says; none if it does not say, and for a mailed link. A
    /// provider that still knew the browser asked nothing when this session began.
    pub authenticated: Option<Timestamp>,
    /// When it ends.
    pub expires: Timestamp,
    /// The provider that vouched for the user, by its name in the settings; none for a mailed link.
    pub provider: Option<String>,
    /// When it was last used, as far as that was written down; none if not since it began.
    pub last_used: Option<Timestamp>,
    /// Whether its user was an administrator when the secret was made.
    pub admin: bool,
}

impl Session {
    /// Whether its user became an administrator, or ceased to be one, since the secret was made. It gives no right of an
    /// administrator then, and the browser is to get another.
    pub fn is_outdated(&self, user: &User) -> bool {
        self.admin != user.admin
    }

    /// When its browser last gave a sign of life. Of sessions that an earlier version began nothing may be known.
    pub fn last_sign(&self) -> Option<Timestamp> {
        self.last_used.max(self.created)
    }

    /// Whether it was not used for so long. One of which nothing is known was not.
    pub fn is_idle(&self, now: Timestamp, limit: Duration) -> bool {
        self.last_sign().is_none_or(|last_sign| is_past(last_sign, now, limit))
    }

    /// Whether its user showed who it is so long ago: when it began, unless the provider tells an earlier time. Of a session
    /// that an earlier version began, yes.
    pub fn is_proof_older_than(&self, now: Timestamp, limit: Duration) -> bool {
        let shown = self.created.map(|created| self.authenticated.map_or(created, |told| told.min(created)));
        shown.is_none_or(|shown| is_past(shown, now, limit))
    }
}

/// Whether so much time has gone since then.
fn is_past(then: Timestamp, now: Timestamp, limit: Duration) -> bool {
    SignedDuration::try_from(limit).is_ok_and(|limit| now.duration_since(then) >= limit)
}

/// A promise mailed to a new address of a user: whoever presents the secret, being that user, can read mail there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailChange {
    /// Hash of the secret in the link.
    pub secret: SecretHash,
    /// Who wants to have the address.
    pub user_id: UserId,
    /// The new address.
    pub email: EmailAddress,
    /// When the link stops working.
    pub expires: Timestamp,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(100);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn session() -> Session {
        Session {
            secret: SecretHash(String::new()),
            user_id: UserId::generate(),
            created: None,
            authenticated: None,
            expires: Timestamp::MAX,
            provider: None,
            last_used: None,
            admin: false,
        }
    }

    #[rstest]
    #[case::nothing_told(Some(0), None, 99, false)]
    #[case::nothing_told_and_old(Some(0), None, 100, true)]
    #[case::asked_at_the_provider(Some(50), Some(49), 148, false)]
    #[case::asked_there_long_before(Some(50), Some(0), 100, true)]
    #[case::asked_there_after_it_began(Some(0), Some(50), 100, true)]
    #[case::of_an_earlier_version(None, None, 0, true)]
    fn a_proof_is_as_old_as_what_the_person_last_showed(
        #[case] created: Option<i64>,
        #[case] authenticated: Option<i64>,
        #[case] now: i64,
        #[case] old: bool,
    ) {
        let session = Session { created: created.map(at), authenticated: authenticated.map(at), ..session() };
        assert_eq!(session.is_proof_older_than(at(now), LIMIT), old);
    }

    #[rstest]
    #[case::just_begun(Some(0), None, 99, false)]
    #[case::never_used(Some(0), None, 100, true)]
    #[case::used(Some(0), Some(60), 159, false)]
    #[case::no_longer_used(Some(0), Some(60), 160, true)]
    #[case::of_an_earlier_version(None, None, 0, true)]
    #[case::of_an_earlier_version_but_used_since(None, Some(60), 159, false)]
    #[case::used_by_a_clock_that_goes_fast(Some(0), Some(60), 50, false)]
    fn a_session_is_idle_that_gives_no_sign_for_so_long(
        #[case] created: Option<i64>,
        #[case] last_used: Option<i64>,
        #[case] now: i64,
        #[case] idle: bool,
    ) {
        let session = Session { created: created.map(at), last_used: last_used.map(at), ..session() };
        assert_eq!(session.is_idle(at(now), LIMIT), idle);
        assert!(session.last_sign().is_none() || !session.is_idle(at(now), Duration::MAX));
    }
}
