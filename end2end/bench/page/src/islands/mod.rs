//! A page of which only islands are hydrated: with a signal, live queries, accounts.

#[cfg(feature = "islands-auth")]
mod auth;
#[cfg(all(feature = "islands-convex", not(feature = "islands-auth")))]
mod convex;
mod counter;
#[cfg(feature = "islands-convex")]
mod live;

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the islands of the page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
