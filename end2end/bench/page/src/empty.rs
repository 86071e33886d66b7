//! The page of `live` without a backend, to measure what Leptos itself takes.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

#[component]
fn Row(n: u32, value: RwSignal<f64>) -> impl IntoView {
    view! { <p>{move || value.get() + f64::from(n)}</p> }
}

/// Shows `rows` paragraphs.
#[wasm_bindgen]
pub fn show(rows: u32) {
    leptos::mount::mount_to_body(move || {
        let value = RwSignal::new(0.0);
        let click = move |_| value.update(|value| *value += 1.0);
        let paragraphs = (0..rows).map(|n| view! { <Row n value /> });
        let paragraphs = paragraphs.collect::<Vec<_>>();
        view! { {paragraphs} <button on:click=click>"Change"</button> }
    });
}
