//! The server half, the counterpart of `convexBetterAuthNextJs({ … })` in Next.js.
//!
//! [`ConvexBetterAuth`] holds configuration, connections and the deployment's keys as long as the process runs. Its
//! [`routes`](ConvexBetterAuth::routes) put Better Auth on this origin. Its [`layer`](ConvexBetterAuth::layer)
//! determines the user of a request before a page is rendered. The data of one visitor are in [`RequestAuth`], for one
//! request.

use std::net::IpAddr;
use std::sync::Arc;

use axum::{Router, middleware};
use http::request::Parts;
use http::{HeaderValue, Method};
use leptos_convex::server::{HttpClient, LiveSessionCounts};
use tower::ServiceBuilder;

mod admit;
mod auth_client;
mod config;
mod cookies;
pub mod forms;
mod headers;
mod helpers;
mod in_step;
mod keys;
mod layer;
mod live;
mod logged_path;
mod mail_links;
mod one_time;
mod origin;
mod problem;
mod proxy;
mod random;
mod relay;
mod request_auth;
mod standing;
mod token;
mod upstream;
mod verified;
mod visitor;

pub use auth_client::auth_client;
pub use config::{AuthConfig, ConfigError, JwtCache, MailLinkPages, OneTimeTokens, Timeouts};
pub use cookies::request_cookies;
pub(crate) use helpers::{Retry, current, with_token};
pub use helpers::{
    fetch_auth_action, fetch_auth_mutation, fetch_auth_query, get_token, is_authenticated,
};
pub use layer::{AuthLayer, AuthService};
pub use origin::same_origin;
pub(crate) use random::random_bytes;
pub use request_auth::RequestAuth;
pub(crate) use request_auth::{Resolution, state_of};

use config::Settings;
use keys::Keys;
use live::Live;
use standing::Standings;

/// Better Auth on Convex, for one app. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConvexBetterAuth(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    http: reqwest::Client,
    keys: Arc<Keys>,
    convex: HttpClient,
    standings: Standings,
    live: Option<Live>,
}

impl ConvexBetterAuth {
    /// Checks the configuration. It does not connect yet.
    ///
    /// # Errors
    /// [`ConfigError`], which names the missing or wrong value and what it should be.
    pub fn new(config: AuthConfig) -> Result<Self, ConfigError> {
        let settings = Settings::check(config)?;
        let http = upstream::http_client(&settings)?;
        let keys = Arc::new(Keys::new(http.clone(), &settings));
        let convex = HttpClient::new(&settings.convex_url)
            .map_err(|error| ConfigError::HttpClient(error.to_string()))?;
        let convex = match settings.live_queries {
            Some(options) => convex.with_live_queries(options),
            None => convex,
        };
        let live = match settings.live_sessions {
            // If every page has a new token, no session could be used for two of them.
            Some(options) if settings.jwt_cache.enabled => {
                let secure = settings.site_scheme() == "https";
                let live = Live::new(&convex, options, &settings.cookie_prefix, secure);
                Some(live.map_err(|error| ConfigError::HttpClient(error.to_string()))?)
            }
            _ => None,
        };
        Ok(Self(Arc::new(Inner {
            standings: Standings::new(settings.standing_ttl),
            settings,
            http,
            keys,
            convex,
            live,
        })))
    }

    /// Adds accounts to an app. `pages`, which renders pages and answers server functions, is placed behind the
    /// [`layer`](Self::layer) and, outermost, [`same_origin`]. The [`routes`](Self::routes) of Better Auth are placed
    /// next to it. The fallback of `pages` stays.
    ///
    /// Add the three one by one if something else must come in between.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use leptos_better_auth::server::ConvexBetterAuth;
    ///
    /// fn app(auth: &ConvexBetterAuth) -> Router {
    ///     let pages = Router::new().route("/", get(|| async { "a page" }));
    ///     auth.mount(pages)
    /// }
    /// ```
    pub fn mount(&self, pages: Router) -> Router {
        let same_origin = middleware::from_fn_with_state(self.clone(), same_origin);
        pages
            .layer(ServiceBuilder::new().layer(same_origin).layer(self.layer()))
            .merge(self.routes())
    }

    /// Returns the proxy for `{base_path}/{*path}`, usable in any axum app: every method of Better Auth's routes,
    /// requests sent whole, answers streamed, redirects and every `Set-Cookie` passed through.
    ///
    /// A request that may change something must come from this site, with or without cookies. Otherwise it is refused
    /// with 403 before anything is sent. This is checked by `Origin`, otherwise by `Sec-Fetch-Site` or `Referer`; a
    /// browser sends one of them. The exceptions are the routes that a provider posts to, `/callback/{id}` and
    /// `/oauth2/callback/{id}`. Only Better Auth's own cookies are passed on, which are recognised by their prefix.
    ///
    /// The proxy's own answers are 413 (body over the limit), 502 (deployment unreachable), 504 (too slow), 404 and
    /// 405, as Better Auth's error JSON or, for a navigation, as a page.
    ///
    /// The visitor's address comes from axum's `ConnectInfo<SocketAddr>`: serve with
    /// `into_make_service_with_connect_info`, otherwise rate limiting sees only one visitor.
    pub fn routes(&self) -> Router {
        proxy::routes(self.clone())
    }

    /// Returns middleware for everything that renders pages or answers server functions.
    ///
    /// It puts [`RequestAuth`] into the request's extensions for the helpers. For a page it first determines the user,
    /// without I/O if there is no session cookie or the token cookie verifies. To the response it adds refreshed
    /// cookies, deletes invalid cookies, and keeps personal answers out of every cache.
    pub fn layer(&self) -> AuthLayer {
        AuthLayer(self.clone())
    }

    /// Returns whether a request signs the visitor out at Better Auth's own route, `POST {base_path}/sign-out`. For
    /// middleware that deletes data that the app keeps for a session.
    pub fn is_sign_out(&self, method: &Method, path: &str) -> bool {
        let route = path.strip_prefix(self.settings().base_path.as_str());
        *method == Method::POST && route.is_some_and(|route| route.trim_matches('/') == "sign-out")
    }

    /// Returns whether a path belongs to Better Auth's routes on this origin.
    pub fn serves(&self, path: &str) -> bool {
        path.strip_prefix(self.settings().base_path.as_str())
            .is_some_and(|route| route.starts_with('/'))
    }

    /// Returns whether the app's public address is https.
    pub fn site_is_https(&self) -> bool {
        self.settings().site_scheme() == "https"
    }

    /// Returns the path of a request for the log. Below the base path only the first segment is shown, because links in
    /// mails have their secret after it.
    pub fn loggable_path<'a>(&self, path: &'a str) -> std::borrow::Cow<'a, str> {
        logged_path::loggable(path, &self.settings().base_path)
    }

    /// Returns the visitor's address: the peer's of axum's `ConnectInfo<SocketAddr>`, or the one from a reverse proxy
    /// of [`AuthConfig::trusted_proxies`]. `None` without `ConnectInfo`.
    #[must_use]
    pub fn client_address(&self, parts: &Parts) -> Option<IpAddr> {
        visitor::address(parts, self.settings())
    }

    /// Returns whether a reverse proxy of [`AuthConfig::trusted_proxies`] sent the request.
    #[must_use]
    pub fn comes_from_proxy(&self, parts: &Parts) -> bool {
        visitor::comes_from_proxy(parts, self.settings())
    }

    /// Returns whether `origin`, as browsers write it, is this site's or one of [`AuthConfig::trusted_origins`].
    #[must_use]
    pub fn is_own_origin(&self, origin: &str) -> bool {
        self.settings().trusts(&origin.to_ascii_lowercase())
    }

    /// Returns whether `host` (`name[:port]`) is the host of this site or of one of [`AuthConfig::trusted_origins`].
    #[must_use]
    pub fn is_own_host(&self, host: &HeaderValue) -> bool {
        self.settings().origin_by_host(host).is_some()
    }

    /// Returns the metrics of [`AuthConfig::live_sessions`]; `None` without them.
    #[must_use]
    pub fn live_sessions(&self) -> Option<LiveSessionCounts> {
        self.live().map(Live::counts)
    }

    pub(crate) fn live(&self) -> Option<&Live> {
        self.0.live.as_ref()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(crate) fn convex(&self) -> &HttpClient {
        &self.0.convex
    }

    pub(crate) fn standings(&self) -> &Standings {
        &self.0.standings
    }

    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.0.keys
    }
}
