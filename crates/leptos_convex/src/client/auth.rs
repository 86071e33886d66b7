//! The signed-in state, as the app sees it.

use leptos::prelude::*;

use crate::sync::{AuthSnapshot, AuthStatus};

/// The signed-in state, as signals. Every method tracks.
#[derive(Clone, Copy, Debug)]
pub struct ConvexAuth {
    snapshot: Signal<AuthSnapshot>,
}

impl ConvexAuth {
    pub(crate) const fn new(snapshot: Signal<AuthSnapshot>) -> Self {
        Self { snapshot }
    }

    /// Returns the state: loading, authenticated or unauthenticated.
    #[must_use]
    pub fn status(&self) -> AuthStatus {
        self.snapshot.with(|snapshot| snapshot.status)
    }

    /// Returns whether the state is not known yet.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.status() == AuthStatus::Loading
    }

    /// Returns whether somebody is signed in, with a token the backend accepts.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.status() == AuthStatus::Authenticated
    }

    /// Returns whether the backend refused the token and a new one is being fetched. Meanwhile the page keeps showing
    /// what it has. Routine renewal of the token does not set this.
    #[must_use]
    pub fn is_refreshing(&self) -> bool {
        self.snapshot.with(|snapshot| snapshot.refreshing)
    }

    /// Returns a number that grows each time the user changes, to another person or to nobody.
    pub(crate) fn epoch(&self) -> u32 {
        self.snapshot.with(|snapshot| snapshot.epoch)
    }
}
