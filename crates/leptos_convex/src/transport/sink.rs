//! The way by which a platform reports events.

use std::sync::Weak;

use crate::sync::Event;

/// Takes events in: the worker.
pub(crate) trait Inbox: Send + Sync {
    /// Takes `event` in now.
    fn push(&self, event: Event);
    /// Handles the events that wait.
    fn pump(&self);
}

/// Reports events to an inbox for as long as there is one.
#[derive(Clone)]
pub(crate) struct EventSink(Weak<dyn Inbox>);

impl EventSink {
    pub(crate) fn new(inbox: Weak<dyn Inbox>) -> Self {
        Self(inbox)
    }

    /// Takes `event` in now.
    pub(crate) fn push(&self, event: Event) {
        if let Some(inbox) = self.0.upgrade() {
            inbox.push(event);
        }
    }

    /// Handles the events that wait since [`Platform::pump_soon`](super::Platform::pump_soon).
    pub(crate) fn pump(&self) {
        if let Some(inbox) = self.0.upgrade() {
            inbox.pump();
        }
    }
}
