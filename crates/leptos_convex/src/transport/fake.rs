//! A platform for tests. It records what the client asks of it, and acts only when the test tells it to.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use futures::FutureExt;
use send_wrapper::SendWrapper;
use serde_json::Value as Json;

use super::{EventSink, Fetcher, Platform};
use crate::{
    lock::lock,
    logger::LogLevel,
    sync::{Env, Event, SocketId, Ticket, Timer, Timestamp, TokenOutcome},
};

/// The test's end of a [`Fake`] platform.
#[derive(Clone, Default)]
pub(crate) struct Remote(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    sink: Option<EventSink>,
    socket: Option<SocketId>,
    sent: Vec<Json>,
    timers: [Option<u32>; Timer::COUNT],
    guarded: bool,
    closed: bool,
    fetching: Vec<Fetching>,
}

/// A token that is being fetched.
type Fetching = SendWrapper<(Ticket, Pin<Box<dyn Future<Output = TokenOutcome>>>)>;

impl Remote {
    /// Returns a platform controlled by this value.
    pub(crate) fn platform(&self) -> Box<dyn Platform> {
        Box::new(Fake {
            remote: self.clone(),
            fetcher: SendWrapper::new(RefCell::default()),
        })
    }

    fn sink(&self) -> EventSink {
        lock(&self.0).sink.clone().expect("a client is attached")
    }

    /// Ends this turn of the event loop.
    pub(crate) fn turn(&self) {
        self.sink().pump();
        let fetching = std::mem::take(&mut lock(&self.0).fetching);
        for mut fetch in fetching {
            let (ticket, future) = &mut *fetch;
            match future.now_or_never() {
                Some(outcome) => {
                    let ticket = *ticket;
                    self.sink().push(Event::Token { ticket, outcome });
                }
                None => lock(&self.0).fetching.push(fetch),
            }
        }
    }

    pub(crate) fn open(&self) {
        let socket = lock(&self.0).socket.expect("a socket is opening");
        self.sink().push(Event::Opened(socket));
    }

    pub(crate) fn receive(&self, message: &Json) {
        let socket = lock(&self.0).socket.expect("a socket is open");
        self.sink().push(Event::Message {
            socket,
            text: message.to_string(),
        });
    }

    /// Returns whether a socket is opening or open.
    pub(crate) fn has_socket(&self) -> bool {
        lock(&self.0).socket.is_some()
    }

    /// Returns what was sent since the last call.
    pub(crate) fn sent(&self) -> Vec<Json> {
        std::mem::take(&mut lock(&self.0).sent)
    }

    pub(crate) fn has_timer(&self, timer: Timer) -> bool {
        lock(&self.0).timers[timer as usize].is_some()
    }

    pub(crate) fn is_guarded(&self) -> bool {
        lock(&self.0).guarded
    }

    /// Returns whether the platform was dropped, with everything it held.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.0).closed
    }
}

/// The platform owns the fetcher, as every platform does. A client owned by its own fetcher would never be dropped.
struct Fake {
    remote: Remote,
    fetcher: SendWrapper<RefCell<Option<Fetcher>>>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        lock(&self.remote.0).closed = true;
    }
}

impl Platform for Fake {
    fn is_live(&self) -> bool {
        true
    }

    fn attach(&self, sink: EventSink) {
        lock(&self.remote.0).sink = Some(sink);
    }

    fn env(&self) -> Env {
        Env {
            now: 1_000_000.0,
            random: 0.5,
        }
    }

    fn open(&self, socket: SocketId) {
        lock(&self.remote.0).socket = Some(socket);
    }

    fn send(&self, text: &str) {
        lock(&self.remote.0)
            .sent
            .push(serde_json::from_str(text).expect("messages are JSON"));
    }

    fn close(&self) {
        lock(&self.remote.0).socket = None;
    }

    fn set_timer(&self, timer: Timer, milliseconds: u32) {
        lock(&self.remote.0).timers[timer as usize] = Some(milliseconds);
    }

    fn clear_timer(&self, timer: Timer) {
        lock(&self.remote.0).timers[timer as usize] = None;
    }

    fn set_fetcher(&self, fetcher: Option<Fetcher>) {
        drop(self.fetcher.replace(fetcher));
    }

    fn fetch_token(&self, ticket: Ticket, force: bool) {
        if let Some(fetcher) = &*self.fetcher.borrow() {
            let fetch = SendWrapper::new((ticket, fetcher(force)));
            lock(&self.remote.0).fetching.push(fetch);
        }
    }

    fn pump_soon(&self) {}

    fn guard_unload(&self, on: bool) {
        lock(&self.remote.0).guarded = on;
    }

    fn tell_seen(&self, _: Timestamp) {}

    fn tell_wrote(&self) {}

    fn tell(&self, _: LogLevel, _: &str) {}
}
