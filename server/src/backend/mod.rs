//! The Convex backend: a deployment named in the configuration, or the embedded one.

#[cfg(feature = "local-backend")]
mod embedded;
#[cfg(not(feature = "local-backend"))]
#[path = "absent.rs"]
mod embedded;

use std::{collections::BTreeMap, path::PathBuf};

use app::{api, paths};
use axum::Router;
use leptos_better_auth::server::{
    AuthConfig, ConvexBetterAuth, JwtCache, MailLinkPages, OneTimeTokens,
};
use leptos_convex::{CallError, Value, server::LiveOptions};
use thiserror::Error;

use crate::mailbox; // dev
use crate::{
    StartError,
    config::{Config, ConfigError, Deployment, LogFormat},
    loopback,
};
use embedded::Embedded;
pub(crate) use embedded::tell_client;

/// An error at the start of the embedded backend.
#[derive(Debug, Error)]
#[error("the embedded backend did not start: {message}")]
pub struct BackendError {
    message: String,
}

impl BackendError {
    #[cfg_attr(
        not(feature = "local-backend"),
        expect(dead_code, reason = "nothing to start")
    )]
    fn new(error: &dyn std::error::Error) -> Self {
        Self {
            message: error.to_string(),
        }
    }
}

/// A running or remote Convex backend.
#[derive(Debug)]
pub enum Backend {
    /// A deployment; only its URLs are known.
    Deployment(Deployment),
    /// The embedded backend, in this process.
    Embedded(Embedded),
}

/// The longest request to Better Auth, in bytes. Its own are far shorter, and a slow one takes memory until it is
/// whole.
const LONGEST_REQUEST: usize = 64 * 1024;

/// Configures the server half of the accounts for a backend.
pub(crate) fn auth(
    config: &Config,
    site_url: &str,
    backend: &Backend,
) -> Result<ConvexBetterAuth, StartError> {
    let urls = backend.urls();
    let jwt_cache = JwtCache::default()
        .with_tolerance(config.convex.jwt_tolerance())
        .with_is_auth_error(knows_nobody);
    let mail_link_pages = MailLinkPages::default()
        .with_magic_link(paths::LINK_SIGN_IN)
        .with_verify_email(paths::CONFIRM_EMAIL);
    let origins = loopback::aliases(site_url);
    let mut auth = AuthConfig::default()
        .with_convex_url(&urls.convex_url)
        .with_convex_site_url(&urls.convex_site_url)
        .with_site_url(site_url)
        .with_browser_convex_url(backend.browser_url())
        // The sign-in page runs the same query for every visitor.
        .with_live_queries(LiveOptions::default())
        // No other domain signs people in to this app.
        .with_one_time_tokens(OneTimeTokens::Drop)
        .with_session_query(api::auth::session_ends())
        .with_jwt_cache(jwt_cache)
        .with_mail_link_pages(mail_link_pages)
        .with_body_limit(LONGEST_REQUEST)
        .with_trusted_proxies(&config.trusted_proxies)
        .with_trusted_origins(origins.into_iter().chain(config.trusted_origins()));
    auth.live_sessions = config.live_sessions();
    auth.issuer = config.convex.jwt_issuer().map(str::to_owned);
    Ok(ConvexBetterAuth::new(auth)?)
}

/// Returns whether an error is the one that the functions of `convex/` throw when a token's session has ended.
fn knows_nobody(error: &CallError) -> bool {
    error.as_convex_error().is_some_and(|thrown| {
        thrown.data.get("code").and_then(Value::as_str) == Some("UNAUTHENTICATED")
    })
}

/// The options of the embedded backend.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "local-backend"),
    expect(dead_code, reason = "nothing to start")
)]
struct Options {
    /// The environment of the functions.
    env: BTreeMap<String, String>,
    /// The origins whose pages may use its ports.
    origins: Vec<String>,
    sockets_per_address: usize,
    /// The public URL of the app.
    site_url: String,
    convex_dir: PathBuf,
    /// The data folder; next to the functions by default.
    data_dir: Option<PathBuf>,
}

impl Options {
    fn of(config: &Config, site_url: &str) -> Result<Self, ConfigError> {
        let exact = config.trusted_origins().into_iter();
        let exact = exact.filter(|origin| !origin.contains('*'));
        Ok(Self {
            env: functions_env(config, site_url)?,
            origins: exact.chain([site_url.to_owned()]).collect(),
            sockets_per_address: config.sockets_per_address,
            site_url: site_url.to_owned(),
            convex_dir: config.convex.convex_dir.clone(),
            data_dir: config.convex.data_dir.clone(),
        })
    }
}

/// Returns the environment of the embedded backend's functions. It replaces `npx convex env set`, and takes precedence
/// over variables that `convex-local env set` has stored.
fn functions_env(config: &Config, site_url: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    config.check_providers()?;
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut env: BTreeMap<String, String> = config.functions_env.iter().map(own).collect();
    env.insert("SITE_URL".to_owned(), site_url.to_owned());
    let mut origins = loopback::aliases(site_url);
    origins.extend(config.trusted_origins());
    if !origins.is_empty() {
        let list: Vec<&str> = origins.iter().map(|it| it.trim_end_matches('/')).collect();
        env.insert("BETTER_AUTH_TRUSTED_ORIGINS".to_owned(), list.join(","));
    }
    mailbox::tell_functions(&mut env, config, site_url); // dev
    Ok(env)
}

/// Prints a text at the terminal, or logs it if the log is JSON.
fn say(config: &Config, text: &str) {
    match config.log_format {
        LogFormat::Text => println!("{text}"),
        LogFormat::Json => tracing::info!("{text}"),
    }
}

impl Backend {
    /// Chooses the backend, starts it if it is the embedded one, and prints the choice and its reason.
    ///
    /// # Errors
    ///
    /// When the configuration is half-set or the embedded backend does not start.
    pub async fn start(config: &Config, site_url: &str) -> Result<Self, StartError> {
        if let Some(deployment) = config.deployment()? {
            say(
                config,
                &format!(
                    "Convex: the deployment {} (CONVEX_URL is set)",
                    deployment.convex_url
                ),
            );
            return Ok(Self::Deployment(deployment));
        }
        let embedded = Embedded::start(Options::of(config, site_url)?).await?;
        let urls = embedded.urls();
        say(
            config,
            &format!(
                "Convex: the embedded backend on {} (CONVEX_URL is not set), data in {}",
                urls.convex_url,
                embedded.data_dir().display(),
            ),
        );
        Ok(Self::Embedded(embedded))
    }

    /// Returns the URLs at which this server reaches the backend.
    #[must_use]
    pub fn urls(&self) -> &Deployment {
        match self {
            Self::Deployment(deployment) => deployment,
            Self::Embedded(embedded) => embedded.urls(),
        }
    }

    /// Returns the origin to which browsers open the WebSocket: the deployment's, or empty for our own origin, so that
    /// an embedded backend needs only one public address.
    #[must_use]
    pub fn browser_url(&self) -> &str {
        match self {
            Self::Deployment(deployment) => &deployment.convex_url,
            Self::Embedded(_) => "",
        }
    }

    /// Returns the origins that pages connect to and load files from, besides this site.
    #[must_use]
    pub fn origins(&self, site_url: &str) -> Vec<&str> {
        let urls = self.urls();
        match self {
            Self::Embedded(_) if loopback::aliases(site_url).is_empty() => Vec::new(),
            _ => vec![urls.convex_url.as_str(), &urls.convex_site_url],
        }
    }

    /// Returns `/api/{version}/sync` of the embedded backend; nothing for a deployment.
    pub fn sync_routes(&self) -> Router {
        match self {
            Self::Deployment(_) => Router::new(),
            Self::Embedded(embedded) => embedded.sync_routes(),
        }
    }

    /// Returns `/api/storage/…` of the embedded backend; nothing for a deployment, which serves files itself.
    pub fn files_routes(&self) -> Router {
        match self {
            Self::Deployment(_) => Router::new(),
            Self::Embedded(embedded) => embedded.files_routes(),
        }
    }

    /// Returns the embedded backend's URL and its admin key, which is a secret.
    #[must_use]
    pub fn admin(&self) -> Option<(&str, &str)> {
        match self {
            Self::Deployment(_) => None,
            Self::Embedded(embedded) => Some((&embedded.urls().convex_url, embedded.admin_key())),
        }
    }

    /// Returns `embedded` or `deployment`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Deployment(_) => "deployment",
            Self::Embedded(_) => "embedded",
        }
    }

    /// Stops the embedded backend and waits for it.
    pub async fn shutdown(self) {
        if let Self::Embedded(embedded) = self {
            embedded.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FunctionsEnv;
    use clap::Parser as _;

    fn env(args: &[&str], site_url: &str) -> BTreeMap<String, String> {
        let mut config =
            Config::try_parse_from([&["server"], args].concat()).expect("the arguments parse");
        let set = [("RESEND_API_KEY", "re_1"), ("SITE_URL", "http://elsewhere")];
        config.functions_env = set
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect::<FunctionsEnv>();
        functions_env(&config, site_url).expect("valid")
    }

    #[test]
    fn functions_get_the_variables_that_are_meant_for_them() {
        let args = ["--trusted-origins=https://a.example, https://*.b.example"];
        let env = env(&args, "https://app.example.com");
        let seen: Vec<_> = env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let expected = [
            "BETTER_AUTH_TRUSTED_ORIGINS=https://a.example,https://*.b.example",
            "RESEND_API_KEY=re_1",
            "SITE_URL=https://app.example.com",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn on_a_local_site_all_names_of_this_machine_are_trusted() {
        let local = env(&[], "http://localhost:3000");
        let origins = &local["BETTER_AUTH_TRUSTED_ORIGINS"];
        assert!(origins.contains("http://127.0.0.1:3000"), "{origins}");
    }
}
