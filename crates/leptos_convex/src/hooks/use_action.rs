use serde::de::DeserializeOwned;

use super::{UseCall, use_convex};
use crate::{
    call::{Action, kind},
    sync::RequestKind,
};

/// An action ready to be called; see [`use_action`].
pub type UseAction<A, T> = UseCall<kind::Action, A, T>;

/// Calls an action, with pending, value and error as signals and the result as a future.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Action, use_action};
/// # fn send_mail(to: String) -> Action<()> { Action::new("mail:send", std::collections::BTreeMap::from([("to", to)])) }
///
/// #[component]
/// fn Send() -> impl IntoView {
///     let send = use_action(send_mail);
///     view! { <button disabled=send.pending() on:click=move |_| send.dispatch("a@b.c".into())>"Send"</button> }
/// }
/// ```
///
/// # On the server
/// Never pending. Calls end in [`CallError::Closed`](crate::CallError::Closed).
///
/// # Before hydration
/// Nothing.
///
/// # Errors
/// They come as [`UseCall::error`] and from the future. An action that was sent is never sent again: when the
/// connection breaks meanwhile, it ends in [`CallError::ConnectionLost`](crate::CallError::ConnectionLost).
#[track_caller]
pub fn use_action<A, T>(action: impl Fn(A) -> Action<T> + Send + Sync + 'static) -> UseAction<A, T>
where
    A: 'static,
    T: DeserializeOwned + Send + Sync + 'static,
{
    UseCall::new(use_convex(), RequestKind::Action, action)
}
