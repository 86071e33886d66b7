//! The platform that the client runs on: the interface and its implementations.

#[cfg(feature = "browser")]
mod browser;
mod early;
#[cfg(test)]
pub(crate) mod fake;
#[cfg(not(feature = "browser"))]
mod server;
#[cfg_attr(
    not(any(test, feature = "browser")),
    expect(dead_code, reason = "nothing happens on the server")
)]
mod sink;

#[cfg(feature = "browser")]
pub(crate) use self::browser::platform;
#[cfg(not(feature = "browser"))]
pub(crate) use self::server::platform;

pub use self::early::early_socket_script;
pub(crate) use self::sink::{EventSink, Inbox};

use std::{future::Future, pin::Pin};

use crate::{
    logger::LogLevel,
    sync::{Env, SocketId, Ticket, Timer, Timestamp, TokenOutcome},
};

/// The app's function to get a token. The argument is true when a cached token will not do.
pub(crate) type Fetcher = Box<dyn Fn(bool) -> Pin<Box<dyn Future<Output = TokenOutcome>>>>;

/// Socket, clock and timers of one client. Dropping the platform closes and unhooks everything.
///
/// Everything that happens later is reported as an event to the sink given to [`Platform::attach`].
pub(crate) trait Platform: Send + Sync {
    /// Returns whether events can occur here. On the server they cannot, and a client does nothing.
    fn is_live(&self) -> bool;
    fn attach(&self, sink: EventSink);
    fn env(&self) -> Env;
    fn open(&self, socket: SocketId);
    fn send(&self, text: &str);
    fn close(&self);
    fn set_timer(&self, timer: Timer, milliseconds: u32);
    fn clear_timer(&self, timer: Timer);
    fn set_fetcher(&self, fetcher: Option<Fetcher>);
    fn fetch_token(&self, ticket: Ticket, force: bool);
    /// Calls `pump` on the sink soon, after everything that runs now.
    fn pump_soon(&self);
    /// Sets whether to ask before the page is left.
    fn guard_unload(&self, on: bool);
    /// Tells the page's own server which moment the client has seen.
    fn tell_seen(&self, moment: Timestamp);
    /// Tells the page's own server that something may have been written.
    fn tell_wrote(&self);
    /// Sends a message to developers.
    fn tell(&self, level: LogLevel, text: &str);
}
