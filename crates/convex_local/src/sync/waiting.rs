//! The bytes held for clients until their work is done, counted for each client, for each address and for all.
//!
//! A client that waits for room finishes the requests it has, which makes room. A client with few bytes never waits, so
//! others can keep out only its long requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bounds::{MAX_READ_MESSAGE, MAX_SHOWN_BYTES};

/// The limits.
#[derive(Debug)]
struct Bounds {
    /// Of one client. From there on, no more are read from its socket.
    client: usize,
    /// Of all sockets of one address.
    address: usize,
    /// Of all sockets.
    all: usize,
    /// A client with less than this may always hold this much more.
    few: usize,
}

/// The limits for unfinished requests of clients.
const REQUESTS: Bounds = Bounds {
    client: 32 << 20,
    address: 64 << 20,
    all: 256 << 20,
    few: 64 << 10,
};
/// Messages that are being received.
const MESSAGES: Bounds = Bounds {
    client: MAX_READ_MESSAGE,
    address: 64 << 20,
    all: 256 << 20,
    few: 64 << 10,
};
/// Transitions that are being sent.
const TRANSITIONS: Bounds = Bounds {
    client: MAX_SHOWN_BYTES,
    address: 2 * MAX_SHOWN_BYTES,
    all: 8 * MAX_SHOWN_BYTES,
    few: 1 << 20,
};

/// The bytes of all clients together.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    counts: Arc<Mutex<Counts>>,
    bounds: &'static Bounds,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The bytes of one client.
#[derive(Debug, Clone)]
pub(super) struct ClientWaiting {
    own: Arc<AtomicUsize>,
    /// `None` for sockets that are not counted by address.
    address: Option<IpAddr>,
    of: Waiting,
}

impl Waiting {
    /// Bounds unfinished requests.
    pub(crate) fn of_requests() -> Self {
        Self::new(&REQUESTS)
    }

    /// Bounds messages that are being received.
    pub(crate) fn of_messages() -> Self {
        Self::new(&MESSAGES)
    }

    /// Bounds transitions that are being sent.
    pub(crate) fn of_transitions() -> Self {
        Self::new(&TRANSITIONS)
    }

    fn new(bounds: &'static Bounds) -> Self {
        Self {
            counts: Arc::default(),
            bounds,
        }
    }

    /// Returns the count of one more client.
    pub(super) fn of_client(&self, address: Option<IpAddr>) -> ClientWaiting {
        ClientWaiting {
            own: Arc::default(),
            address,
            of: self.clone(),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Returns whether `bytes` more for this address are within the bounds.
    fn admit(&self, bytes: usize, address: Option<IpAddr>, bounds: &Bounds) -> bool {
        let of_address = address.and_then(|address| self.by_address.get(&address));
        self.all + bytes <= bounds.all && of_address.map_or(0, |of| *of) + bytes <= bounds.address
    }

    fn add(&mut self, bytes: usize, client: &ClientWaiting) {
        client.own.fetch_add(bytes, Ordering::Relaxed);
        self.all += bytes;
        if let Some(address) = client.address.filter(|_| bytes > 0) {
            *self.by_address.entry(address).or_default() += bytes;
        }
    }

    fn subtract(&mut self, bytes: usize, client: &ClientWaiting) {
        client.own.fetch_sub(bytes, Ordering::Relaxed);
        self.all -= bytes;
        let Some(address) = client.address else {
            return;
        };
        if let Some(of_address) = self.by_address.get_mut(&address) {
            *of_address -= bytes;
            if *of_address == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

impl ClientWaiting {
    /// Returns whether to read more from this client.
    pub(super) fn has_room(&self) -> bool {
        let own = self.own.load(Ordering::Relaxed);
        let bounds = self.of.bounds;
        let admits = || self.of.counts().admit(bounds.few, self.address, bounds);
        own < bounds.few || (own < bounds.client && admits())
    }

    /// Counts bytes until the result is dropped. `None` if they exceed the bounds.
    pub(super) fn hold(&self, bytes: usize) -> Option<Held> {
        let bounds = self.of.bounds;
        let mut counts = self.of.counts();
        if bytes > bounds.few && !counts.admit(bytes, self.address, bounds) {
            return None;
        }
        counts.add(bytes, self);
        Some(Held {
            bytes,
            by: self.clone(),
        })
    }

    /// Returns a count of no bytes, to be raised by [`Held::grow`].
    pub(super) fn hold_nothing(&self) -> Held {
        Held {
            bytes: 0,
            by: self.clone(),
        }
    }
}

/// Bytes that are counted until this is dropped, see [`ClientWaiting::hold`].
#[derive(Debug)]
pub(super) struct Held {
    bytes: usize,
    by: ClientWaiting,
}

impl Held {
    /// Raises the count to `bytes`. Returns `false`, and changes nothing, if that exceeds the bounds.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return true;
        }
        let Self { by, .. } = self;
        let bounds = by.of.bounds;
        let mut counts = by.of.counts();
        if bytes > bounds.few && !counts.admit(more, by.address, bounds) {
            return false;
        }
        counts.add(more, by);
        drop(counts);
        self.bytes = bytes;
        true
    }

    /// Lowers the count to `bytes`.
    pub(super) fn shrink(&mut self, bytes: usize) {
        let less = self.bytes.saturating_sub(bytes);
        if less == 0 {
            return;
        }
        self.by.of.counts().subtract(less, &self.by);
        self.bytes = bytes;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: usize = REQUESTS.few;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([203, 0, 113, last]))
    }

    #[test]
    fn a_client_waits_while_much_is_pending_and_goes_on_when_it_is_done() {
        let waiting = Waiting::of_requests();
        let (greedy, modest) = (waiting.of_client(address(1)), waiting.of_client(address(1)));
        let held = greedy.hold(REQUESTS.client).unwrap();
        assert!(!greedy.has_room() && modest.has_room());
        drop(held);
        assert!(greedy.has_room());
    }

    #[test]
    fn sockets_of_one_address_share_and_other_addresses_have_theirs() {
        let waiting = Waiting::of_requests();
        let sockets = [(); 8].map(|()| waiting.of_client(address(1)));
        let held: Vec<_> = sockets
            .iter()
            .map_while(|socket| socket.hold(16 << 20))
            .collect();
        assert_eq!(held.len(), 4);
        assert!(!sockets[0].has_room(), "it waits with what it has");
        assert!(sockets[7].has_room() && sockets[7].hold(FEW).is_some());
        assert!(waiting.of_client(address(2)).hold(16 << 20).is_some());
        assert!(waiting.of_client(None).hold(16 << 20).is_some());
        drop(held);
        assert!(sockets[7].hold(16 << 20).is_some());
    }

    #[test]
    fn all_clients_together_have_a_bound_and_those_with_little_are_served_beyond_it() {
        let waiting = Waiting::of_requests();
        let held: Vec<_> = (0..=u8::MAX)
            .map_while(|last| waiting.of_client(address(last)).hold(16 << 20))
            .collect();
        assert_eq!(held.len(), REQUESTS.all / (16 << 20));
        let modest = waiting.of_client(address(255));
        assert!(modest.hold(FEW + 1).is_none());
        let few = modest.hold(FEW).unwrap();
        assert!(!modest.has_room());
        drop(few);
        assert!(modest.has_room());
    }

    #[test]
    fn nothing_is_kept_of_finished_requests() {
        let waiting = Waiting::of_requests();
        let client = waiting.of_client(address(1));
        drop([client.hold(10), client.hold(FEW + 1)]);
        let counts = waiting.counts();
        assert_eq!(counts.all, 0);
        assert!(counts.by_address.is_empty());
    }

    #[test]
    fn sockets_in_parallel_never_have_more_than_the_bound() {
        let waiting = Waiting::of_requests();
        let most = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for last in 0..8 {
                let (waiting, most) = (&waiting, &most);
                scope.spawn(move || {
                    for _ in 0..2_000 {
                        let sockets = [(); 8].map(|()| waiting.of_client(address(last)));
                        let held = sockets.each_ref().map(|socket| socket.hold(6 << 20));
                        most.fetch_max(waiting.counts().all, Ordering::Relaxed);
                        drop(held);
                    }
                });
            }
        });
        let most = most.into_inner();
        assert!(most > 6 << 20 && most <= REQUESTS.all, "{most}");
        assert_eq!(waiting.counts().all, 0);
    }
}
