//! The server half: what `convexBetterAuthNextJs({ … })` is to Next.js.
//!
//! [`ConvexBetterAuth`] holds configuration, connections and the deployment's keys for the life of the
//! process. Its [`routes`](ConvexBetterAuth::routes) put Better Auth on this origin; its
//! [`layer`](ConvexBetterAuth::layer) finds out who a request belongs to before a page is rendered.
//! Nothing about one visitor is kept here: that lives in [`RequestAuth`], for one request.

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
    /// Checks the configuration. Connects to nothing yet.
    ///
    /// # Errors
    /// [`ConfigError`] says which value is missing or wrong and what it should be.
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
            // Where every page has a new token, no session would serve two of them.
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

    /// Adds accounts to an app: `pages`, which renders pages and answers server functions, behind the
    /// [`layer`](Self::layer) and, outermost, [`same_origin`]; beside it the [`routes`](Self::routes) of Better Auth,
    /// which answer for themselves. The fallback of `pages` stays.
    ///
    /// Mount the three by themselves where something else must come in between.
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

    /// Returns the proxy for `{base_path}/{*path}`, usable in any axum app: every method Better Auth routes,
    /// bodies streamed both ways, redirects and every `Set-Cookie` passed through.
    ///
    /// What may change something must come from this site, with cookies or without, and is refused with 403
    /// otherwise before anything is sent: `Origin`, else `Sec-Fetch-Site`, else `Referer` says so, and a browser's
    /// request has one of them. The exception are the routes a provider posts to, `/callback/{id}` and
    /// `/oauth2/callback/{id}`. Of the visitor's cookies Better Auth's own go on, by their prefix.
    ///
    /// Other answers of its own are 413 (body over the limit), 502 (deployment unreachable), 504 (too slow), 404
    /// and 405, as Better Auth's error JSON or, for a navigation, as a page.
    ///
    /// The visitor's address comes from axum's `ConnectInfo<SocketAddr>`: serve with
    /// `into_make_service_with_connect_info`, else rate limiting sees one visitor.
    pub fn routes(&self) -> Router {
        proxy::routes(self.clone())
    }

    /// Returns middleware for everything that renders pages or answers server functions.
    ///
    /// Puts [`RequestAuth`] into the request's extensions, where the helpers find it; for a page it finds
    /// out first who is asking (without I/O for visitors without a session cookie and while the token
    /// cookie verifies). On the way back it passes refreshed cookies on, deletes cookies that are good
    /// for nothing, and keeps personal answers out of every cache.
    pub fn layer(&self) -> AuthLayer {
        AuthLayer(self.clone())
    }

    /// Returns whether a request signs the visitor out at Better Auth's own route, `POST {base_path}/sign-out`. For
    /// middleware that ends what the app itself keeps for a session.
    pub fn is_sign_out(&self, method: &Method, path: &str) -> bool {
        let route = path.strip_prefix(self.settings().base_path.as_str());
        *method == Method::POST && route.is_some_and(|route| route.trim_matches('/') == "sign-out")
    }

    /// Returns whether a path belongs to Better Auth's routes on this origin.
    pub fn serves(&self, path: &str) -> bool {
        path.strip_prefix(self.settings().base_path.as_str())
            .is_some_and(|route| route.starts_with('/'))
    }

    /// Returns whether people reach the app by https.
    pub fn site_is_https(&self) -> bool {
        self.settings().site_scheme() == "https"
    }

    /// Returns the path of a request as it may stand in a log: below the base path the first segment is the last one
    /// shown, because links of mails carry their secret after it.
    pub fn loggable_path<'a>(&self, path: &'a str) -> std::borrow::Cow<'a, str> {
        logged_path::loggable(path, &self.settings().base_path)
    }

    /// Returns the visitor's address: the peer's of axum's `ConnectInfo<SocketAddr>`, or what a reverse proxy of
    /// [`AuthConfig::trusted_proxies`] says. `None` without `ConnectInfo`.
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

    /// Returns what [`AuthConfig::live_sessions`] are good for; `None` without them.
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
