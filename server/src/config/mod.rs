//! All settings, read and documented in one place.
//!
//! Values come from the command line, the environment and the file `.env.local` (where the Convex CLI writes a
//! deployment's URLs), in that order. `server --help` prints this struct.

mod convex;
mod file;
mod functions;
mod secret;
mod site;

use std::{ffi::OsString, net::SocketAddr, time::Duration};

use app::account::PROVIDERS;
use clap::{CommandFactory, FromArgMatches, Parser};
use env_file::EnvFile;
use leptos_convex::server::LiveSessionOptions;
use thiserror::Error;
use url::Url;

pub use convex::{ConvexConfig, Deployment, UpstreamUrl};
pub use functions::FunctionsEnv;
pub use secret::Secret;
pub use site::SiteConfig;

use crate::loopback;

/// The file that is read besides the environment.
const ENV_FILE: &str = ".env.local";

/// The web server of the app.
#[derive(Clone, Debug, Parser)]
#[command(name = "server", version)]
pub struct Config {
    /// Address and port to listen on
    #[arg(
        long,
        env = "LEPTOS_SITE_ADDR",
        value_name = "ADDR",
        default_value = "127.0.0.1:3000"
    )]
    pub addr: SocketAddr,

    /// Public URL of the app as people type it; cookies, redirects and origin checks follow it
    /// [default: http://localhost:PORT]
    #[arg(long, env = "SITE_URL", value_name = "URL", value_parser = parse_site_url)]
    site_url: Option<SiteUrl>,

    /// Allow an address that other machines reach although SITE_URL is a name of this machine, as in a container whose
    /// port is mapped to localhost
    #[arg(long, env = "ALLOW_LOCALHOST_SITE_URL", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", default_value = "false", action = clap::ArgAction::Set,
          value_parser = clap::builder::BoolishValueParser::new())]
    allow_localhost_site_url: bool,

    /// The Convex backend
    #[command(flatten)]
    pub convex: ConvexConfig,

    /// Addresses or networks of reverse proxies whose `X-Forwarded-*` headers are accepted, separated by commas (for
    /// example `10.0.0.0/8,127.0.0.1`)
    #[arg(
        long,
        env = "TRUSTED_PROXIES",
        value_name = "LIST",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<String>,

    /// Further origins that may post forms and call Better Auth, separated by commas; those with `*` apply only to
    /// Better Auth (a deployment needs them in its own environment too)
    #[arg(
        long,
        env = "BETTER_AUTH_TRUSTED_ORIGINS",
        value_name = "LIST",
        value_delimiter = ','
    )]
    trusted_origins: Vec<String>,

    /// Further origins that pages may load pictures from, separated by commas: for example, avatars of other sign-in
    /// providers
    #[arg(
        long,
        env = "IMAGE_ORIGINS",
        value_name = "LIST",
        value_delimiter = ',',
        default_values = ["https://avatars.githubusercontent.com", "https://lh3.googleusercontent.com"]
    )]
    pub image_origins: Vec<String>,

    /// How many sockets of live queries one address may have open (embedded backend only)
    #[arg(
        long,
        env = "SOCKETS_PER_ADDRESS",
        value_name = "N",
        default_value_t = 256
    )]
    pub sockets_per_address: usize,

    /// How many connections one address may have open, sockets included; the proxies of TRUSTED_PROXIES have as many as
    /// they need. All addresses together have three quarters of the open files that the system allows
    #[arg(
        long,
        env = "CONNECTIONS_PER_ADDRESS",
        value_name = "N",
        default_value_t = 512
    )]
    pub connections_per_address: usize,

    /// For how many signed-in visitors to keep the data of their pages up to date, until a minute after each load, so
    /// that further loads need no request to the backend; 0 for none. Each has a socket to the backend
    #[arg(long, env = "LIVE_SESSIONS", value_name = "N", default_value_t = 1000)]
    live_sessions: usize,

    /// Keep mails that cannot be sent, to be read at /dev/mailbox with the key printed at start (embedded backend
    /// with SITE_URL on this machine only) [default: in debug builds]
    #[arg(long, env = "DEV_MAILBOX", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
          value_parser = clap::builder::BoolishValueParser::new())]
    dev_mailbox: Option<bool>,

    /// The environment of the embedded backend's functions
    #[arg(skip)]
    pub functions_env: FunctionsEnv,

    /// The built files of the browser half
    #[command(flatten)]
    pub site: SiteConfig,

    /// Filter of the log: `debug`, `server=debug,info` …
    #[arg(long, env = "RUST_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// Format of the log: text, or one JSON object a line
    #[arg(
        long,
        env = "LOG_FORMAT",
        value_enum,
        value_name = "FORMAT",
        default_value_t
    )]
    pub log_format: LogFormat,

    /// Address and port that answer `GET /metrics` for Prometheus. Everyone who can reach it sees how much the app is
    /// used [default: none]
    #[arg(long, env = "METRICS_ADDR", value_name = "ADDR")]
    pub metrics_addr: Option<SocketAddr>,

    /// Seconds a connection may be idle, or take for the head of a request
    #[arg(
        long,
        env = "CLIENT_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 75
    )]
    client_seconds: u64,

    /// Seconds that running requests may take after SIGINT or SIGTERM
    #[arg(
        long,
        env = "SHUTDOWN_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 10
    )]
    shutdown_seconds: u64,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// The public URL of the app.
type SiteUrl = Url;

/// A mistake in the configuration, and what to set instead.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// `.env.local` exists but cannot be read.
    #[error("{ENV_FILE} cannot be read: {0}")]
    EnvFile(#[source] std::io::Error),
    /// Other machines reach the server, but its settings are those of development.
    #[error(
        "the server would listen on {addr}, which other machines reach, but SITE_URL is {site_url}: cookies and links \
         in mails would be those of a developer's own machine. Set SITE_URL to the address that people type \
         (SITE_URL=https://app.example.com) or listen on 127.0.0.1 (LEPTOS_SITE_ADDR). If only this machine reaches \
         it, as in a container whose port is mapped to localhost, set ALLOW_LOCALHOST_SITE_URL=true"
    )]
    LocalSiteUrl {
        /// The address to listen on.
        addr: SocketAddr,
        /// The configured `SITE_URL`.
        site_url: String,
    },
    /// One of two values that must be set together.
    #[error("{present} is set but {missing} is not. {advice}")]
    HalfSet {
        /// The variable that is set.
        present: String,
        /// The variable that is not set.
        missing: String,
        /// What to do about it.
        advice: String,
    },
    /// A value of the wrong kind.
    #[error("{name} is {value:?}, {problem}. {advice}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// The problem with it.
        problem: &'static str,
        /// What to do about it.
        advice: String,
    },
    /// No deployment is configured, and this binary has no embedded backend.
    #[error(
        "CONVEX_URL and CONVEX_SITE_URL are not set, and this server was built without the \
         embedded backend (feature `local-backend`). Set both to your deployment's URLs; \
         `npx convex dev` writes them into {ENV_FILE}"
    )]
    NoBackend,
}

impl Config {
    /// Reads `.env.local`, the environment and the command line. `--help` and a wrong value print and exit, as in other
    /// command-line programs.
    ///
    /// # Errors
    ///
    /// When `.env.local` exists but cannot be read. Contradictions are found by [`Config::deployment`],
    /// [`Config::check_providers`] and [`Config::check_address`].
    pub fn load() -> Result<Self, ConfigError> {
        let file = file::read(ENV_FILE)?;
        for line in &file.ignored {
            eprintln!(
                "warning: {ENV_FILE} line {line} is not NAME=value, or a quote in it is not closed; nothing reads it"
            );
        }
        Self::from_file(&file, std::env::args_os()).map_err(|error| error.exit())
    }

    /// Does the same with a file that has already been read.
    ///
    /// # Errors
    ///
    /// [`clap::Error`], for `--help` too.
    pub fn from_file(
        file: &EnvFile,
        args: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<Self, clap::Error> {
        let command = file::without_empty(Self::command());
        let args = file::with_args(&command, file, args)?;
        let mut config = Self::from_arg_matches(&command.try_get_matches_from(args)?)?;
        config.functions_env = FunctionsEnv::read(file);
        Ok(config)
    }

    /// Returns the further origins that may post, as configured.
    #[must_use]
    pub fn trusted_origins(&self) -> Vec<String> {
        let origins = self.trusted_origins.iter().map(|origin| origin.trim());
        let set = origins.filter(|origin| !origin.is_empty());
        set.map(str::to_owned).collect()
    }

    /// Returns the public URL, or `http://localhost` with the port of `addr` if none is configured.
    #[must_use]
    pub fn site_url(&self, addr: SocketAddr) -> String {
        match &self.site_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{}", addr.port()),
        }
    }

    /// Refuses to serve other machines with the settings of a developer's own machine.
    ///
    /// # Errors
    ///
    /// [`ConfigError::LocalSiteUrl`]: `addr` is not loopback, and `SITE_URL` is unset or a name of this machine.
    pub fn check_address(&self, addr: SocketAddr) -> Result<(), ConfigError> {
        let is_local = self.site_url.as_ref().is_none_or(loopback::is_here);
        if addr.ip().to_canonical().is_loopback() || !is_local || self.allow_localhost_site_url {
            return Ok(());
        }
        Err(ConfigError::LocalSiteUrl {
            addr,
            site_url: match &self.site_url {
                Some(url) => url.as_str().trim_end_matches('/').to_owned(),
                None => "not set".to_owned(),
            },
        })
    }

    /// Returns the limits of the live sessions of signed-in visitors; `None` for none.
    #[must_use]
    pub fn live_sessions(&self) -> Option<LiveSessionOptions> {
        let options = LiveSessionOptions::default().with_max_sessions(self.live_sessions);
        (self.live_sessions > 0).then_some(options)
    }

    /// Returns whether mails that cannot be sent are kept, if possible.
    #[must_use]
    pub fn dev_mailbox(&self) -> bool {
        self.dev_mailbox.unwrap_or(cfg!(debug_assertions))
    }

    /// Returns the deployment to use; `None` for the embedded backend.
    ///
    /// # Errors
    ///
    /// See [`ConvexConfig::deployment`].
    pub fn deployment(&self) -> Result<Option<Deployment>, ConfigError> {
        self.convex.deployment()
    }

    /// Checks the credentials of the sign-in providers (`GITHUB_CLIENT_ID` and the like), which the functions of an
    /// embedded backend read.
    ///
    /// # Errors
    ///
    /// When only one of a provider's two is set.
    pub fn check_providers(&self) -> Result<(), ConfigError> {
        for provider in PROVIDERS {
            let [id, secret] = provider.variables();
            let (present, missing) = match [&id, &secret].map(|name| self.functions_env.has(name)) {
                [true, false] => (id, secret),
                [false, true] => (secret, id),
                _ => continue,
            };
            return Err(ConfigError::HalfSet {
                present,
                missing,
                advice: format!(
                    "An OAuth client of {} has both; set both, or neither to do without",
                    provider.label
                ),
            });
        }
        Ok(())
    }

    /// Returns how long a client may keep the server waiting. This is longer than a reverse proxy keeps its idle
    /// connections (usually 60 s), so that the proxy closes them.
    #[must_use]
    pub fn client_timeout(&self) -> Duration {
        Duration::from_secs(self.client_seconds.max(1))
    }

    /// Returns how long running requests may take after the stop signal.
    #[must_use]
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds)
    }
}

/// Parses an origin: `http` or `https`, a host, no path.
fn parse_site_url(text: &str) -> Result<Url, String> {
    const EXAMPLE: &str = "give scheme and host alone, for example https://app.example.com";
    let url = Url::parse(text.trim()).map_err(|error| format!("{error}; {EXAMPLE}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(EXAMPLE.to_owned());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("it has a path or query; {EXAMPLE}"));
    }
    Ok(url)
}
