//! The wait for hydration. Until the page is hydrated, hooks show what the server rendered, even if newer results
//! have arrived.

use std::time::Duration;

use leptos::prelude::*;

use super::ConvexClient;

/// How often to check whether lazily loaded parts are hydrated.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Returns whether the page, or the current island, is being hydrated. Always false on the server and in apps that
/// are rendered in the browser alone.
///
/// A page of islands never reports that it is hydrated. There, only [`get_is_hydrating`] tells, for each island.
///
/// [`get_is_hydrating`]: leptos::reactive::owner::SharedContext
fn during_hydration() -> bool {
    Owner::current_shared_context()
        .is_some_and(|context| context.during_hydration() && context.get_is_hydrating())
}

impl ConvexClient {
    /// Returns a signal that is true until the page is hydrated; `None` when the page already is.
    pub(crate) fn hydrating(&self) -> Option<ArcRwSignal<bool>> {
        if !during_hydration() {
            return None;
        }
        let (hydrating, is_new) = self.worker.outlet.hold();
        if is_new {
            let client = self.downgrade();
            // Effects run after the turn of the event loop that hydrates.
            Effect::new(move |_| {
                if let (Some(client), Some(owner)) = (client.upgrade(), Owner::current()) {
                    client.show_when_hydrated(owner);
                }
            });
        }
        Some(hydrating)
    }

    /// Returns the [`epoch`](Self::epoch) that a hook begins with. During hydration it is the epoch of the person the
    /// server rendered the page for, even if another person has signed in since.
    pub(crate) fn first_epoch(&self) -> u32 {
        if during_hydration() {
            self.worker.outlet.rendered_auth().epoch
        } else {
            self.epoch()
        }
    }

    /// Returns `rendered`, the server's value, until the page or the island is hydrated, and `live` from then on.
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
