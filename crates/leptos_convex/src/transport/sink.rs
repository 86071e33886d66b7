//! The way in which a platform reports events.

use std::sync::Weak;

use crate::sync::Event;

/// The receiver of events: the worker.
pub(crate) trait Inbox: Send + Sync {
    /// Handles `event` now.
    fn push(&self, event: Event);
    /// Handles the waiting events.
    fn pump(&self);
}

/// Reports events to an inbox for as long as the inbox exists.
#[derive(Clone)]
pub(crate) struct EventSink(Weak<dyn Inbox>);

impl EventSink {
    pub(crate) fn new(inbox: Weak<dyn Inbox>) -> Self {
        Self(inbox)
    }

    /// Handles `event` now.
    pub(crate) fn push(&self, event: Event) {
        if let Some(inbox) = self.0.upgrade() {
            inbox.push(event);
        }
    }

    /// Handles the events that have waited since [`Platform::pump_soon`](super::Platform::pump_soon).
    pub(crate) fn pump(&self) {
        if let Some(inbox) = self.0.upgrade() {
            inbox.pump();
        }
    }
}
