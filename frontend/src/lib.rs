//! The WebAssembly entry point: makes the islands of a page ready to start, and nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

// Each island is a function of the module.
pub use app::islands;

/// Prepares the islands. The start script of `<Live>` calls this once the module is loaded, and then starts each
/// island.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
