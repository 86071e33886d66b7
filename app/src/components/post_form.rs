//! Forms that post to a server function and stay on the page.

use std::fmt;

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use serde::de::DeserializeOwned;

use crate::{
    actions::{Answer, Outcome},
    request::post,
    ui::{Fields, LiveForm},
};

/// A server function as a form uses it, with signals for its progress and its answer. Copy it into as many closures as
/// needed.
///
/// It is generic over the answer alone, because the fields are sent as they are typed. Leptos' own
/// `ServerAction` decodes them into the function's arguments and encodes these again, with separate
/// code for each form that a page has to load.
pub struct FormAction<T: Send + Sync + 'static> {
    url: &'static str,
    pending: RwSignal<bool>,
    value: RwSignal<Option<Answer<T>>>,
}

impl<T: Send + Sync> Clone for FormAction<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for FormAction<T> {}

impl<T: Send + Sync> fmt::Debug for FormAction<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FormAction")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned + Send + Sync> FormAction<T> {
    /// Of the server function `F`.
    #[must_use]
    pub fn of<F: ServerFn<Output = Outcome<T>>>() -> Self {
        Self {
            url: F::url(),
            pending: RwSignal::new(false),
            value: RwSignal::new(None),
        }
    }

    /// Whether it is under way. Tracks.
    #[must_use]
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// The last answer. Tracks when it is read.
    #[must_use]
    pub fn value(self) -> ReadSignal<Option<Answer<T>>> {
        self.value.read_only()
    }

    fn submit(self, fields: &Fields) {
        // A double click is faster than the button that it disables.
        if self.pending.get_untracked() {
            return;
        }
        let answer = post(self.url, fields.encoded());
        self.pending.set(true);
        spawn_local(async move {
            let answer = answer.await;
            // The page may have been left meanwhile.
            self.value.try_set(Some(answer));
            self.pending.try_set(false);
        });
    }
}

/// A form that posts to the server function of `action`, with and without WebAssembly.
#[component]
pub fn PostForm<T>(
    /// The server function.
    action: FormAction<T>,
    /// Inputs and button.
    children: Children,
) -> impl IntoView
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let submit = Callback::new(move |fields: Fields| action.submit(&fields));
    view! {
        <LiveForm action=action.url on_submit=submit class="stack" novalidate=true>
            {children()}
        </LiveForm>
    }
}
