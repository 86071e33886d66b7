use serde::de::DeserializeOwned;

use super::{UseCall, use_convex};
use crate::{
    OptimisticStore,
    call::{Mutation, kind},
    sync::RequestKind,
};

/// A mutation ready to be called; see [`use_mutation`].
pub type UseMutation<A, T> = UseCall<kind::Mutation, A, T>;

/// Calls a mutation, with pending, value and error as signals and the result as a future.
///
/// Mutations run in the order of the calls, each exactly once, even across reconnects. A result comes once the
/// queries on the page show what the mutation wrote.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Mutation, use_mutation};
/// # #[derive(Clone, serde::Serialize)] struct CreateArgs { text: String }
/// # fn create(args: CreateArgs) -> Mutation<String> { Mutation::new("todos:create", args) }
///
/// #[component]
/// fn Add() -> impl IntoView {
///     let create = use_mutation(create);
///     view! {
///         <button
///             disabled=create.pending()
///             on:click=move |_| create.dispatch(CreateArgs { text: "Buy milk".into() })
///         >"Add"</button>
///         {move || create.error().get().map(|error| view! { <p role="alert">{error.to_string()}</p> })}
///     }
/// }
/// ```
///
/// # On the server
/// Never pending. Calls end in [`CallError::Closed`](crate::CallError::Closed); a server function uses
/// `server::HttpClient`.
///
/// # Before hydration
/// Nothing: a form that must work then is an `<ActionForm>` on a server function.
///
/// # Errors
/// They come as [`UseCall::error`] and from the future. A lost connection is not an error: the mutation waits for the
/// next connection.
#[track_caller]
pub fn use_mutation<A, T>(
    mutation: impl Fn(A) -> Mutation<T> + Send + Sync + 'static,
) -> UseMutation<A, T>
where
    A: 'static,
    T: DeserializeOwned + Send + Sync + 'static,
{
    UseCall::new(use_convex(), RequestKind::Mutation, mutation)
}

impl<A, T> UseMutation<A, T>
where
    A: Clone + Send + Sync + 'static,
    T: DeserializeOwned + Send + Sync + 'static,
{
    /// Shows the expected effect of the mutation before the server has run it.
    ///
    /// `update` runs at once, and again on each newer state of the server, until the mutation's own writes have
    /// arrived or the mutation has failed. Then its effect is removed. `update` must depend on nothing but its
    /// arguments.
    ///
    /// The returned handle calls with the update and shares its signals with this one. Copies made before call
    /// without the update.
    #[must_use]
    pub fn with_optimistic_update(
        self,
        update: impl Fn(&mut OptimisticStore<'_>, &A) + Send + Sync + 'static,
    ) -> Self {
        self.with_optimistic(update)
    }
}
