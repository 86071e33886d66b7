//! A platform for tests: records what it is asked for, and does only what the test says.

use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use super::{Fetcher, Platform};
use crate::{
    sync::{Env, Event, SocketId, Ticket, Timer},
    worker::{EventSink, lock},
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
}

impl Remote {
    /// A platform that this controls.
    pub(crate) fn platform(&self) -> Box<dyn Platform> {
        Box::new(Fake(self.clone()))
    }

    fn sink(&self) -> EventSink {
        lock(&self.0).sink.clone().expect("a client is attached")
    }

    /// The end of this turn of the event loop.
    pub(crate) fn turn(&self) {
        self.sink().pump();
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

    /// Whether a socket was asked for and not closed.
    pub(crate) fn has_socket(&self) -> bool {
        lock(&self.0).socket.is_some()
    }

    /// What was sent since the last look.
    pub(crate) fn sent(&self) -> Vec<Json> {
        std::mem::take(&mut lock(&self.0).sent)
    }

    pub(crate) fn has_timer(&self, timer: Timer) -> bool {
        lock(&self.0).timers[timer as usize].is_some()
    }

    pub(crate) fn is_guarded(&self) -> bool {
        lock(&self.0).guarded
    }

    /// Whether the platform was dropped, and with it all it held.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.0).closed
    }
}

struct Fake(Remote);

impl Drop for Fake {
    fn drop(&mut self) {
        lock(&self.0.0).closed = true;
    }
}

impl Platform for Fake {
    fn is_live(&self) -> bool {
        true
    }

    fn attach(&self, sink: EventSink) {
        lock(&self.0.0).sink = Some(sink);
    }

    fn env(&self) -> Env {
        Env {
            now: 1_000_000.0,
            random: 0.5,
        }
    }

    fn open(&self, socket: SocketId) {
        lock(&self.0.0).socket = Some(socket);
    }

    fn send(&self, text: &str) {
        lock(&self.0.0)
            .sent
            .push(serde_json::from_str(text).expect("messages are JSON"));
    }

    fn close(&self) {
        lock(&self.0.0).socket = None;
    }

    fn set_timer(&self, timer: Timer, milliseconds: u32) {
        lock(&self.0.0).timers[timer as usize] = Some(milliseconds);
    }

    fn clear_timer(&self, timer: Timer) {
        lock(&self.0.0).timers[timer as usize] = None;
    }

    fn set_fetcher(&self, _: Option<Fetcher>) {}

    fn fetch_token(&self, _: Ticket, _: bool) {}

    fn pump_soon(&self) {}

    fn guard_unload(&self, on: bool) {
        lock(&self.0.0).guarded = on;
    }

    fn warn(&self, _: &str) {}

    fn log(&self, _: &str) {}

    fn error(&self, _: &str) {}
}
