//! The options of the server half, by name and with defaults.

use std::time::Duration;

use leptos_convex::server::{LiveOptions, LiveSessionOptions};
use leptos_convex::{CallError, Query};

use super::MailLinkPages;

/// The handling of `?ott=`, a session from another domain, in the address of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OneTimeTokens {
    /// The page handles the parameter.
    #[default]
    Ignore,
    /// The parameter is removed from the address unused, so that neither the history nor a copied link contains it.
    Drop,
    /// The parameter is exchanged for a session and removed from the address. This is for a backend with the
    /// `crossDomain` plugin whose users also sign in on another domain. Such a link signs in everybody who opens it, so
    /// a visitor who is already signed in stays signed in.
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
    /// Where the browser opens its socket, if not at `convex_url`. `Some("")` is this app's own origin.
    pub browser_convex_url: Option<String>,
    /// Path Better Auth is mounted at, here and on the deployment. Default `/api/auth`.
    pub base_path: String,
    /// Better Auth's `advanced.cookiePrefix`. Default `better-auth`.
    pub cookie_prefix: String,
    /// `iss` of the Convex tokens, if the deployment uses another address than `convex_site_url`.
    pub issuer: Option<String>,
    /// Use of the `convex_jwt` cookie.
    pub jwt_cache: JwtCache,
    /// How long a strict guard may use an answer about a session. Default 3 s, at most 10 s; zero asks each time.
    pub standing_ttl: Duration,
    /// Addresses and networks (`10.0.0.0/8`) of reverse proxies whose `X-Forwarded-*` headers are accepted,
    /// `TRUSTED_PROXIES`. Default none.
    pub trusted_proxies: Vec<String>,
    /// Further origins that may post to this app, besides that of `site_url`. Their hosts are also names of this app; a
    /// request to any other host is treated as one to `site_url`. An origin with a `*` (`https://*.example.com`)
    /// applies only to Better Auth's routes, which support such patterns, and names no host of the app.
    pub trusted_origins: Vec<String>,
    /// The handling of `?ott=` in the address of a page. Default: none.
    pub one_time_tokens: OneTimeTokens,
    /// The app's pages for links in mails. Better Auth's own links act for everybody who opens them, so the proxy
    /// redirects them to these pages, and refuses links without a page. Default none.
    pub mail_link_pages: MailLinkPages,
    /// Answers queries of visitors who are not signed in from one live subscription, within these limits; see
    /// [`HttpClient::with_live_queries`](leptos_convex::server::HttpClient::with_live_queries). Default `None`: every
    /// query is a request.
    pub live_queries: Option<LiveOptions>,
    /// Answers the preloads of each signed-in visitor from a live session, within these limits: a further load within a
    /// minute costs no request. Needs the token's cookie ([`JwtCache::enabled`]). See
    /// [`LiveSessions`](leptos_convex::server::LiveSessions). Default `None`: every query is a request.
    pub live_sessions: Option<LiveSessionOptions>,
    /// A query without arguments that returns when the session of the caller's token ends, in milliseconds since 1970,
    /// or `null` if it has ended. With [`live_sessions`](Self::live_sessions), strict guards then ask Better Auth only
    /// once for each session cookie, and again if this query returns no time. Default `None`.
    pub session_query: Option<Query<Option<f64>>>,
    /// How long to wait for the deployment.
    pub timeouts: Timeouts,
    /// The largest request body that the proxy passes on, in bytes. Default 1 MiB.
    pub body_limit: usize,
}

/// The use of the `convex_jwt` cookie, which Better Auth sets together with the session cookie.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JwtCache {
    /// Use the cookie's token while it verifies, instead of a request for each page. Default true.
    pub enabled: bool,
    /// A token that expires sooner than this is replaced in advance. Default 10 s.
    pub min_remaining: Duration,
    /// A token that expired less than this ago is still used, like `expirationToleranceSeconds`. For a server whose
    /// clock is ahead; set [`min_remaining`](Self::min_remaining) to zero too. Convex itself tolerates 5 s and refuses
    /// after that, which costs a request. Default zero.
    pub tolerance: Duration,
    /// Errors of a query or mutation that mean "this token is not valid", besides Convex's own refusal: a `ConvexError`
    /// that your functions throw. A token from a cookie is then replaced and the call repeated. Actions are repeated
    /// only after Convex's own refusal, because then nothing has run. Default none.
    pub is_auth_error: fn(&CallError) -> bool,
    /// The minimum time between two requests for the deployment's keys because of an unknown key id, since anybody can
    /// invent ids. Default 10 s.
    pub keys_floor: Duration,
}

/// The time limits for the deployment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For opening a connection. Default 5 s.
    pub connect: Duration,
    /// For a token or the public keys, for which a page waits. Default 5 s.
    pub token: Duration,
    /// For a proxied or relayed request until its answer begins, and between two parts of the answer. Default 30 s.
    pub request: Duration,
}

impl Default for AuthConfig {
    /// Creates options without the three addresses, which
    /// [`ConvexBetterAuth::new`](crate::server::ConvexBetterAuth::new) requires.
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

    /// Sets how long a strict guard may use an answer about a session.
    #[must_use]
    pub fn with_standing_ttl(mut self, standing_ttl: Duration) -> Self {
        self.standing_ttl = standing_ttl;
        self
    }

    /// Sets the reverse proxies whose `X-Forwarded-*` headers are accepted.
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

    /// Sets the handling of `?ott=`.
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

    /// Sets the query by which live sessions notice that a session has ended, for strict guards.
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

    /// Sets the largest request body that the proxy passes on, in bytes.
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

    /// Sets the minimum remaining lifetime of a token.
    #[must_use]
    pub fn with_min_remaining(mut self, min_remaining: Duration) -> Self {
        self.min_remaining = min_remaining;
        self
    }

    /// Sets how long an expired token is still used.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the errors of your functions that mean that a token is not valid.
    #[must_use]
    pub fn with_is_auth_error(mut self, is_auth_error: fn(&CallError) -> bool) -> Self {
        self.is_auth_error = is_auth_error;
        self
    }

    /// Sets the minimum time between two requests for the deployment's keys.
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
