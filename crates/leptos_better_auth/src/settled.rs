//! The wait until the live client knows who is signed in.

use futures::StreamExt as _;
use futures::channel::mpsc;
use leptos::prelude::*;
use leptos_convex::{AuthStatus, ConvexClient};

/// Returns the first state that is not "loading"; `None` when the page is gone before there is one.
pub(crate) fn settled_status(
    client: &ConvexClient,
) -> impl Future<Output = Option<AuthStatus>> + Send + 'static + use<> {
    let auth = client.auth();
    let (known, mut statuses) = mpsc::unbounded();
    Effect::new(move |_| {
        let status = auth.status();
        if status != AuthStatus::Loading {
            // Nobody waits any more once the page is gone.
            let _ = known.unbounded_send(status);
        }
    });
    async move { statuses.next().await }
}
