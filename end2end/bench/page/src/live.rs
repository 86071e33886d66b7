//! `rows` live queries, each in a paragraph, and a button that changes what all of them read.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::rows::{Change, Row};

/// Shows `rows` paragraphs with what the backend at `url` says.
#[wasm_bindgen]
pub fn show(url: &str, counter: String, rows: u32) {
    let client = ConvexClient::new(url);
    leptos::mount::mount_to_body(move || {
        view! {
            <ConvexProvider client>
                {(0..rows).map(|n| view! { <Row counter=counter.clone() n /> }).collect::<Vec<_>>()}
                <Change counter />
            </ConvexProvider>
        }
    });
}
