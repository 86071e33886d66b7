//! The event loop. It passes events to the state machine and carries out its effects in order.
//!
//! An effect may cause the next event at once, as when a signal that fires subscribes to a query. Such events wait in
//! the inbox until the effects before them are done, so that messages leave in the order in which the state machine
//! numbered them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, Weak},
};

use crate::{
    client::Outlet,
    lock::lock,
    logger::LogLevel,
    sync::{Core, Effect, Event},
    transport::{EventSink, Inbox, Platform},
};

pub(crate) struct Worker {
    core: Mutex<Core>,
    inbox: Mutex<Waiting>,
    pub(crate) platform: Box<dyn Platform>,
    pub(crate) outlet: Outlet,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    /// Set while a caller further up the stack empties the inbox.
    busy: bool,
    /// Set when the platform was asked to pump.
    scheduled: bool,
}

impl Worker {
    pub(crate) fn start(core: Core, platform: Box<dyn Platform>) -> Arc<Self> {
        let worker = Arc::new(Self {
            core: Mutex::new(core),
            inbox: Mutex::default(),
            platform,
            outlet: Outlet::default(),
        });
        let inbox: Weak<Self> = Arc::downgrade(&worker);
        worker.platform.attach(EventSink::new(inbox));
        worker
    }

    /// Handles `event` now.
    pub(crate) fn push(&self, event: Event) {
        if self.platform.is_live() {
            lock(&self.inbox).events.push_back(event);
            self.pump();
        }
    }

    /// Handles `event` after everything that runs now, so that all subscriptions of a page become one message.
    pub(crate) fn push_soon(&self, event: Event) {
        if !self.platform.is_live() {
            return;
        }
        let mut inbox = lock(&self.inbox);
        inbox.events.push_back(event);
        if !inbox.scheduled {
            inbox.scheduled = true;
            drop(inbox);
            self.platform.pump_soon();
        }
    }

    fn pump(&self) {
        {
            let mut inbox = lock(&self.inbox);
            inbox.scheduled = false;
            if std::mem::replace(&mut inbox.busy, true) {
                return;
            }
        }
        loop {
            let events = std::mem::take(&mut lock(&self.inbox).events);
            if events.is_empty() {
                break;
            }
            for effect in self.advance(events) {
                self.perform(effect);
            }
        }
        lock(&self.inbox).busy = false;
    }

    fn advance(&self, events: VecDeque<Event>) -> Vec<Effect> {
        let mut core = lock(&self.core);
        for event in events {
            core.handle(event, self.platform.env());
        }
        core.take_effects(self.platform.env())
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Open(socket) => self.platform.open(socket),
            Effect::Send(text) => self.platform.send(&text),
            Effect::Close => self.platform.close(),
            Effect::SetTimer(timer, milliseconds) => self.platform.set_timer(timer, milliseconds),
            Effect::ClearTimer(timer) => self.platform.clear_timer(timer),
            Effect::FetchToken { ticket, force } => self.platform.fetch_token(ticket, force),
            Effect::Warn(text) => self.platform.tell(LogLevel::Warn, &text),
            Effect::Log(text) => self.platform.tell(LogLevel::Log, &text),
            Effect::Error(text) => self.platform.tell(LogLevel::Error, &text),
            Effect::Connection(state) => {
                self.platform.guard_unload(state.has_inflight_requests());
                self.outlet.set_connection(state);
            }
            Effect::Publish(changes) => self.outlet.publish(changes),
            Effect::Forget(key) => self.outlet.forget(&key),
            Effect::Answer(id, result) => self.outlet.answer(id, result),
            Effect::Seen(moment) => self.platform.tell_seen(moment),
            Effect::Wrote => self.platform.tell_wrote(),
            Effect::Auth(snapshot) => self.outlet.set_auth(snapshot),
        }
    }
}

impl Inbox for Worker {
    fn push(&self, event: Event) {
        Self::push(self, event);
    }

    fn pump(&self) {
        Self::pump(self);
    }
}
