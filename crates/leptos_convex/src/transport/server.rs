//! The server while it renders: no socket, no timers and no events.

use super::{EventSink, Fetcher, Platform};
use crate::{
    client::ClientOptions,
    logger::{LogLevel, Logger},
    sync::{Env, SocketId, Ticket, Timer, Timestamp},
};

pub(crate) fn platform(_url: &str, options: &ClientOptions) -> Box<dyn Platform> {
    let logger = options.logger.clone();
    Box::new(Still { logger })
}

struct Still {
    logger: Option<Logger>,
}

impl Platform for Still {
    fn is_live(&self) -> bool {
        false
    }

    fn attach(&self, _: EventSink) {}

    fn env(&self) -> Env {
        Env {
            now: 0.0,
            random: 0.0,
        }
    }

    fn open(&self, _: SocketId) {}

    fn send(&self, _: &str) {}

    fn close(&self) {}

    fn set_timer(&self, _: Timer, _: u32) {}

    fn clear_timer(&self, _: Timer) {}

    // Dropped at once, because it may hold values that must stay on their thread.
    fn set_fetcher(&self, _: Option<Fetcher>) {}

    fn fetch_token(&self, _: Ticket, _: bool) {}

    fn pump_soon(&self) {}

    fn guard_unload(&self, _: bool) {}

    fn tell_seen(&self, _: Timestamp) {}

    fn tell_wrote(&self) {}

    fn tell(&self, level: LogLevel, text: &str) {
        match &self.logger {
            Some(logger) => logger.tell(level, text),
            None => leptos::logging::error!("{text}"),
        }
    }
}
