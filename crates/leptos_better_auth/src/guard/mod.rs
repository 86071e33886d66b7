//! Guards: pages only for signed-in people.

use serde::{Deserialize, Serialize};

use crate::CallbackUrl;

#[cfg(not(feature = "ssr"))]
mod browser;
mod component;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
use browser as platform;
#[cfg(feature = "ssr")]
use server as platform;

pub use component::{RequireAuth, RequireAuthProps};

/// Returns a route guard. It lets signed-in people pass and redirects everybody else to `redirect_to`, a path on this
/// site, with the address of the page as its [`CallbackUrl`].
///
/// [`RequireAuth`](crate::RequireAuth) puts it around a page or around all routes of an `<Outlet/>`. Called directly,
/// it only returns its decision:
///
/// ```
/// use leptos::prelude::*;
/// use leptos_better_auth::{Access, require_auth};
///
/// #[component]
/// fn Invoices() -> impl IntoView {
///     let access = OnceResource::new_blocking(require_auth("/sign-in").strict().decide());
///     // …
/// #   let _: OnceResource<Access> = access;
/// }
/// ```
///
/// A guard controls what is shown. The data are protected by the functions in `convex/`, which check the token
/// themselves.
pub fn require_auth(redirect_to: impl Into<String>) -> Guard {
    Guard {
        redirect_to: redirect_to.into(),
        strict: false,
    }
}

/// See [`require_auth`].
#[derive(Clone, Debug)]
pub struct Guard {
    redirect_to: String,
    strict: bool,
}

/// The decision of a [`Guard`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Somebody is signed in.
    Granted,
    /// Nobody is signed in.
    Denied {
        /// The sign-in page, with `callbackURL`.
        go_to: String,
    },
    /// The user could not be determined, which is not the same as nobody.
    Unknown,
}

impl Guard {
    /// Makes the guard also ask Better Auth whether the session still exists: a token outlives sign-out and revocation
    /// until it expires (15 minutes by default). On the server the answer is kept for a few seconds (`standing_ttl` of
    /// `server::AuthConfig`).
    #[must_use]
    pub fn strict(self) -> Self {
        self.strict_if(true)
    }

    /// Sets whether the guard is [`strict`](Self::strict).
    #[must_use]
    pub fn strict_if(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Decides for the visitor of this page, who is read from the context when this is called.
    ///
    /// # On the server
    /// It decides by the verified token. A strict guard needs at most one more request to Better Auth.
    ///
    /// # In the browser
    /// On client-side navigation, it waits until Convex has accepted or refused the live client's token. A strict guard
    /// also asks Better Auth each time.
    pub fn decide(self) -> impl Future<Output = Access> + Send + 'static {
        platform::decide(self)
    }

    /// Returns the refusal for a visitor on the way to `wanted`.
    fn denied(self, wanted: Option<&str>) -> Access {
        let go_to = match wanted.and_then(CallbackUrl::parse) {
            Some(wanted) => wanted.added_to(&self.redirect_to),
            None => self.redirect_to,
        };
        Access::Denied { go_to }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn go_to(guard: &str, wanted: Option<&str>) -> String {
        match require_auth(guard).denied(wanted) {
            Access::Denied { go_to } => go_to,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_way_back_is_kept() {
        assert_eq!(
            go_to("/sign-in", Some("/settings?tab=a&b=%20")),
            "/sign-in?callbackURL=%2Fsettings%3Ftab%3Da%26b%3D%2520"
        );
        assert_eq!(
            go_to("/sign-in?from=guard", Some("/a")),
            "/sign-in?from=guard&callbackURL=%2Fa"
        );
        assert_eq!(go_to("/sign-in", None), "/sign-in");
    }

    #[test]
    fn the_way_back_never_leads_to_another_site() {
        for hostile in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/a//b",
        ] {
            assert_eq!(go_to("/sign-in", Some(hostile)), "/sign-in", "{hostile}");
        }
    }
}
