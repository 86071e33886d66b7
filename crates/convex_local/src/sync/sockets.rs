//! The count of open sockets, in all and by address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The address of the client that opens a socket, as an extension of the request. An app that mounts
/// [`LocalBackend::sync_router`](crate::LocalBackend::sync_router) sets it, because only the app knows the proxies in
/// front of it. Without it the sockets of an address are not counted.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// The open sockets of a backend.
#[derive(Debug)]
pub(crate) struct Sockets {
    counts: Mutex<Counts>,
    most: usize,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

impl Sockets {
    /// Creates an empty count that admits at most this many sockets from one address.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            counts: Mutex::default(),
            most,
        }
    }

    /// Returns how many sockets are open.
    pub(crate) fn open(&self) -> usize {
        self.counts().all
    }

    /// Counts a socket until the result is dropped. `None` if its address has reached the limit.
    pub(super) fn admit(self: &Arc<Self>, address: Option<ClientAddress>) -> Option<Counted> {
        let client = address.map(|ClientAddress(address)| client_of(address));
        let mut counts = self.counts();
        if let Some(client) = client {
            let open = counts.by_client.entry(client).or_default();
            if *open >= self.most {
                return None;
            }
            *open += 1;
        }
        counts.all += 1;
        Some(Counted {
            client,
            of: self.clone(),
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the address that a client is counted by: of an IPv6 address only the first 64 bits, because all addresses
/// with these bits belong to one network.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            Ipv6Addr::from(network).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A counted socket, see [`Sockets::admit`].
#[derive(Debug)]
pub(super) struct Counted {
    client: Option<IpAddr>,
    of: Arc<Sockets>,
}

impl Counted {
    /// Returns the address that the socket is counted by, if one is known.
    pub(super) fn client(&self) -> Option<IpAddr> {
        self.client
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.of.counts();
        counts.all -= 1;
        let Some(client) = self.client else { return };
        if let Some(open) = counts.by_client.get_mut(&client) {
            *open -= 1;
            if *open == 0 {
                counts.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Option<ClientAddress> {
        Some(ClientAddress(address.parse().unwrap()))
    }

    #[test]
    fn an_address_has_a_limited_number_of_sockets_and_others_have_theirs() {
        let sockets = Arc::new(Sockets::new(2));
        let first = sockets.admit(from("203.0.113.9"));
        let _second = sockets.admit(from("::ffff:203.0.113.9")).unwrap();
        assert!(sockets.admit(from("203.0.113.9")).is_none());
        let _other = sockets.admit(from("203.0.113.10")).unwrap();
        let _unknown = [(); 3].map(|()| sockets.admit(None).unwrap());
        assert_eq!(sockets.open(), 6);
        drop(first);
        assert!(sockets.admit(from("203.0.113.9")).is_some());
    }

    #[test]
    fn an_ipv6_network_counts_as_one_client() {
        let sockets = Arc::new(Sockets::new(1));
        let _one = sockets.admit(from("2001:db8:1:2::1")).unwrap();
        assert!(sockets.admit(from("2001:db8:1:2:ffff::9")).is_none());
        assert!(sockets.admit(from("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn nothing_is_kept_of_clients_that_have_gone() {
        let sockets = Arc::new(Sockets::new(1));
        drop(sockets.admit(from("203.0.113.9")));
        assert!(sockets.counts().by_client.is_empty());
        assert_eq!(sockets.open(), 0);
    }
}
