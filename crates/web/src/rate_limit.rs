//! How many requests one address and one user may make.

mod bucket;

use std::net::{IpAddr, Ipv6Addr};

use gas_service::id::UserId;
use serde::{Deserialize, Serialize};

use self::bucket::Buckets;
pub(crate) use self::bucket::Verdict;

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

/// What each address and each user did lately, in this process.
pub(crate) struct RateLimiter {
    addresses: [Buckets<IpAddr>; 4],
    users: [Buckets<UserId>; 4],
}

impl RateLimiter {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        let kinds = [limits.secrets, limits.api, limits.pages, limits.uploads];
        Self {
            addresses: kinds.map(|limit| Buckets::new("address", limit.per_address)),
            users: kinds.map(|limit| Buckets::new("user", limit.per_user)),
        }
    }

    /// Counts a request from that address; none is no limit.
    pub(crate) fn of_address(&self, kind: Kind, address: IpAddr) -> Option<Verdict> {
        self.addresses.get(kind as usize)?.count(&network(address))
    }

    /// Counts a request by that user; none is no limit.
    pub(crate) fn of_user(&self, kind: Kind, user: UserId) -> Option<Verdict> {
        self.users.get(kind as usize)?.count(&user)
    }
}

/// Whoever has an address of IPv6 has as a rule all 2^64 that begin alike.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
