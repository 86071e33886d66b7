//! The bounds on open connections, sockets included: for each address, and for all together.
//!
//! At a bound, the connection that has waited longest for a request makes room for a new one. If all have a request
//! running, the new one is refused.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use axum::{extract::ConnectInfo, http::Request};
use leptos_better_auth::server::ConvexBetterAuth;
use tokio_util::sync::CancellationToken;

use crate::{files, metrics::Metrics};

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) address: usize,
    pub(crate) all: usize,
}

impl Bounds {
    /// Bounds each address as configured, and all together by the limit of open files, a quarter of which is left for
    /// everything else.
    pub(crate) fn new(address: usize) -> Self {
        Self {
            address: address.max(1),
            all: files::limit().map_or(usize::MAX, |files| files - files / 4),
        }
    }

    /// Returns how many connections beyond a bound may be open while others are leaving.
    fn leaving(bound: usize) -> usize {
        bound / 8 + 1
    }
}

/// The open connections. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    bounds: Bounds,
    /// Recognises the trusted proxies.
    auth: ConvexBetterAuth,
    metrics: Metrics,
    open: Mutex<Open>,
    clock: Arc<Clock>,
    has_warned: AtomicBool,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, HashMap<u64, Arc<Connection>>>,
}

/// Counts events, to tell which was first.
#[derive(Debug, Default)]
struct Clock(AtomicU64);

impl Clock {
    fn tick(&self) -> u64 {
        1 + self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The tick since which it has waited for a request; 0 while one is running.
    waiting_since: AtomicU64,
    clock: Arc<Clock>,
    leave: CancellationToken,
}

const RUNNING: u64 = 0;

impl Connection {
    /// Marks that a request is running until the result is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Running {
        self.waiting_since.store(RUNNING, Ordering::Relaxed);
        Running(Some(self.clone()))
    }

    /// Returns whether a request is running.
    pub(crate) fn is_running(&self) -> bool {
        self.waiting_since.load(Ordering::Relaxed) == RUNNING
    }

    /// Waits until it has to make room for another one.
    pub(crate) async fn must_leave(&self) {
        self.leave.cancelled().await;
    }
}

/// See [`Connection::begin`]. `None` once it never ends.
#[derive(Debug)]
pub(crate) struct Running(Option<Arc<Connection>>);

impl Running {
    /// Lets the connection count as running to its end, because it has become a socket.
    pub(crate) fn for_ever(mut self) {
        self.0 = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            let now = connection.clock.tick();
            connection.waiting_since.store(now, Ordering::Relaxed);
        }
    }
}

impl Connections {
    /// Creates the bounds without any connection.
    pub(crate) fn new(bounds: Bounds, auth: ConvexBetterAuth, metrics: Metrics) -> Self {
        Self(Arc::new(Shared {
            bounds,
            auth,
            metrics,
            open: Mutex::default(),
            clock: Arc::default(),
            has_warned: AtomicBool::new(false),
        }))
    }

    /// Counts a connection until the result is dropped. `None` if there is no room for it.
    pub(crate) fn admit(&self, peer: SocketAddr) -> Option<Place> {
        let shared = &*self.0;
        let address = client_of(peer.ip());
        let mut open = self.open();
        let bounded = (!self.is_proxy(peer)).then_some(address);
        if !self.make_room(&open, bounded) {
            drop(open);
            shared.metrics.connection_refused();
            if !shared.has_warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(%peer, bounds = ?shared.bounds, "refused a connection: there are too many");
            }
            return None;
        }
        let id = shared.clock.tick();
        let connection = Arc::new(Connection {
            waiting_since: AtomicU64::new(id),
            clock: shared.clock.clone(),
            leave: CancellationToken::new(),
        });
        open.all += 1;
        let of_address = open.by_address.entry(address).or_default();
        of_address.insert(id, connection.clone());
        drop(open);
        Some(Place {
            id,
            address,
            connection,
            of: self.clone(),
        })
    }

    /// Returns whether there is room for one more connection. `bounded` is its address, if the bound of an address
    /// applies to it. At a bound, tells another connection to leave.
    fn make_room(&self, open: &Open, bounded: Option<IpAddr>) -> bool {
        let Bounds { address, all } = self.0.bounds;
        let of_address = match bounded.and_then(|bounded| open.by_address.get(&bounded)) {
            Some(of_address) => room(of_address.len(), address, || {
                longest_waiting([of_address].into_iter())
            }),
            None => Room::Free,
        };
        let of_all = room(open.all, all, || longest_waiting(open.by_address.values()));
        let leaving = match (of_address, of_all) {
            (Room::None, _) | (_, Room::None) => return false,
            (Room::Free, Room::Free) => return true,
            // It makes room in total, too.
            (Room::Of(connection), _) | (Room::Free, Room::Of(connection)) => connection,
        };
        leaving.leave.cancel();
        self.0.metrics.connection_closed_for_another();
        true
    }

    fn is_proxy(&self, peer: SocketAddr) -> bool {
        let request = Request::builder().extension(ConnectInfo(peer)).body(());
        request.is_ok_and(|request| self.0.auth.comes_from_proxy(&request.into_parts().0))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connections")
    }
}

/// The room for one more connection below a bound.
enum Room<'a> {
    Free,
    /// That of a connection that leaves for it.
    Of(&'a Arc<Connection>),
    None,
}

fn room<'a>(
    count: usize,
    bound: usize,
    longest_waiting: impl FnOnce() -> Option<&'a Arc<Connection>>,
) -> Room<'a> {
    if count < bound {
        return Room::Free;
    }
    if count - bound >= Bounds::leaving(bound) {
        return Room::None;
    }
    longest_waiting().map_or(Room::None, Room::Of)
}

/// Returns the connection that has waited longest for a request, among those that have not been told to leave.
fn longest_waiting<'a>(
    open: impl Iterator<Item = &'a HashMap<u64, Arc<Connection>>>,
) -> Option<&'a Arc<Connection>> {
    let waiting = open.flat_map(HashMap::values).filter_map(|connection| {
        let since = connection.waiting_since.load(Ordering::Relaxed);
        let may_leave = since != RUNNING && !connection.leave.is_cancelled();
        may_leave.then_some((since, connection))
    });
    let longest = waiting.min_by_key(|(since, _)| *since);
    longest.map(|(_, connection)| connection)
}

/// Returns the address that stands for a client. For IPv6 it is the first 64 bits, because one network has all
/// addresses that begin with them.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            Ipv6Addr::from(network).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// See [`Connections::admit`].
#[derive(Debug)]
pub(crate) struct Place {
    id: u64,
    address: IpAddr,
    connection: Arc<Connection>,
    of: Connections,
}

impl Place {
    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.of.open();
        open.all -= 1;
        if let Some(of_address) = open.by_address.get_mut(&self.address) {
            of_address.remove(&self.id);
            if of_address.is_empty() {
                open.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos_better_auth::server::AuthConfig;

    fn connections(address: usize, all: usize) -> Connections {
        let config = AuthConfig::default()
            .with_convex_url("http://127.0.0.1:1")
            .with_convex_site_url("http://127.0.0.1:2")
            .with_site_url("https://app.example.com")
            .with_trusted_proxies(["10.0.0.0/8"]);
        let auth = ConvexBetterAuth::new(config).expect("a configuration");
        let metrics = Metrics::new(auth.clone());
        Connections::new(Bounds { address, all }, auth, metrics)
    }

    fn from(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().expect("an address"), 1)
    }

    fn leaves(place: &Place) -> bool {
        place.connection.leave.is_cancelled()
    }

    #[test]
    fn the_connection_that_waits_longest_leaves_and_one_with_a_running_request_stays() {
        let connections = connections(3, 100);
        let places = [(); 3].map(|()| connections.admit(from("203.0.113.9")).expect("room"));
        let _running = places[0].connection.begin();
        drop(places[1].connection.begin());
        let _fourth = connections.admit(from("::ffff:203.0.113.9")).expect("room");
        assert_eq!(places.each_ref().map(leaves), [false, false, true]);
    }

    #[test]
    fn an_address_with_all_requests_running_gets_no_more_connections_and_others_do() {
        let connections = connections(2, 100);
        let places = [(); 2].map(|()| connections.admit(from("203.0.113.9")).expect("room"));
        let running = places.each_ref().map(|place| place.connection.begin());
        assert!(connections.admit(from("203.0.113.9")).is_none());
        assert!(connections.admit(from("203.0.113.10")).is_some());
        drop(running);
        assert!(connections.admit(from("203.0.113.9")).is_some());
    }

    #[test]
    fn leaving_connections_count_until_they_are_closed() {
        let connections = connections(8, 100);
        let open = |count: usize| -> Vec<_> {
            let admitted = (0..count).map_while(|_| connections.admit(from("203.0.113.9")));
            admitted.collect()
        };
        let places = open(100);
        assert_eq!(places.len(), 8 + Bounds::leaving(8));
        drop(places);
        assert_eq!(connections.open().all, 0);
        assert!(connections.open().by_address.is_empty());
        assert_eq!(open(8).len(), 8);
    }

    #[test]
    fn a_proxy_is_bounded_only_by_the_total() {
        let connections = connections(2, 16);
        let places = [(); 16].map(|()| connections.admit(from("10.0.0.1")).expect("room"));
        assert!(!places.iter().any(leaves));
        let other = connections.admit(from("203.0.113.9")).expect("room");
        assert!(leaves(&places[0]) && !leaves(&other));
    }

    #[test]
    fn a_connection_that_is_refused_makes_no_other_one_leave() {
        let connections = connections(1, 1);
        let first = connections.admit(from("203.0.113.9")).expect("room");
        let running = first.connection.begin();
        assert!(connections.admit(from("203.0.113.10")).is_none());
        drop(running);
        let second = connections.admit(from("203.0.113.10")).expect("room");
        // The total allows no more while the first one is leaving.
        assert!(connections.admit(from("203.0.113.10")).is_none());
        assert!(leaves(&first) && !leaves(&second));
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let connections = connections(1, 100);
        let one = connections.admit(from("2001:db8:1:2::1")).expect("room");
        let _running = one.connection.begin();
        assert!(connections.admit(from("2001:db8:1:2:ffff::9")).is_none());
        assert!(connections.admit(from("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn a_socket_never_makes_room() {
        let connections = connections(1, 100);
        let socket = connections.admit(from("203.0.113.9")).expect("room");
        socket.connection.begin().for_ever();
        assert!(connections.admit(from("203.0.113.9")).is_none());
    }

    #[test]
    fn nothing_is_kept_of_a_socket_that_has_ended() {
        let connections = connections(1, 100);
        let socket = connections.admit(from("203.0.113.9")).expect("room");
        let kept = Arc::downgrade(&socket.connection);
        socket.connection.begin().for_ever();
        drop(socket);
        assert!(kept.upgrade().is_none());
    }
}
