//! A form with two ways to the same end.

use leptos::{
    ev::SubmitEvent,
    form::FromFormData,
    html::Form,
    logging::error,
    prelude::*,
    server_fn::{Http, ServerFn, codec::PostUrl},
};
use serde::de::DeserializeOwned;

/// Posts to the server function `F` where there is no WebAssembly; with it, hands the same fields to
/// `on_submit` instead, and nothing is loaded anew.
#[component]
pub fn LiveForm<F, Output>(
    /// What to do with the fields in the browser.
    on_submit: Callback<F>,
    /// Class of the `<form>`.
    #[prop(optional)]
    class: &'static str,
    /// The `<form>` itself.
    #[prop(optional)]
    node_ref: NodeRef<Form>,
    /// Inputs and button.
    children: Children,
) -> impl IntoView
where
    F: ServerFn<Protocol = Http<PostUrl, Output>> + DeserializeOwned + Send + Sync + 'static,
{
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match F::from_event(&event) {
            Ok(fields) => on_submit.run(fields),
            Err(problem) => error!("a form does not fit its server function: {problem}"),
        }
    };
    view! {
        <form method="post" action=F::url() class=class node_ref=node_ref on:submit=submit>
            {children()}
        </form>
    }
}
