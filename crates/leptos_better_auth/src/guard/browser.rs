//! The browser's half of a guard, for client-side navigation.

use leptos::prelude::*;
use leptos_convex::{AuthStatus, use_convex};
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::{Access, Guard};
use crate::settled::settled_status;
use crate::{AuthError, use_auth_client, use_session};

pub(super) fn decide(guard: Guard) -> impl Future<Output = Access> + Send + 'static {
    // The context is certain only before the first await.
    let status = settled_status(&use_convex());
    let (client, session) = (use_auth_client(), use_session());
    let wanted = address();
    async move {
        let stands = match status.await {
            Some(AuthStatus::Authenticated) if guard.strict => {
                let stands = client.get_session().await.map(|data| data.is_some());
                if let Ok(false) = stands {
                    // Otherwise the sign-in page would consider them signed in, and send them back here.
                    session.set_signed_out();
                }
                stands
            }
            Some(AuthStatus::Authenticated) => Ok(true),
            Some(AuthStatus::Unauthenticated) => Ok(false),
            _ => return Access::Unknown,
        };
        match stands {
            Ok(true) => Access::Granted,
            Ok(false) => guard.denied(Some(&wanted)),
            Err(error) => outage(&error),
        }
    }
}

fn outage(error: &AuthError) -> Access {
    leptos::logging::warn!(
        "[Better Auth] it could not be found out whether the session stands: {error}"
    );
    Access::Unknown
}

/// Returns path, query and fragment of the page.
fn address() -> String {
    let location = use_location();
    let mut address = location.pathname.get_untracked();
    let search = location.search.get_untracked();
    if !search.is_empty() {
        address.push('?');
        address.push_str(search.trim_start_matches('?'));
    }
    address.push_str(&location.hash.get_untracked());
    address
}

/// Shows the sign-in page in place of this one.
pub(super) fn leave(go_to: &str) {
    let options = NavigateOptions {
        replace: true,
        ..NavigateOptions::default()
    };
    use_navigate()(go_to, options);
}

pub(super) fn cannot_say() {}
