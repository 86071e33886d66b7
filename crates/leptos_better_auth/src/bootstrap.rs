//! What the server tells the page about its visitor, before the first paint.

use std::fmt;

use leptos::prelude::{SharedValue, provide_context, use_context};
use serde::{Deserialize, Serialize};

use crate::{AuthState, SessionData};

#[cfg(feature = "ssr")]
use crate::server::bootstrap as current;
#[cfg(not(feature = "ssr"))]
use browser::bootstrap as current;

/// Who the visitor is and where the deployment is, the same on the server and in the browser.
///
/// Written into the HTML by the server and read back during hydration, so that the first paint is
/// right and hydration changes nothing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthBootstrap {
    /// Where the browser opens its socket; empty for this page's own origin.
    pub convex_url: String,
    /// Public address of the app.
    pub site_url: String,
    /// Path of Better Auth on this origin.
    pub base_path: String,
    /// The visitor's Convex token. Used once.
    pub initial_token: Option<String>,
    /// The visitor, as far as the token tells.
    pub session: Option<SessionData>,
    /// Signed in, signed out, or not known just now.
    pub state: AuthState,
    /// Whether the live client tells the server what this browser has seen (`live_sessions` of `server::AuthConfig`).
    #[serde(default)]
    pub live_sessions: bool,
}

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

/// The page's [`AuthBootstrap`]. Call it first near the root of the app (the provider does): that call
/// carries the value from server to browser; later ones below it find it in the context.
///
/// # On the server
/// What `server::RequestAuth` of this request says. Without the auth layer, or while
/// routes are listed, nothing is known.
pub fn use_auth_bootstrap() -> AuthBootstrap {
    use_context::<AuthBootstrap>().unwrap_or_else(|| {
        let bootstrap = SharedValue::new(current).into_inner();
        provide_context(bootstrap.clone());
        bootstrap
    })
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use super::AuthBootstrap;

    /// For a page that was not rendered by the server.
    pub(super) fn bootstrap() -> AuthBootstrap {
        AuthBootstrap {
            base_path: "/api/auth".to_owned(),
            ..AuthBootstrap::default()
        }
    }
}
