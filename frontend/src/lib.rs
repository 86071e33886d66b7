//! The WebAssembly entry point: takes over the page the server rendered, and nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the document's start script once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
