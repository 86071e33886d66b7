//! The configuration of the server half, checked once at start.

use std::time::Duration;

use http::HeaderValue;
use ipnet::IpNet;
use leptos_convex::Query;
use leptos_convex::server::{LiveOptions, LiveSessionOptions};
use reqwest::Url;

use crate::callback_url::origin_of;

mod mail_link_pages;
mod options;

pub use mail_link_pages::MailLinkPages;
pub use options::{AuthConfig, JwtCache, OneTimeTokens, Timeouts};

/// The longest time for which a revoked session may pass a strict guard.
const MAX_STANDING_TTL: Duration = Duration::from_secs(10);

/// The reason why a configuration was refused. The messages name what to set.
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
        /// Its value.
        value: String,
    },
    /// The site URL is the functions URL.
    #[error(
        "CONVEX_SITE_URL should be set to your Convex site URL, which ends in .convex.site. \
         Currently set to {0}, which is the URL of the functions API (CONVEX_URL)."
    )]
    SiteUrlIsCloudUrl(String),
    /// The functions URL is the site URL.
    #[error(
        "CONVEX_URL should be set to your Convex deployment URL, which ends in .convex.cloud. \
         Currently set to {0}, which is the URL of the HTTP actions (CONVEX_SITE_URL)."
    )]
    CloudUrlIsSiteUrl(String),
    /// The base path cannot be used as a route.
    #[error("The base path of Better Auth must look like /api/auth, but is {0:?}.")]
    BasePath(String),
    /// Neither an address nor a network.
    #[error("TRUSTED_PROXIES takes addresses and networks such as 10.0.0.0/8; {0:?} is neither.")]
    TrustedProxy(String),
    /// The HTTP client could not be built.
    #[error("The HTTP client could not be set up: {0}")]
    HttpClient(String),
}

/// A checked [`AuthConfig`], in the types that the server half needs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) convex_url: String,
    pub(crate) browser_convex_url: String,
    /// Origin of the HTTP actions, without a slash at the end.
    pub(crate) upstream: String,
    pub(crate) site_url: String,
    pub(crate) site_origin: String,
    /// `host[:port]` of the site, as in a `Host` header.
    pub(crate) site_host: String,
    pub(crate) base_path: String,
    pub(crate) cookie_prefix: String,
    pub(crate) issuer: String,
    pub(crate) jwt_cache: JwtCache,
    pub(crate) standing_ttl: Duration,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) trusted_origins: Vec<String>,
    /// The parts before and after the `*` of a trusted pattern.
    trusted_patterns: Vec<(String, String)>,
    pub(crate) one_time_tokens: OneTimeTokens,
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

    /// Returns the path in [`upstream`](Self::upstream), usually none.
    pub(crate) fn upstream_path(&self) -> &str {
        origin_of(&self.upstream).map_or("", |origin| &self.upstream[origin.len()..])
    }

    /// Returns the URL of a Better Auth route on the deployment; `path` begins with a slash.
    pub(crate) fn auth_url(&self, path: &str) -> String {
        format!("{}{}{path}", self.upstream, self.base_path)
    }

    pub(crate) fn site_scheme(&self) -> &str {
        self.site_origin
            .split_once("://")
            .map_or("http", |(scheme, _)| scheme)
    }

    /// Returns the app's own scheme and host (`host[:port]`) for the name that a request uses; `None` if the name is
    /// not the app's.
    pub(crate) fn origin_by_host(&self, host: &HeaderValue) -> Option<(&str, &str)> {
        let host = host.to_str().ok()?;
        let own = [&self.site_origin].into_iter().chain(&self.trusted_origins);
        own.filter_map(|origin| origin.split_once("://"))
            .find(|(_, name)| name.eq_ignore_ascii_case(host))
    }

    /// Returns whether `origin`, as a browser sends it, is the app's own or a trusted one.
    pub(crate) fn trusts(&self, origin: &str) -> bool {
        let same = |trusted: &String| trusted.eq_ignore_ascii_case(origin);
        same(&self.site_origin) || self.trusted_origins.iter().any(same)
    }

    /// Does the same as [`trusts`](Self::trusts), for Better Auth's routes.
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

    /// Returns the site's origin as the `Origin` header of a relayed form.
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

/// Refuses swapped addresses, since the two of a deployment differ by one word.
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

/// Normalizes a base path like the JavaScript helper: a slash at the beginning, none at the end.
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

/// Returns the trusted origins with a `*` in the host. The scheme must be complete.
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
