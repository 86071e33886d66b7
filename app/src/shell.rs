//! The HTML document: head, stylesheet, the module that starts the browser half, and the app.

use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::App;

/// The URLs of the generated files. The server finds them once at start, hashes included, so that
/// rendering a page reads nothing from disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentAssets {
    /// The JavaScript module made by wasm-bindgen.
    pub js: String,
    /// The WebAssembly it loads.
    pub wasm: String,
    /// The stylesheet.
    pub css: String,
    /// Whether the names carry a hash of the contents, so that they can be cached for ever.
    pub hashed: bool,
}

/// The document of every page.
pub fn shell(options: LeptosOptions, assets: DocumentAssets) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#1e1b18" media="(prefers-color-scheme: dark)"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=assets.css.clone()/>
                <AutoReload options/>
                <StartScript assets/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Loads the WebAssembly and takes over the rendered page; the same as Leptos' `HydrationScripts`
/// with names that are known already.
#[component]
fn StartScript(
    /// What to load.
    assets: DocumentAssets,
) -> impl IntoView {
    let nonce = use_nonce();
    let script = format!(
        "import({:?}).then(m=>m.default({{module_or_path:{:?}}}).then(()=>m.hydrate()))",
        assets.js, assets.wasm
    );
    view! {
        <link rel="modulepreload" href=assets.js/>
        <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script type="module" nonce=nonce>{script}</script>
    }
}
