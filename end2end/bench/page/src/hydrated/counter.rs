//! A signal, a text that follows it, a button.

use leptos::prelude::*;

#[component]
pub(super) fn Counter() -> impl IntoView {
    let value = RwSignal::new(0.0);
    let click = move |_| value.update(|value| *value += 1.0);
    view! {
        <p>{move || value.get()}</p>
        <button on:click=click>"Change"</button>
    }
}
