//! The choice of the Convex backend: a deployment named by two URLs, or the embedded one.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use url::Url;

use super::ConfigError;

/// A URL of the deployment, without a trailing slash.
pub type UpstreamUrl = String;

/// The variables `CONVEX_URL` and `CONVEX_SITE_URL`. If neither is set, the embedded backend is used.
#[derive(Args, Clone, Debug, Default)]
pub struct ConvexConfig {
    /// Functions API of the deployment, for example `https://happy-animal-123.convex.cloud`
    /// [default: the embedded backend]
    #[arg(long, env = "CONVEX_URL", value_name = "URL")]
    pub convex_url: Option<String>,

    /// HTTP actions of the deployment, for example `https://happy-animal-123.convex.site`
    #[arg(long, env = "CONVEX_SITE_URL", value_name = "URL")]
    pub convex_site_url: Option<String>,

    /// Issuer of the deployment's tokens, if it knows itself by another address than
    /// `CONVEX_SITE_URL`, for example behind a proxy
    #[arg(long, env = "CONVEX_JWT_ISSUER", value_name = "URL")]
    jwt_issuer: Option<String>,

    /// Seconds for which a token is used after its end, in case this machine's clock is ahead of the
    /// deployment's
    #[arg(
        long,
        env = "CONVEX_JWT_TOLERANCE",
        value_name = "SECONDS",
        default_value_t = 0
    )]
    jwt_tolerance: u64,

    /// Folder with the functions of the embedded backend: sources, or the bundles of `cargo xtask dist`
    #[arg(long, env = "CONVEX_DIR", value_name = "DIR", default_value = "convex")]
    pub convex_dir: PathBuf,

    /// Folder for the data of the embedded backend [default: .convex-local next to the functions]
    #[arg(long, env = "CONVEX_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// The two URLs of a Convex deployment (cloud, self-hosted or `npx convex dev`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The functions API and the WebSocket.
    pub convex_url: UpstreamUrl,
    /// The HTTP actions, including Better Auth.
    pub convex_site_url: UpstreamUrl,
}

const URL: &str = "CONVEX_URL";
const SITE_URL: &str = "CONVEX_SITE_URL";
const BOTH_OR_NEITHER: &str =
    "Set both to your deployment's URLs, or neither to use the embedded backend";

impl ConvexConfig {
    /// Returns the issuer of the tokens, if it is not the deployment's URL. An empty value counts as unset.
    #[must_use]
    pub fn jwt_issuer(&self) -> Option<&str> {
        set(self.jwt_issuer.as_ref())
    }

    /// Returns how long a token is used after its end.
    #[must_use]
    pub fn jwt_tolerance(&self) -> Duration {
        Duration::from_secs(self.jwt_tolerance)
    }

    /// Returns the deployment to use; `None` for the embedded backend. An empty value counts as unset.
    ///
    /// # Errors
    ///
    /// When one of the two is missing, is no `http(s)` URL, or belongs to the other variable.
    pub fn deployment(&self) -> Result<Option<Deployment>, ConfigError> {
        match (
            set(self.convex_url.as_ref()),
            set(self.convex_site_url.as_ref()),
        ) {
            (None, None) => Ok(None),
            (Some(url), None) => Err(half(URL, SITE_URL, url, ".convex.cloud", ".convex.site")),
            (None, Some(url)) => Err(half(SITE_URL, URL, url, ".convex.site", ".convex.cloud")),
            (Some(url), Some(site)) => Ok(Some(Deployment {
                convex_url: checked(URL, url, ".convex.site", SITE_URL)?,
                convex_site_url: checked(SITE_URL, site, ".convex.cloud", URL)?,
            }))
            .and_then(distinct),
        }
    }
}

fn set(value: Option<&String>) -> Option<&str> {
    value
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

/// Returns the error for one URL without the other. For Convex's cloud it can name the missing one.
fn half(
    present: &'static str,
    missing: &'static str,
    url: &str,
    from: &str,
    to: &str,
) -> ConfigError {
    let advice = if url.contains(from) {
        format!(
            "For this deployment set {missing}={}",
            url.replace(from, to)
        )
    } else {
        BOTH_OR_NEITHER.to_owned()
    };
    ConfigError::HalfSet {
        present: present.to_owned(),
        missing: missing.to_owned(),
        advice,
    }
}

/// Returns the URL without its trailing slash, if it is valid and does not belong to the other variable.
fn checked(
    name: &'static str,
    value: &str,
    foreign: &str,
    owner: &'static str,
) -> Result<UpstreamUrl, ConfigError> {
    let wrong = |problem, advice: String| ConfigError::Wrong {
        name,
        value: value.to_owned(),
        problem,
        advice,
    };
    let url = Url::parse(value)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| {
            wrong(
                "which is no http(s) URL",
                format!("{BOTH_OR_NEITHER}; `npx convex dev` prints them"),
            )
        })?;
    if url.host_str().is_some_and(|host| host.ends_with(foreign)) {
        return Err(wrong(
            "which is the other URL of the deployment",
            format!(
                "URLs in {foreign} belong into {owner}: {URL} ends in .convex.cloud, {SITE_URL} in \
                 .convex.site"
            ),
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn distinct(deployment: Option<Deployment>) -> Result<Option<Deployment>, ConfigError> {
    match deployment {
        Some(it) if it.convex_url == it.convex_site_url => Err(ConfigError::Wrong {
            name: SITE_URL,
            value: it.convex_site_url,
            problem: "the same as CONVEX_URL",
            advice:
                "HTTP actions have a URL of their own: another host in the cloud, another port \
                     (usually 3211) on a local or self-hosted backend"
                    .to_owned(),
        }),
        other => Ok(other),
    }
}
