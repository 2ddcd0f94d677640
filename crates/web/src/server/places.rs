//! How many connections each address has.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::client_address::{Network, is_among, neighbourhood};

/// The connections that are open, by where they come from. There are no more addresses than connections.
pub(super) struct Places {
    per_address: usize,
    uncounted: Vec<Network>,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One of the connections that an address may have; given back when it is dropped.
pub(super) struct Place {
    of: Arc<Places>,
    /// None is not counted.
    address: Option<IpAddr>,
}

impl Places {
    /// So many for each address, 0 is no limit; those of some networks are not counted.
    pub(super) fn new(per_address: usize, uncounted: Vec<Network>) -> Arc<Self> {
        Arc::new(Self { per_address, uncounted, taken: Mutex::default() })
    }

    /// One more connection from there, if it may have one.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        if self.per_address == 0 || is_among(&self.uncounted, peer) {
            return Some(Place { of: Arc::clone(self), address: None });
        }
        let address = neighbourhood(peer);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        Some(Place { of: Arc::clone(self), address: Some(address) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut taken = self.of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_a_trusted_proxy_any_number() {
        let places = Places::new(2, vec!["10.0.0.0/8".parse().unwrap()]);
        let take = |address: &str| places.take(address.parse().unwrap());
        let first = take("192.0.2.1").unwrap();
        let second = take("::ffff:192.0.2.1").unwrap();
        assert!(take("192.0.2.1").is_none(), "however it is written");
        let other = take("192.0.2.2");
        assert!(other.is_some(), "others do not suffer");
        let six = [take("2001:db8::1"), take("2001:db8::2")];
        assert!(six.iter().all(Option::is_some) && take("2001:db8::3").is_none(), "a network is one");
        let proxied: Vec<_> = (0..10).map(|_| take("10.1.2.3")).collect();
        assert!(proxied.iter().all(Option::is_some));
        drop(first);
        let again = take("192.0.2.1");
        assert!(again.is_some() && take("192.0.2.1").is_none(), "what ends makes room for one");
        drop((second, other, six, proxied, again));
        assert!(places.taken.lock().unwrap().is_empty(), "nothing is remembered of those who are gone");
        let unlimited = Places::new(0, Vec::new());
        let many: Vec<_> = (0..10).map(|_| unlimited.take("192.0.2.1".parse().unwrap())).collect();
        assert!(many.iter().all(Option::is_some));
    }
}
