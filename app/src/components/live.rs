//! The live part of a page.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_better_auth::{ConvexBetterAuthIsland, early_socket_script, use_auth_bootstrap};
use leptos_meta::{Link, Script};

use crate::{DocumentAssets, request::hint, scripts::LIVE};

/// Loads the WebAssembly, opens and authenticates the socket at the same time, and gives the islands among its children
/// one live client and the session. Pages without it load no code.
#[component]
pub fn Live(
    /// The part of the page with the islands.
    children: Children,
) -> impl IntoView {
    let DocumentAssets { js, wasm, .. } = expect_context();
    hint(&js, "rel=modulepreload");
    hint(
        &wasm,
        "rel=preload; as=fetch; type=\"application/wasm\"; crossorigin",
    );
    let nonce = use_nonce()
        .map(|nonce| nonce.to_string())
        .unwrap_or_default();
    let bootstrap = use_auth_bootstrap();
    let start = format!(
        "{};{}({js:?},{wasm:?})",
        early_socket_script(&bootstrap),
        LIVE.as_str()
    );
    view! {
        <Link rel="modulepreload" href=js/>
        <Link rel="preload" href=wasm as_="fetch" type_="application/wasm" crossorigin=""/>
        <Script type_="module" nonce>{start}</Script>
        <ConvexBetterAuthIsland bootstrap>{children()}</ConvexBetterAuthIsland>
    }
}
