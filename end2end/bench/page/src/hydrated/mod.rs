//! A page that is hydrated as a whole: with a signal alone, the router, live queries, accounts.

#[cfg(feature = "auth")]
mod auth;
#[cfg(all(feature = "convex", not(feature = "auth")))]
mod convex;
mod counter;
#[cfg(feature = "router")]
mod router;

use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "auth")]
use self::auth::App;
#[cfg(all(feature = "convex", not(feature = "auth")))]
use self::convex::App;
#[cfg(not(feature = "router"))]
use self::counter::Counter as App;
#[cfg(all(feature = "router", not(feature = "convex")))]
use self::router::App;

/// Hydrates the page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(App);
}
