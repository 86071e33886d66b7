//! Events after which the session is requested again, and messages to other tabs.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod inert;

#[cfg(feature = "hydrate")]
pub(super) use browser::{listen, tell_other_tabs};
#[cfg(not(feature = "hydrate"))]
pub(super) use inert::{listen, tell_other_tabs};

/// Channel and storage key of the JavaScript client, so that its tabs and ours receive each other's messages.
#[allow(dead_code, reason = "used in the browser only")]
const NAME: &str = "better-auth.message";

/// An event outside of the page.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "happens in the browser")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wakeup {
    /// The tab became visible, or the machine came online.
    Back,
    /// Another tab signed in or out.
    OtherTab,
}
