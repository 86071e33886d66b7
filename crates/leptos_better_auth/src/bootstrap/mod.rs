//! The bootstrap: the data about the visitor that the server passes to the page, before the first paint.

use std::fmt;

use leptos::prelude::{SharedValue, provide_context, use_context};
use leptos_convex::value::from_json_str;
use serde::{Deserialize, Serialize};

use crate::{AuthState, SessionData, mask::unmask};

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
use browser as platform;
#[cfg(feature = "ssr")]
use server as platform;

/// The visitor and the deployment, the same on the server and in the browser.
///
/// Written into the HTML by the server and read back during hydration, so that the first paint is
/// right and hydration changes nothing. It travels as one text, so that no decoder of it is sent to the browser.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AuthBootstrap {
    /// Where the browser opens its socket; empty for this page's own origin.
    pub convex_url: String,
    /// Public address of the app.
    pub site_url: String,
    /// Path of Better Auth on this origin.
    pub base_path: String,
    /// The visitor's Convex token, used once.
    pub initial_token: Option<String>,
    /// The visitor's session, with the fields of the token.
    pub session: Option<SessionData>,
    /// Signed in, signed out, or unknown.
    pub state: AuthState,
    /// Whether the live client reports to the server what this browser has seen (`live_sessions` of
    /// `server::AuthConfig`).
    pub live_sessions: bool,
}

/// Marks a page whose live client reports to the server what it has seen.
const LIVE_SESSIONS: &str = "live";

/// The text form: a line for each field, with the token masked. The last one is the session, as JSON.
impl From<AuthBootstrap> for String {
    fn from(bootstrap: AuthBootstrap) -> Self {
        platform::write(bootstrap)
    }
}

impl TryFrom<String> for AuthBootstrap {
    type Error = MalformedBootstrap;

    fn try_from(text: String) -> Result<Self, MalformedBootstrap> {
        let mut lines = text.splitn(7, '\n');
        let mut line = || lines.next().ok_or(MalformedBootstrap);
        Ok(Self {
            convex_url: line()?.to_owned(),
            site_url: line()?.to_owned(),
            base_path: line()?.to_owned(),
            state: AuthState::by_name(line()?).ok_or(MalformedBootstrap)?,
            live_sessions: line()? == LIVE_SESSIONS,
            initial_token: match line()? {
                "" => None,
                masked => Some(unmask(masked).ok_or(MalformedBootstrap)?),
            },
            session: match line()? {
                "" => None,
                json => Some(from_json_str(json).map_err(|_| MalformedBootstrap)?),
            },
        })
    }
}

/// An error for a text that is not an [`AuthBootstrap`].
#[derive(Debug, thiserror::Error)]
#[error("not what the server tells the page about its visitor")]
pub struct MalformedBootstrap;

impl fmt::Debug for AuthBootstrap {
    /// Leaves the token out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthBootstrap")
            .field("convex_url", &self.convex_url)
            .field("base_path", &self.base_path)
            .field("state", &self.state)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// Returns the page's [`AuthBootstrap`]. Call it first near the root of the app (the provider does). That call passes
/// the value from the server to the browser; later calls below it find the value in the context.
///
/// # On the server
/// The state of this request's `server::RequestAuth`. Without the auth layer, or while routes are listed, it is
/// unknown.
pub fn use_auth_bootstrap() -> AuthBootstrap {
    use_context::<AuthBootstrap>().unwrap_or_else(|| {
        let bootstrap = SharedValue::new(platform::bootstrap).into_inner();
        provide_context(bootstrap.clone());
        bootstrap
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "ssr")]
    #[test]
    fn a_bootstrap_survives_its_way_into_the_page() {
        let session = serde_json::json!({
            "session": { "id": "s", "userId": "u", "expiresAt": 1_700_000_000_123.0 },
            "user": { "id": "u", "name": "A\n\"B\"", "role": "admin" },
        });
        let bootstrap = AuthBootstrap {
            convex_url: "https://a.convex.cloud".to_owned(),
            site_url: "https://example.com".to_owned(),
            base_path: "/api/auth".to_owned(),
            initial_token: Some("a.b.c".to_owned()),
            session: serde_json::from_value(session).expect("session"),
            state: AuthState::SignedIn,
            live_sessions: true,
        };
        for bootstrap in [bootstrap, AuthBootstrap::default()] {
            let json = serde_json::to_string(&bootstrap).expect("JSON");
            let back: AuthBootstrap = serde_json::from_str(&json).expect("bootstrap");
            assert!(back == bootstrap, "{json}");
        }
    }

    #[test]
    fn a_truncated_text_or_an_unknown_state_is_refused() {
        for text in [
            "",
            "a\nb\nc\nsignedIn\n\n",
            "a\nb\nc\nnobody\n\n\n",
            "a\nb\nc\nsignedIn\n\n\n{",
        ] {
            assert!(
                AuthBootstrap::try_from(text.to_owned()).is_err(),
                "{text:?}"
            );
        }
    }
}
