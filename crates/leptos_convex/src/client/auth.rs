//! Who is signed in, as the app sees it.

use leptos::prelude::*;

use crate::sync::{AuthSnapshot, AuthStatus};

/// Who is signed in, as signals: every method tracks.
#[derive(Clone, Copy, Debug)]
pub struct ConvexAuth {
    snapshot: Signal<AuthSnapshot>,
}

impl ConvexAuth {
    pub(crate) const fn new(snapshot: Signal<AuthSnapshot>) -> Self {
        Self { snapshot }
    }

    /// Returns whether loading, authenticated or unauthenticated.
    #[must_use]
    pub fn status(&self) -> AuthStatus {
        self.snapshot.with(|snapshot| snapshot.status)
    }

    /// Returns whether it is not known yet.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.status() == AuthStatus::Loading
    }

    /// Returns whether somebody is signed in, with a token the backend accepts.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.status() == AuthStatus::Authenticated
    }

    /// Returns whether the backend refused the token and a new one is being fetched. The page stays as it is
    /// meanwhile. Routine renewal does not show here.
    #[must_use]
    pub fn is_refreshing(&self) -> bool {
        self.snapshot.with(|snapshot| snapshot.refreshing)
    }

    /// Grows each time another person, or nobody, takes the place of the one before.
    pub(crate) fn epoch(&self) -> u32 {
        self.snapshot.with(|snapshot| snapshot.epoch)
    }
}
