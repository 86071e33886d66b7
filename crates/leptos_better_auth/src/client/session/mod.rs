//! The session as a signal.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;

use super::auth_client::{AuthClient, SessionListener};
use super::{last_login, wakeup};
use crate::{AuthBootstrap, AuthError, AuthState, SessionData, SignedIn, User};

mod state;

pub use state::SessionState;

/// The session shared by everything below a provider.
///
/// It starts with the server's [`AuthBootstrap`]. Only answers to `get-session` and forms
/// ([`adopt`](Self::adopt), [`set_signed_out`](Self::set_signed_out)) change it.
#[derive(Clone, Copy)]
pub(crate) struct SessionStore {
    state: RwSignal<SessionState>,
    /// A Convex token that came with a sign-in, until the socket takes it.
    brought_token: StoredValue<Option<String>>,
    /// Called on every change, before effects of the signal run: a page that navigates after a sign-in, here or in
    /// another tab, must find the socket already authenticating. Set only in the browser.
    follower: StoredValue<Option<Follower>>,
    /// The client that requests this session. Set at once.
    client: StoredValue<Option<AuthClient>>,
}

type Follower = SendWrapper<Rc<dyn Fn()>>;

impl SessionStore {
    /// Creates the session of a page, which is requested and changed by `client`.
    pub(crate) fn new(bootstrap: &AuthBootstrap, client: AuthClient) -> Self {
        let known = bootstrap.state != AuthState::Unknown;
        let store = Self {
            state: RwSignal::new(SessionState::seeded(bootstrap.session.clone(), known)),
            brought_token: StoredValue::new(None),
            follower: StoredValue::new(None),
            client: StoredValue::new(None),
        };
        store.client.set_value(Some(client.with_session(store)));
        store
    }

    /// Returns the client that notifies this session; `None` once the provider is gone.
    pub(super) fn client(self) -> Option<AuthClient> {
        self.client.try_get_value().flatten()
    }

    /// Calls `follow` after every change.
    pub(crate) fn attach(self, follow: impl Fn() + 'static) {
        self.follower
            .set_value(Some(SendWrapper::new(Rc::new(follow))));
    }

    fn change(self, change: impl FnOnce(&mut SessionState)) {
        // The provider may be gone when an answer arrives.
        self.state.try_update(change);
        if let Some(follow) = self.follower.try_get_value().flatten() {
            follow();
        }
    }

    /// Takes over the answer of a form's server function, without a request.
    pub(crate) fn adopt(self, signed_in: &SignedIn) {
        let Some(session) = signed_in.session.clone() else {
            return;
        };
        // The forms of this crate sign in by email and password.
        last_login::remember("email");
        self.brought_token.set_value(signed_in.convex_token.clone());
        self.change(|state| state.replace(Some(session)));
        wakeup::tell_other_tabs("getSession");
    }

    /// Notes that nobody is signed in any more, and notifies the other tabs.
    pub(crate) fn set_signed_out(self) {
        self.brought_token.set_value(None);
        self.change(|state| state.replace(None));
        wakeup::tell_other_tabs("signout");
    }

    /// Notes that Better Auth has reported no session to another caller.
    pub(crate) fn clear(self) {
        self.change(|state| state.replace(None));
    }

    /// Requests the session again. Until the answer arrives, the known state stays. Of several running requests, the
    /// newest one counts.
    pub(super) fn refetch(self) {
        let Some(client) = self.client() else {
            return;
        };
        let Some(revision) = self.state.try_update(SessionState::begin) else {
            return;
        };
        spawn_local(async move {
            let answer = client.get_session().await;
            self.change(|state| state.settle(revision, answer));
        });
    }

    pub(crate) fn with<T>(self, read: impl FnOnce(&SessionState) -> T) -> T {
        self.state.with(read)
    }

    pub(crate) fn with_untracked<T>(self, read: impl FnOnce(&SessionState) -> T) -> T {
        self.state.with_untracked(read)
    }

    pub(crate) fn take_brought_token(self) -> Option<String> {
        self.brought_token.try_update_value(Option::take).flatten()
    }
}

/// Called after calls of the client.
impl SessionListener for SessionStore {
    fn changed(&self) {
        wakeup::tell_other_tabs("getSession");
        self.change(SessionState::expect_somebody);
        self.refetch();
    }

    fn ended(&self) {
        self.set_signed_out();
    }
}

/// The session, from [`use_session`]. A handle like a signal, to be copied into closures. Reading methods track.
#[derive(Clone, Copy)]
pub struct UseSession(SessionStore);

impl std::fmt::Debug for UseSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UseSession").finish_non_exhaustive()
    }
}

impl UseSession {
    /// Returns the session; `None` while it is unknown or nobody is signed in.
    pub fn data(&self) -> Option<SessionData> {
        self.with(|data| data.cloned())
    }

    /// Returns the signed-in user.
    pub fn user(&self) -> Option<User> {
        self.with(|data| data.map(|data| data.user.clone()))
    }

    /// Returns whether somebody is signed in; false while that is unknown.
    pub fn is_signed_in(&self) -> bool {
        self.with(|data| data.is_some())
    }

    /// Applies `read` to the session, without cloning all of it.
    ///
    /// ```
    /// use leptos::prelude::*;
    /// use leptos_better_auth::use_session;
    ///
    /// #[component]
    /// fn Greeting() -> impl IntoView {
    ///     let session = use_session();
    ///     let name = move || session.with(|data| data.map(|data| data.user.name.clone()));
    ///     view! { <p>"Hello " {name}</p> }
    /// }
    /// ```
    pub fn with<T>(&self, read: impl FnOnce(Option<&SessionData>) -> T) -> T {
        self.0.with(|state| read(state.data.as_ref()))
    }

    /// Returns whether nothing is known yet and a request is running.
    pub fn is_pending(&self) -> bool {
        self.0.with(|state| state.is_pending)
    }

    /// Returns whether a request is running.
    pub fn is_refetching(&self) -> bool {
        self.0.with(|state| state.is_refetching)
    }

    /// Returns the error of the last request. The previous state stays in [`data`](Self::data).
    pub fn error(&self) -> Option<AuthError> {
        self.0.with(|state| state.error.clone())
    }

    /// Adds the fields that are not in the token. If only the token is known, Better Auth is asked for the rest
    /// (`user.image`, the times, `session.token` …), once for all components. Until the answer arrives,
    /// [`data`](Self::data) has the fields of the token.
    ///
    /// # On the server
    /// Changes nothing.
    #[must_use]
    pub fn with_details(self) -> Self {
        // Effects do not run on the server.
        Effect::new(move || {
            if self.0.with(SessionState::lacks_details) {
                self.refetch();
            }
        });
        self
    }

    /// Requests the session again.
    pub fn refetch(&self) {
        self.0.refetch();
    }

    /// Takes over the result of a sign-in or sign-up form's action. Session, open socket and other tabs follow without
    /// a further request. Call it before navigating.
    pub fn adopt(&self, signed_in: &SignedIn) {
        self.0.adopt(signed_in);
    }

    /// Notes that a sign-out form succeeded.
    pub fn set_signed_out(&self) {
        self.0.set_signed_out();
    }
}

/// Returns the session of the visitor, kept up to date. It is requested again when the tab becomes visible or the
/// machine comes online (at most every five seconds), and after a sign-in or sign-out here or in another tab, also by
/// the JavaScript client. An error never clears it, except a 401.
///
/// # On the server
/// The claims of the verified token: user name and address, but no picture and no expiry.
///
/// # When a page is loaded
/// The same, without a request. A component that shows other fields loads them by
/// [`with_details`](UseSession::with_details).
///
/// # Errors
/// None. Outside of a [`ConvexBetterAuthProvider`](crate::ConvexBetterAuthProvider) it is a separate session that is
/// not updated.
pub fn use_session() -> UseSession {
    let store = use_context::<SessionStore>().unwrap_or_else(|| {
        SessionStore::new(&crate::use_auth_bootstrap(), super::use_auth_client())
    });
    UseSession(store)
}
