//! `<ConvexBetterAuthProvider>`.
#![expect(
    unreachable_pub,
    reason = "`#[component]` makes a second, hidden function"
)]

use leptos::context::Provider;
use leptos::prelude::*;
use leptos_convex::{ClientOptions, ConvexClient, ConvexProvider, InitialAuth};

use super::auth_client::AuthClient;
use super::session::SessionStore;
use super::socket::Socket;
use super::wakeup::{self, Wakeup};
use super::{last_login, page};
use crate::seen::COOKIES;
use crate::{AuthBootstrap, AuthState, use_auth_bootstrap};

/// The minimum time between two requests for the session when the tab becomes visible.
const REFETCH_FLOOR_MS: f64 = 5_000.0;

/// Provides the app with its Convex client, authenticated as the visitor, and with the session.
///
/// The page starts as the server rendered it. The socket authenticates with the server's token, and no other token is
/// requested until that one expires. Signing in, signing out and switching accounts, here or in another tab, are passed
/// to the open socket without a signed-out state in between. An outage signs nobody out.
///
/// # On the server
/// The auth state of the request; nothing is connected.
#[component]
pub fn ConvexBetterAuthProvider(
    /// The client to use; by default one for the deployment that the server names.
    #[prop(optional)]
    client: Option<ConvexClient>,
    /// A token to start with; by default the one in [`use_auth_bootstrap`].
    #[prop(optional, into)]
    initial_token: Option<String>,
    /// The app.
    children: Children,
) -> impl IntoView {
    let bootstrap = use_auth_bootstrap();
    let client = client.unwrap_or_else(|| new_client(&bootstrap));
    let auth_client = AuthClient::new(&bootstrap.base_path);
    let session = SessionStore::new(&bootstrap, auth_client.clone());
    let auth_client = auth_client.with_session(session);

    Socket::new(client.clone(), auth_client.clone(), session)
        .start(initial_auth(&bootstrap, initial_token));
    keep_session_fresh(session);

    view! {
        <Provider value=session>
            <Provider value=auth_client>
                <ConvexProvider client>{children()}</ConvexProvider>
            </Provider>
        </Provider>
    }
}

fn new_client(bootstrap: &AuthBootstrap) -> ConvexClient {
    let mut options = ClientOptions::default();
    if bootstrap.live_sessions {
        options = options.with_server_cookies(COOKIES);
    }
    ConvexClient::with_options(&bootstrap.convex_url, options)
}

fn initial_auth(bootstrap: &AuthBootstrap, token: Option<String>) -> InitialAuth {
    match (
        token.or_else(|| bootstrap.initial_token.clone()),
        bootstrap.state,
    ) {
        (Some(token), _) => InitialAuth::Token(token),
        (None, AuthState::SignedOut) => InitialAuth::SignedOut,
        (None, _) => InitialAuth::Unknown,
    }
}

fn keep_session_fresh(session: SessionStore) {
    Effect::new(move |_| {
        if session.with_untracked(|state| state.is_pending) {
            session.refetch();
        }
        if session.with_untracked(|state| state.data.is_some()) {
            last_login::settle();
        }
        let last = StoredValue::new(page::now());
        let listening = wakeup::listen(move |wakeup| {
            let now = page::now();
            let is_too_soon = now - last.try_get_value().unwrap_or(now) < REFETCH_FLOOR_MS;
            if wakeup == Wakeup::OtherTab || !is_too_soon {
                last.try_update_value(|last| *last = now);
                session.refetch();
            }
        });
        // Listens as long as the provider exists.
        let listening = StoredValue::new_local(listening);
        on_cleanup(move || listening.dispose());
    });
}
