//! The options of the server half, by name and with defaults.

use std::time::Duration;

use leptos_convex::server::{LiveOptions, LiveSessionOptions};
use leptos_convex::{CallError, Query};

use super::MailLinkPages;

/// The treatment of `?ott=`, a session from another domain, in the address of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OneTimeTokens {
    /// The parameter is the page's own.
    #[default]
    Ignore,
    /// It leaves the address unused, so that neither the history nor a copied link keeps it.
    Drop,
    /// It is exchanged for a session, for a backend with the `crossDomain` plugin whose people also sign in on another
    /// domain, and leaves the address. Such a link signs in whoever opens it, so a visitor who is signed in already
    /// stays who they are.
    Exchange,
}

/// Configuration of [`ConvexBetterAuth`](crate::server::ConvexBetterAuth). Three addresses are required; everything
/// else has a default.
///
/// ```
/// use leptos_better_auth::server::{AuthConfig, ConfigError, ConvexBetterAuth};
///
/// let config = AuthConfig::default()
///     .with_convex_url("https://name-123.convex.cloud")
///     .with_convex_site_url("https://name-123.convex.site")
///     .with_site_url("https://app.example.com");
/// let auth = ConvexBetterAuth::new(config)?;
/// # let _: ConvexBetterAuth = auth;
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthConfig {
    /// Functions API of the deployment, `CONVEX_URL`: `https://name-123.convex.cloud`.
    pub convex_url: String,
    /// HTTP actions of the deployment, `CONVEX_SITE_URL`: `https://name-123.convex.site`.
    pub convex_site_url: String,
    /// Public address of this app, `SITE_URL`: `https://app.example.com`.
    pub site_url: String,
    /// Where the browser opens its socket, when not at `convex_url`. `Some("")` is this app's own origin.
    pub browser_convex_url: Option<String>,
    /// Path Better Auth is mounted at, here and on the deployment. Default `/api/auth`.
    pub base_path: String,
    /// Better Auth's `advanced.cookiePrefix`. Default `better-auth`.
    pub cookie_prefix: String,
    /// `iss` of the Convex tokens, when the deployment knows itself by another address than
    /// `convex_site_url`.
    pub issuer: Option<String>,
    /// Use of the `convex_jwt` cookie.
    pub jwt_cache: JwtCache,
    /// How long a strict guard may rely on an answer about a session. Default 3 s, at most 10 s; zero asks
    /// each time.
    pub standing_ttl: Duration,
    /// Addresses and networks (`10.0.0.0/8`) of reverse proxies whose `X-Forwarded-*` headers count,
    /// `TRUSTED_PROXIES`. Default none.
    pub trusted_proxies: Vec<String>,
    /// Further origins that may post to this app, besides that of `site_url`. Their hosts are names of this
    /// app, too: a request to any other is taken for one to `site_url`. One with a `*`
    /// (`https://*.example.com`) counts for Better Auth's routes alone, which know such patterns, and names
    /// no host of the app.
    pub trusted_origins: Vec<String>,
    /// What happens to `?ott=` in the address of a page. Default: nothing.
    pub one_time_tokens: OneTimeTokens,
    /// The app's pages for links in mails. Better Auth's own links act on whoever opens them, so the proxy sends them
    /// to these pages, and refuses them where none is named. Default none.
    pub mail_link_pages: MailLinkPages,
    /// Answers queries of visitors who are not signed in from one live subscription, within these bounds; see
    /// [`HttpClient::with_live_queries`](leptos_convex::server::HttpClient::with_live_queries). Default `None`:
    /// every query is a request.
    pub live_queries: Option<LiveOptions>,
    /// Answers what signed-in visitors' pages preload from a live session each, within these bounds: a further load
    /// within a minute costs no request. Needs the token's cookie ([`JwtCache::enabled`]). See
    /// [`LiveSessions`](leptos_convex::server::LiveSessions). Default `None`: every query is a request.
    pub live_sessions: Option<LiveSessionOptions>,
    /// A query without arguments that gives when the session of the caller's token ends, in milliseconds since 1970,
    /// and
    /// `null` when it has ended. With [`live_sessions`](Self::live_sessions), strict guards then ask Better Auth once
    /// for each session cookie, and when this query doubts the session. Default `None`.
    pub session_query: Option<Query<Option<f64>>>,
    /// How long to wait for the deployment.
    pub timeouts: Timeouts,
    /// Largest request body the proxy passes on, in bytes. Default 1 MiB.
    pub body_limit: usize,
}

/// Use of the `convex_jwt` cookie that Better Auth sets beside the session cookie.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JwtCache {
    /// Use the cookie's token while it verifies, in place of one request a page. Default true.
    pub enabled: bool,
    /// A token with less life than this left is replaced while it still works. Default 10 s.
    pub min_remaining: Duration,
    /// A token that ran out less than this ago is used all the same, as `expirationToleranceSeconds` has it.
    /// For a server whose clock is ahead; set [`min_remaining`](Self::min_remaining) to zero, too. Convex
    /// itself grants 5 s and refuses after that, which costs a request. Default zero.
    pub tolerance: Duration,
    /// Errors of a query or mutation that mean "this token is not good" besides Convex's own refusal: a
    /// `ConvexError` your functions throw. A token out of a cookie is then replaced and the call made once
    /// more. Actions run again on Convex's own refusal alone, before which nothing has run. Default none.
    pub is_auth_error: fn(&CallError) -> bool,
    /// An unknown key id asks for the deployment's keys again, but not more often than this: ids are
    /// free to invent. Default 10 s.
    pub keys_floor: Duration,
}

/// How long to wait for the deployment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// Opening a connection. Default 5 s.
    pub connect: Duration,
    /// A token or the public keys; a page waits for these. Default 5 s.
    pub token: Duration,
    /// A proxied or relayed request, until its answer begins, and between two pieces of the answer.
    /// Default 30 s.
    pub request: Duration,
}

impl Default for AuthConfig {
    /// Creates options without the three addresses, which
    /// [`ConvexBetterAuth::new`](crate::server::ConvexBetterAuth::new) asks for.
    fn default() -> Self {
        Self {
            convex_url: String::new(),
            convex_site_url: String::new(),
            site_url: String::new(),
            browser_convex_url: None,
            base_path: "/api/auth".to_owned(),
            cookie_prefix: "better-auth".to_owned(),
            issuer: None,
            jwt_cache: JwtCache::default(),
            standing_ttl: Duration::from_secs(3),
            trusted_proxies: Vec::new(),
            trusted_origins: Vec::new(),
            one_time_tokens: OneTimeTokens::default(),
            mail_link_pages: MailLinkPages::default(),
            live_queries: None,
            live_sessions: None,
            session_query: None,
            timeouts: Timeouts::default(),
            body_limit: 1024 * 1024,
        }
    }
}

impl AuthConfig {
    /// Sets the functions API of the deployment, `CONVEX_URL`.
    #[must_use]
    pub fn with_convex_url(mut self, convex_url: impl Into<String>) -> Self {
        self.convex_url = convex_url.into();
        self
    }

    /// Sets the HTTP actions of the deployment, `CONVEX_SITE_URL`.
    #[must_use]
    pub fn with_convex_site_url(mut self, convex_site_url: impl Into<String>) -> Self {
        self.convex_site_url = convex_site_url.into();
        self
    }

    /// Sets the public address of this app, `SITE_URL`.
    #[must_use]
    pub fn with_site_url(mut self, site_url: impl Into<String>) -> Self {
        self.site_url = site_url.into();
        self
    }

    /// Sets another address for the browser's socket; `""` is this app's own origin.
    #[must_use]
    pub fn with_browser_convex_url(mut self, browser_convex_url: impl Into<String>) -> Self {
        self.browser_convex_url = Some(browser_convex_url.into());
        self
    }

    /// Sets another path for Better Auth.
    #[must_use]
    pub fn with_base_path(mut self, base_path: impl Into<String>) -> Self {
        self.base_path = base_path.into();
        self
    }

    /// Sets Better Auth's `advanced.cookiePrefix`.
    #[must_use]
    pub fn with_cookie_prefix(mut self, cookie_prefix: impl Into<String>) -> Self {
        self.cookie_prefix = cookie_prefix.into();
        self
    }

    /// Sets the `iss` of the Convex tokens.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets how the `convex_jwt` cookie is used.
    #[must_use]
    pub fn with_jwt_cache(mut self, jwt_cache: JwtCache) -> Self {
        self.jwt_cache = jwt_cache;
        self
    }

    /// Sets how long a strict guard may rely on an answer about a session.
    #[must_use]
    pub fn with_standing_ttl(mut self, standing_ttl: Duration) -> Self {
        self.standing_ttl = standing_ttl;
        self
    }

    /// Sets the reverse proxies whose `X-Forwarded-*` headers count.
    #[must_use]
    pub fn with_trusted_proxies(
        mut self,
        trusted_proxies: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.trusted_proxies = trusted_proxies.into_iter().map(Into::into).collect();
        self
    }

    /// Sets further origins that may post to this app.
    #[must_use]
    pub fn with_trusted_origins(
        mut self,
        trusted_origins: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.trusted_origins = trusted_origins.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how `?ott=` is treated.
    #[must_use]
    pub fn with_one_time_tokens(mut self, one_time_tokens: OneTimeTokens) -> Self {
        self.one_time_tokens = one_time_tokens;
        self
    }

    /// Sets the app's pages for links in mails.
    #[must_use]
    pub fn with_mail_link_pages(mut self, mail_link_pages: MailLinkPages) -> Self {
        self.mail_link_pages = mail_link_pages;
        self
    }

    /// Turns on live queries for visitors who are not signed in.
    #[must_use]
    pub fn with_live_queries(mut self, live_queries: LiveOptions) -> Self {
        self.live_queries = Some(live_queries);
        self
    }

    /// Turns on a live session for each visitor who is signed in.
    #[must_use]
    pub fn with_live_sessions(mut self, live_sessions: LiveSessionOptions) -> Self {
        self.live_sessions = Some(live_sessions);
        self
    }

    /// Sets the query by which live sessions tell strict guards that a session has ended.
    #[must_use]
    pub fn with_session_query(mut self, session_query: Query<Option<f64>>) -> Self {
        self.session_query = Some(session_query);
        self
    }

    /// Sets how long to wait for the deployment.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the largest request body the proxy passes on, in bytes.
    #[must_use]
    pub fn with_body_limit(mut self, body_limit: usize) -> Self {
        self.body_limit = body_limit;
        self
    }
}

impl Default for JwtCache {
    fn default() -> Self {
        Self {
            enabled: true,
            min_remaining: Duration::from_secs(10),
            tolerance: Duration::ZERO,
            is_auth_error: |_| false,
            keys_floor: Duration::from_secs(10),
        }
    }
}

impl JwtCache {
    /// Sets whether the cookie's token is used.
    #[must_use]
    pub fn with_enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Sets how much life a token must have left.
    #[must_use]
    pub fn with_min_remaining(mut self, min_remaining: Duration) -> Self {
        self.min_remaining = min_remaining;
        self
    }

    /// Sets how long a token that ran out is used all the same.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets which errors of your functions mean that a token is not good.
    #[must_use]
    pub fn with_is_auth_error(mut self, is_auth_error: fn(&CallError) -> bool) -> Self {
        self.is_auth_error = is_auth_error;
        self
    }

    /// Sets how often an unknown key id asks for the deployment's keys at most.
    #[must_use]
    pub fn with_keys_floor(mut self, keys_floor: Duration) -> Self {
        self.keys_floor = keys_floor;
        self
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            token: Duration::from_secs(5),
            request: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// Sets how long opening a connection may take.
    #[must_use]
    pub fn with_connect(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// Sets how long a page waits for a token or the public keys.
    #[must_use]
    pub fn with_token(mut self, token: Duration) -> Self {
        self.token = token;
        self
    }

    /// Sets how long a proxied or relayed request may take.
    #[must_use]
    pub fn with_request(mut self, request: Duration) -> Self {
        self.request = request;
        self
    }
}
