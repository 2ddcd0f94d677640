//! From which address a request comes, as far as proxies that are trusted tell.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Addresses that begin alike, such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

/// A text that names no network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no network such as `10.0.0.0/8` or `2001:db8::/32`")]
pub struct NoNetwork(String);

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        text.parse().map(Self).map_err(|_| NoNetwork(text.to_owned()))
    }
}

impl TryFrom<String> for Network {
    type Error = NoNetwork;

    fn try_from(text: String) -> Result<Self, NoNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

/// The address that sent the request to the first proxy that is not ours; none if nobody knows.
///
/// Each proxy appends whoever spoke to it to `X-Forwarded-For`, so the list is read from its end, and what stands before
/// an address that is not a trusted proxy's was written by strangers.
pub(crate) fn of(trusted: &[Network], extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let mut address = peer.ip().to_canonical();
    let lists = headers.get_all("x-forwarded-for").iter().rev();
    let told = lists.flat_map(|list| list.to_str().unwrap_or("?").rsplit(','));
    for before in told {
        if !is_among(trusted, address) {
            break;
        }
        let Some(before) = parsed(before.trim()) else { break };
        address = before;
    }
    Some(address)
}

/// Whether an address lies in one of these networks.
pub(crate) fn is_among(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.0.contains(&address))
}

/// Those who share an address as a rule: of IPv6, whoever has one has all 2^64 that begin alike.
pub(crate) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Some proxies tell the port, too.
fn parsed(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::direct("192.0.2.1", &[], "192.0.2.1")]
    #[case::a_stranger_s_word("192.0.2.1", &["203.0.113.9"], "192.0.2.1")]
    #[case::one_proxy("127.0.0.1", &["203.0.113.9"], "203.0.113.9")]
    #[case::two_proxies("127.0.0.1", &["203.0.113.9, 10.1.2.3"], "203.0.113.9")]
    #[case::two_headers("127.0.0.1", &["203.0.113.9", "10.1.2.3"], "203.0.113.9")]
    #[case::made_up("127.0.0.1", &["198.51.100.7, 203.0.113.9"], "203.0.113.9")]
    #[case::nonsense("127.0.0.1", &["203.0.113.9, unknown"], "127.0.0.1")]
    #[case::with_port("::ffff:127.0.0.1", &["203.0.113.9:4000"], "203.0.113.9")]
    #[case::six("127.0.0.1", &["[2001:db8::1]:4000"], "2001:db8::1")]
    fn the_last_proxy_that_is_trusted_is_believed(
        #[case] peer: &str,
        #[case] lists: &[&str],
        #[case] address: &str,
    ) {
        let trusted: [Network; 2] = ["127.0.0.0/8", "10.0.0.0/8"].map(|network| network.parse().unwrap());
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4000)));
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append("x-forwarded-for", list.parse().unwrap());
        }
        assert_eq!(of(&trusted, &extensions, &headers), Some(address.parse().unwrap()));
        assert_eq!(of(&trusted, &Extensions::new(), &headers), None);
    }
}
