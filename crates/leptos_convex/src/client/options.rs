//! Settings of a client.

use crate::{logger::Logger, sync::Settings};

/// Settings of a [`ConvexClient`](crate::ConvexClient).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientOptions {
    /// How long a query is kept after its last subscriber has gone, in milliseconds, so that navigating back shows
    /// its result at once. Default: 5,000.
    pub linger: u32,
    /// Whether to ask before the page is left while mutations or actions are unsent or unanswered. Default: yes.
    pub warn_before_unload: bool,
    /// Whether to hold back queries, mutations and actions until the user is known
    /// ([`ConvexClient::set_auth`](crate::ConvexClient::set_auth), or [`clear_auth`](crate::ConvexClient::clear_auth)
    /// for nobody). For pages that only signed-in people see; `expectAuth` of `convex/react`. Default: no, earlier
    /// requests run as nobody.
    pub expect_auth: bool,
    /// How long before its expiry a token is renewed, in milliseconds, so that a failed renewal can be retried in
    /// time. At most a quarter of the token's lifetime is used. This is `authRefreshTokenLeewaySeconds` of
    /// `convex/react`, where it is 10 s. Default: 60,000.
    pub renewal_leeway: u32,
    /// The names of cookies that tell the page's own server what this browser has seen and written, so that a server
    /// that answers from memory gives nothing older. `leptos_better_auth` sets them when its server does so. Default:
    /// none.
    pub server_cookies: Option<ServerCookies>,
    /// The logger that takes messages for developers. Default: none, and messages go to the browser's console.
    pub logger: Option<Logger>,
}

/// Names of the cookies of [`ClientOptions::server_cookies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerCookies {
    /// Holds the newest moment that the client has seen, as Convex writes it, until the browser is closed.
    pub seen: &'static str,
    /// Is present for 15 seconds after an action, because an action's answer names no moment, and after a call that
    /// has ended without an answer.
    pub wrote: &'static str,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            linger: 5_000,
            warn_before_unload: true,
            expect_auth: false,
            renewal_leeway: 60_000,
            server_cookies: None,
            logger: None,
        }
    }
}

impl ClientOptions {
    /// Sets how long a query is kept after its last subscriber has gone, in milliseconds.
    #[must_use]
    pub const fn with_linger(mut self, linger: u32) -> Self {
        self.linger = linger;
        self
    }

    /// Sets whether to ask before the page is left while mutations or actions are unsent or unanswered.
    #[must_use]
    pub const fn with_warn_before_unload(mut self, warn_before_unload: bool) -> Self {
        self.warn_before_unload = warn_before_unload;
        self
    }

    /// Sets whether to hold everything back until the user is known.
    #[must_use]
    pub const fn with_expect_auth(mut self, expect_auth: bool) -> Self {
        self.expect_auth = expect_auth;
        self
    }

    /// Sets how long before its expiry a token is renewed, in milliseconds.
    #[must_use]
    pub const fn with_renewal_leeway(mut self, renewal_leeway: u32) -> Self {
        self.renewal_leeway = renewal_leeway;
        self
    }

    /// Sets the names of the cookies that tell the page's own server what this browser has seen and written.
    #[must_use]
    pub const fn with_server_cookies(mut self, server_cookies: ServerCookies) -> Self {
        self.server_cookies = Some(server_cookies);
        self
    }

    /// Sets the logger that takes messages for developers instead of the browser's console.
    #[must_use]
    pub fn with_logger(mut self, logger: Logger) -> Self {
        self.logger = Some(logger);
        self
    }

    pub(super) const fn settings(&self) -> Settings {
        Settings {
            linger: self.linger,
            expect_auth: self.expect_auth,
            renewal_leeway: self.renewal_leeway,
            tells_server: self.server_cookies.is_some(),
        }
    }
}
