//! Which Convex backend serves: a deployment named in the configuration, or the embedded one.

#[cfg(feature = "local-backend")]
mod embedded;
#[cfg(not(feature = "local-backend"))]
#[path = "backend/absent.rs"]
mod embedded;

use std::collections::BTreeMap;

use axum::Router;
use leptos_better_auth::server::{AuthConfig, ConvexBetterAuth};
use thiserror::Error;
use url::Url;

use crate::{
    StartError,
    config::{Config, Deployment},
};
use embedded::Embedded;

/// The embedded backend did not start.
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
    /// Somewhere else; its URLs are all we know.
    Deployment(Deployment),
    /// In this process.
    Embedded(Embedded),
}

/// The server half of the accounts, told where the backend is.
pub(crate) fn auth(
    config: &Config,
    site_url: &str,
    backend: &Backend,
) -> Result<ConvexBetterAuth, StartError> {
    let urls = backend.urls();
    let mut auth = AuthConfig::new(&urls.convex_url, &urls.convex_site_url, site_url);
    auth.browser_convex_url = Some(backend.browser_url().to_owned());
    auth.trusted_proxies = config.trusted_proxies.clone();
    auth.trusted_origins = loopback_names(site_url);
    Ok(ConvexBetterAuth::new(auth)?)
}

/// On one's own machine `localhost` and `127.0.0.1` are the same site to whoever types them.
fn loopback_names(site_url: &str) -> Vec<String> {
    const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
    let Ok(mut url) = Url::parse(site_url) else {
        return Vec::new();
    };
    if !url.host_str().is_some_and(|host| NAMES.contains(&host)) {
        return Vec::new();
    }
    let renamed = NAMES.map(|name| url.set_host(Some(name)).is_ok().then(|| url.to_string()));
    renamed.into_iter().flatten().collect()
}

impl Backend {
    /// Chooses, starts the embedded backend if it is the one, and prints what was chosen and why.
    ///
    /// # Errors
    ///
    /// When the configuration is half-set or the embedded backend does not start.
    pub async fn start(config: &Config, site_url: &str) -> Result<Self, StartError> {
        let github = config.github()?;
        if let Some(deployment) = config.deployment()? {
            println!(
                "Convex: the deployment {} (CONVEX_URL is set)",
                deployment.convex_url
            );
            return Ok(Self::Deployment(deployment));
        }
        let mut env = BTreeMap::from([("SITE_URL".to_owned(), site_url.to_owned())]);
        if let Some((id, secret)) = github {
            env.insert("GITHUB_CLIENT_ID".to_owned(), id);
            env.insert(
                "GITHUB_CLIENT_SECRET".to_owned(),
                secret.expose().to_owned(),
            );
        }
        let embedded = Embedded::start(env).await?;
        let urls = embedded.urls();
        println!(
            "Convex: the embedded backend on {} (CONVEX_URL is not set), data in {}",
            urls.convex_url,
            embedded.data_dir().display(),
        );
        Ok(Self::Embedded(embedded))
    }

    /// Where the backend is, as this server reaches it.
    #[must_use]
    pub fn urls(&self) -> &Deployment {
        match self {
            Self::Deployment(deployment) => deployment,
            Self::Embedded(embedded) => embedded.urls(),
        }
    }

    /// Where browsers open the WebSocket: the deployment, or (empty) our own origin, so that an
    /// embedded backend needs one public address only.
    #[must_use]
    pub fn browser_url(&self) -> &str {
        match self {
            Self::Deployment(deployment) => &deployment.convex_url,
            Self::Embedded(_) => "",
        }
    }

    /// `/api/{version}/sync` of the embedded backend; nothing for a deployment.
    pub fn sync_routes(&self) -> Router {
        match self {
            Self::Deployment(_) => Router::new(),
            Self::Embedded(embedded) => embedded.sync_routes(),
        }
    }

    /// `embedded` or `deployment`.
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
