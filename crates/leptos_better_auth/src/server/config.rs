//! What the server half has to be told, checked once at start.

use std::time::Duration;

use http::HeaderValue;
use ipnet::IpNet;
use leptos_convex::server::{LiveOptions, LiveSessionOptions};
use leptos_convex::{CallError, Query};
use reqwest::Url;

use super::mail_links::MailLinkPages;
use crate::redirect::origin_of;

/// A session that was revoked must not go on for longer than this behind a strict guard.
const MAX_STANDING_TTL: Duration = Duration::from_secs(10);

/// Configuration of [`ConvexBetterAuth`](super::ConvexBetterAuth). Start from [`AuthConfig::new`] and
/// change single fields.
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
    /// Whether `?ott=` on a page is exchanged for a session, for a backend with the `crossDomain` plugin whose
    /// people also sign in on another domain. Such a link signs in whoever opens it, so a visitor who is
    /// signed in already stays who they are. Default false.
    pub one_time_tokens: bool,
    /// The app's pages for links in mails. Better Auth's own links act on whoever opens them, so the proxy sends them
    /// to these pages, and refuses them where none is named. Default none.
    pub mail_link_pages: MailLinkPages,
    /// Answers queries of visitors who are not signed in from one live subscription, within these bounds; see
    /// [`HttpClient::with_live_queries`](leptos_convex::server::HttpClient::with_live_queries). Default `None`:
    /// every query is a request.
    pub live_queries: Option<LiveOptions>,
    /// Answers what signed-in visitors' pages preload from a live session each, within these bounds: a further load
    /// within a minute costs no request. See [`LiveSessions`](leptos_convex::server::LiveSessions). Default `None`:
    /// every query is a request.
    pub live_sessions: Option<LiveSessionOptions>,
    /// A query without arguments that gives when the session of the caller's token ends, in milliseconds since 1970, and
    /// `null` when it has ended. With [`live_sessions`](Self::live_sessions), strict guards then ask Better Auth once for
    /// each session cookie, and when this query doubts the session. Default `None`.
    pub session_query: Option<Query<Option<f64>>>,
    /// How long to wait for the deployment.
    pub timeouts: Timeouts,
    /// Largest request body the proxy passes on, in bytes. Default 1 MiB.
    pub body_limit: usize,
}

/// Use of the `convex_jwt` cookie that Better Auth sets beside the session cookie.
#[derive(Clone, Debug)]
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
pub struct Timeouts {
    /// Opening a connection. Default 5 s.
    pub connect: Duration,
    /// A token or the public keys; a page waits for these. Default 5 s.
    pub token: Duration,
    /// A proxied or relayed request, until its answer begins, and between two pieces of the answer.
    /// Default 30 s.
    pub request: Duration,
}

impl AuthConfig {
    /// The defaults for a deployment and the app's public address.
    pub fn new(
        convex_url: impl Into<String>,
        convex_site_url: impl Into<String>,
        site_url: impl Into<String>,
    ) -> Self {
        Self {
            convex_url: convex_url.into(),
            convex_site_url: convex_site_url.into(),
            site_url: site_url.into(),
            browser_convex_url: None,
            base_path: "/api/auth".to_owned(),
            cookie_prefix: "better-auth".to_owned(),
            issuer: None,
            jwt_cache: JwtCache {
                enabled: true,
                min_remaining: Duration::from_secs(10),
                tolerance: Duration::ZERO,
                is_auth_error: |_| false,
                keys_floor: Duration::from_secs(10),
            },
            standing_ttl: Duration::from_secs(3),
            trusted_proxies: Vec::new(),
            trusted_origins: Vec::new(),
            one_time_tokens: false,
            mail_link_pages: MailLinkPages::default(),
            live_queries: None,
            live_sessions: None,
            session_query: None,
            timeouts: Timeouts {
                connect: Duration::from_secs(5),
                token: Duration::from_secs(5),
                request: Duration::from_secs(30),
            },
            body_limit: 1024 * 1024,
        }
    }
}

/// Why a configuration was refused. The texts say what to set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A required address is empty.
    #[error(
        "{0} is not set. `npx convex dev` writes it to .env.local; without it, start the local backend."
    )]
    Missing(&'static str),
    /// Not an absolute http(s) URL.
    #[error("{name} must be an absolute http:// or https:// URL, but is {value:?}.")]
    NotAUrl {
        /// The variable.
        name: &'static str,
        /// What it was set to.
        value: String,
    },
    /// The functions URL where the site URL belongs.
    #[error(
        "CONVEX_SITE_URL should be set to your Convex site URL, which ends in .convex.site. \
         Currently set to {0}, which is the URL of the functions API (CONVEX_URL)."
    )]
    SiteUrlIsCloudUrl(String),
    /// The site URL where the functions URL belongs.
    #[error(
        "CONVEX_URL should be set to your Convex deployment URL, which ends in .convex.cloud. \
         Currently set to {0}, which is the URL of the HTTP actions (CONVEX_SITE_URL)."
    )]
    CloudUrlIsSiteUrl(String),
    /// Not usable as a route.
    #[error("The base path of Better Auth must look like /api/auth, but is {0:?}.")]
    BasePath(String),
    /// Neither an address nor a network.
    #[error("TRUSTED_PROXIES takes addresses and networks such as 10.0.0.0/8; {0:?} is neither.")]
    TrustedProxy(String),
    /// The HTTP client could not be built.
    #[error("The HTTP client could not be set up: {0}")]
    HttpClient(String),
}

/// [`AuthConfig`] after checking, in the shapes the rest needs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) convex_url: String,
    pub(crate) browser_convex_url: String,
    /// Origin of the HTTP actions, without a slash at the end.
    pub(crate) upstream: String,
    pub(crate) site_url: String,
    pub(crate) site_origin: String,
    /// `host[:port]` of the site, as a `Host` header has it.
    pub(crate) site_host: String,
    pub(crate) base_path: String,
    pub(crate) cookie_prefix: String,
    pub(crate) issuer: String,
    pub(crate) jwt_cache: JwtCache,
    pub(crate) standing_ttl: Duration,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) trusted_origins: Vec<String>,
    /// What stands before and after the `*` of a trusted pattern.
    trusted_patterns: Vec<(String, String)>,
    pub(crate) one_time_tokens: bool,
    pub(crate) mail_link_pages: MailLinkPages,
    pub(crate) live_queries: Option<LiveOptions>,
    pub(crate) live_sessions: Option<LiveSessionOptions>,
    pub(crate) session_query: Option<Query<Option<f64>>>,
    pub(crate) timeouts: Timeouts,
    pub(crate) body_limit: usize,
}

impl Settings {
    pub(crate) fn check(config: AuthConfig) -> Result<Self, ConfigError> {
        let convex_url = parse_url("CONVEX_URL", &config.convex_url)?;
        let upstream = parse_url("CONVEX_SITE_URL", &config.convex_site_url)?;
        let site = parse_url("SITE_URL", &config.site_url)?;
        refuse_swapped(&convex_url, &upstream)?;
        let upstream = trimmed(&upstream);
        let convex_url = trimmed(&convex_url);
        Ok(Self {
            browser_convex_url: config
                .browser_convex_url
                .unwrap_or_else(|| convex_url.clone()),
            convex_url,
            issuer: config.issuer.unwrap_or_else(|| upstream.clone()),
            upstream,
            site_url: trimmed(&site),
            site_origin: site.origin().ascii_serialization(),
            site_host: host_and_port(&site),
            base_path: normal_base_path(&config.base_path)?,
            cookie_prefix: config.cookie_prefix,
            jwt_cache: config.jwt_cache,
            standing_ttl: config.standing_ttl.min(MAX_STANDING_TTL),
            trusted_proxies: parse_proxies(&config.trusted_proxies)?,
            trusted_patterns: patterns(&config.trusted_origins),
            trusted_origins: parse_origins(&config.trusted_origins)?,
            one_time_tokens: config.one_time_tokens,
            mail_link_pages: config.mail_link_pages,
            live_queries: config.live_queries,
            live_sessions: config.live_sessions,
            session_query: config.session_query,
            timeouts: config.timeouts,
            body_limit: config.body_limit,
        })
    }

    /// Path in [`upstream`](Self::upstream), usually none.
    pub(crate) fn upstream_path(&self) -> &str {
        origin_of(&self.upstream).map_or("", |origin| &self.upstream[origin.len()..])
    }

    /// URL of a Better Auth route on the deployment; `path` begins with a slash.
    pub(crate) fn auth_url(&self, path: &str) -> String {
        format!("{}{}{path}", self.upstream, self.base_path)
    }

    pub(crate) fn site_scheme(&self) -> &str {
        self.site_origin
            .split_once("://")
            .map_or("http", |(scheme, _)| scheme)
    }

    /// The app's own scheme and host (`host[:port]`) by the name a request uses, `None` for a name that is not
    /// the app's.
    pub(crate) fn origin_by_host(&self, host: &HeaderValue) -> Option<(&str, &str)> {
        let host = host.to_str().ok()?;
        let own = [&self.site_origin].into_iter().chain(&self.trusted_origins);
        own.filter_map(|origin| origin.split_once("://"))
            .find(|(_, name)| name.eq_ignore_ascii_case(host))
    }

    /// Whether `origin`, as a browser sends it, is the app's own or a trusted one.
    pub(crate) fn trusts(&self, origin: &str) -> bool {
        let same = |trusted: &String| trusted.eq_ignore_ascii_case(origin);
        same(&self.site_origin) || self.trusted_origins.iter().any(same)
    }

    /// [`trusts`](Self::trusts), for Better Auth's routes.
    pub(crate) fn trusts_for_better_auth(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        let host_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let matches = |(head, tail): &(String, String)| {
            let wild = origin.strip_prefix(head.as_str());
            let wild = wild.and_then(|rest| rest.strip_suffix(tail.as_str()));
            wild.is_some_and(|wild| !wild.is_empty() && wild.chars().all(host_part))
        };
        self.trusts(&origin) || self.trusted_patterns.iter().any(matches)
    }

    /// The site's origin as the `Origin` header of a relayed form.
    pub(crate) fn origin_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.site_origin).ok()
    }
}

fn parse_url(name: &'static str, value: &str) -> Result<Url, ConfigError> {
    let value = value.trim();
    if value.is_empty() {
        return Err(ConfigError::Missing(name));
    }
    Url::parse(value)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        .ok_or_else(|| ConfigError::NotAUrl {
            name,
            value: value.to_owned(),
        })
}

/// The two addresses of a deployment differ by one word and are easily swapped.
fn refuse_swapped(convex_url: &Url, site_url: &Url) -> Result<(), ConfigError> {
    let ends_in =
        |url: &Url, suffix: &str| url.host_str().is_some_and(|host| host.ends_with(suffix));
    if ends_in(site_url, ".convex.cloud") {
        return Err(ConfigError::SiteUrlIsCloudUrl(trimmed(site_url)));
    }
    if ends_in(convex_url, ".convex.site") {
        return Err(ConfigError::CloudUrlIsSiteUrl(trimmed(convex_url)));
    }
    Ok(())
}

fn trimmed(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// As the JavaScript helper does: a slash in front, none at the end.
fn normal_base_path(path: &str) -> Result<String, ConfigError> {
    let trimmed = path.trim().trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
    let usable = !trimmed.is_empty()
        && trimmed.chars().all(plain)
        && !trimmed
            .split('/')
            .any(|part| matches!(part, "" | "." | ".."));
    usable
        .then(|| format!("/{trimmed}"))
        .ok_or_else(|| ConfigError::BasePath(path.to_owned()))
}

fn parse_proxies(list: &[String]) -> Result<Vec<IpNet>, ConfigError> {
    let parse = |text: &String| {
        let text = text.trim();
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
            .map_err(|_| ConfigError::TrustedProxy(text.to_owned()))
    };
    list.iter()
        .filter(|text| !text.trim().is_empty())
        .map(parse)
        .collect()
}

fn parse_origins(list: &[String]) -> Result<Vec<String>, ConfigError> {
    let parse = |text: &String| {
        parse_url("A trusted origin", text).map(|url| url.origin().ascii_serialization())
    };
    list.iter()
        .filter(|text| !text.trim().is_empty() && !text.contains('*'))
        .map(parse)
        .collect()
}

/// The trusted origins with a `*`, if that stands for a part of the host: a scheme is always written out.
fn patterns(list: &[String]) -> Vec<(String, String)> {
    list.iter()
        .map(|text| text.trim().trim_end_matches('/').to_ascii_lowercase())
        .filter(|text| text.starts_with("https://") || text.starts_with("http://"))
        .filter_map(|text| {
            let (head, tail) = text.split_once('*')?;
            (!tail.contains('*')).then(|| (head.to_owned(), tail.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests;
