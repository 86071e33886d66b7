//! The wait for hydration: until the page is hydrated, hooks show what the server rendered, whatever has arrived.

use std::time::Duration;

use leptos::prelude::*;

use super::ConvexClient;

/// How often to look whether parts that load lazily are hydrated.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Returns whether the page's markup is being taken over, or that of the island at hand. Never on the server, nor where
/// the browser renders by itself.
///
/// A page of islands never says that it is through; there, only [`get_is_hydrating`] tells, during each island.
///
/// [`get_is_hydrating`]: leptos::reactive::owner::SharedContext
fn during_hydration() -> bool {
    Owner::current_shared_context()
        .is_some_and(|context| context.during_hydration() && context.get_is_hydrating())
}

impl ConvexClient {
    /// Returns a signal that is true until the page is hydrated; `None` when it is.
    pub(crate) fn hydrating(&self) -> Option<ArcRwSignal<bool>> {
        if !during_hydration() {
            return None;
        }
        let (hydrating, is_new) = self.worker.outlet.hold();
        if is_new {
            let client = self.downgrade();
            // Effects run once the turn that hydrates is over.
            Effect::new(move |_| {
                if let (Some(client), Some(owner)) = (client.upgrade(), Owner::current()) {
                    client.show_when_hydrated(owner);
                }
            });
        }
        Some(hydrating)
    }

    /// Returns the [`epoch`](Self::epoch) of the person that a hook begins with: while hydrating the one that the
    /// server rendered the page for, whoever is there by now.
    pub(crate) fn first_epoch(&self) -> u32 {
        if during_hydration() {
            self.worker.outlet.rendered_auth().epoch
        } else {
            self.epoch()
        }
    }

    /// Returns `rendered`, which the server showed, until the page or the island is hydrated, and `live` from then on.
    pub(super) fn when_hydrated<T>(&self, live: ArcRwSignal<T>, rendered: T) -> Signal<T>
    where
        T: Clone + Send + Sync + 'static,
    {
        match self.hydrating() {
            None => live.into(),
            Some(hydrating) => Signal::derive(move || {
                if hydrating.get() {
                    rendered.clone()
                } else {
                    live.get()
                }
            }),
        }
    }

    pub(crate) fn show_when_hydrated(self, owner: Owner) {
        if owner.with(during_hydration) {
            set_timeout(move || self.show_when_hydrated(owner), LOOK_AGAIN);
        } else {
            self.worker.outlet.release();
        }
    }
}
