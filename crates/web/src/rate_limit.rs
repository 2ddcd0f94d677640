//! How many requests one address and one user may make, and how many mails strangers can have sent to one mailbox.

mod bucket;

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use gas_service::{account::EmailAddress, id::UserId};
use governor::Quota;
use serde::{Deserialize, Serialize};

use self::bucket::Buckets;
pub(crate) use self::bucket::Verdict;
use crate::client_address::neighbourhood;

/// How many links of a kind are mailed to one mailbox at once, and in what time each comes back.
const SIGN_IN_LINKS: (NonZeroU32, Duration) = (NonZeroU32::new(20).unwrap(), Duration::from_secs(30));
const OTHER_LINKS: (NonZeroU32, Duration) = (NonZeroU32::new(5).unwrap(), Duration::from_mins(5));

/// Requests within a minute, of each kind. All of a minute may come at once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// What strangers may try: signing in, links that were mailed.
    pub secrets: Limit,
    /// Requests of programs.
    pub api: Limit,
    /// Pages.
    pub pages: Limit,
    /// Requests that bring a file.
    pub uploads: Limit,
}

/// A number of requests within a minute; 0 is no limit.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// From one address of IPv4, or one network of 64 bits of IPv6.
    pub per_address: u32,
    /// By one user who is signed in, or whose token is sent.
    pub per_user: u32,
}

/// A kind of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Secrets,
    Api,
    Pages,
    Uploads,
}

/// What a mailed link is for. Each kind is counted by itself: who has others mailed to somebody's mailbox does not keep its
/// owner from signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// It signs in whoever reads it, in any browser.
    SignIn,
    /// It shows that an address is of who typed it, or whom a provider says it is of.
    Address,
}

/// What each address and each user did lately, in this process.
pub(crate) struct RateLimiter {
    addresses: [Buckets<IpAddr>; 4],
    users: [Buckets<UserId>; 4],
    mailboxes: [Buckets<EmailAddress>; 2],
}

impl RateLimiter {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        let kinds = [limits.secrets, limits.api, limits.pages, limits.uploads];
        Self {
            addresses: kinds.map(|limit| Buckets::new("address", limit.per_address)),
            users: kinds.map(|limit| Buckets::new("user", limit.per_user)),
            mailboxes: [SIGN_IN_LINKS, OTHER_LINKS].map(|(at_once, every)| {
                Buckets::of("mailbox", Quota::with_period(every).map(|quota| quota.allow_burst(at_once)))
            }),
        }
    }

    /// Counts a request from that address; none is no limit.
    pub(crate) fn of_address(&self, kind: Kind, address: IpAddr) -> Option<Verdict> {
        self.addresses.get(kind as usize)?.count(&neighbourhood(address))
    }

    /// Counts a request by that user; none is no limit.
    pub(crate) fn of_user(&self, kind: Kind, user: UserId) -> Option<Verdict> {
        self.users.get(kind as usize)?.count(&user)
    }

    /// Counts a link that is about to be mailed there.
    pub(crate) fn of_mailbox(&self, kind: LinkKind, mailbox: &EmailAddress) -> Option<Verdict> {
        self.mailboxes.get(kind as usize)?.count(mailbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_not_flooded_and_others_do_not_suffer() {
        let limiter = RateLimiter::new(&RateLimits::default());
        let [ada, eve] = ["ada@example.org", "eve@example.org"].map(|address| address.parse().unwrap());
        let count = |mailbox| limiter.of_mailbox(LinkKind::SignIn, mailbox).unwrap();
        let others = (0..6).map(|_| limiter.of_mailbox(LinkKind::Address, &ada).unwrap().retry_after);
        let others: Vec<_> = others.collect();
        assert!(others[..5].iter().all(Option::is_none), "{others:?}");
        assert!(others[5].is_some_and(|wait| (1..=300).contains(&wait)), "{others:?}");
        for remaining in (0..SIGN_IN_LINKS.0.get()).rev() {
            let verdict = count(&ada);
            assert_eq!((verdict.remaining, verdict.retry_after), (remaining, None));
        }
        let refused = count(&ada);
        assert!(refused.retry_after.is_some_and(|wait| (1..=30).contains(&wait)), "{refused:?}");
        assert_eq!((refused.limit, refused.whole_again_in), (20, 600));
        assert_eq!(count(&eve).retry_after, None);
    }

    #[test]
    fn neighbours_in_a_network_of_64_bits_are_one() {
        let limit = Limit { per_address: 1, per_user: 0 };
        let limiter = RateLimiter::new(&RateLimits { secrets: limit, ..RateLimits::default() });
        let refused = |kind, address: &str| {
            limiter
                .of_address(kind, address.parse().unwrap())
                .is_some_and(|verdict| verdict.retry_after.is_some())
        };
        assert!(!refused(Kind::Secrets, "2001:db8:0:1::1"));
        assert!(refused(Kind::Secrets, "2001:db8:0:1:ffff::2"));
        assert!(!refused(Kind::Secrets, "2001:db8:0:2::1"));
        assert!(!refused(Kind::Secrets, "192.0.2.1"));
        assert!(refused(Kind::Secrets, "192.0.2.1"));
        assert!(!refused(Kind::Secrets, "192.0.2.2"));
        assert!(limiter.of_address(Kind::Pages, "192.0.2.1".parse().unwrap()).is_none(), "0 is no limit");
        assert!(limiter.of_user(Kind::Secrets, UserId::generate()).is_none());
    }
}
