//! The browser's storage and cookies.
//!
//! This does not use `gloo-storage`, which throws if storage is switched off and would stop the page.

use wasm_bindgen::JsCast as _;
use web_sys::{HtmlDocument, Storage};

use super::{BEGUN, NAME};

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

fn document() -> Option<HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}

pub(crate) fn recall() -> Option<String> {
    cookie().or_else(|| stored(NAME))
}

fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn cookie() -> Option<String> {
    let cookies = document()?.cookie().ok()?;
    let value = cookies
        .split("; ")
        .find_map(|pair| pair.strip_prefix(NAME)?.strip_prefix('='))?;
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// Remembers a completed sign-in by `method`.
pub(crate) fn remember(method: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(NAME, method);
        let _ = storage.remove_item(BEGUN);
    }
}

/// Remembers a sign-in by `method` that continues elsewhere.
pub(crate) fn begin(method: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(BEGUN, method);
    }
}

/// Notes that somebody is signed in, so a sign-in that continued elsewhere is complete.
pub(crate) fn settle() {
    if let Some(method) = stored(BEGUN) {
        remember(&method);
    }
}

pub(crate) fn clear() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(NAME);
        let _ = storage.remove_item(BEGUN);
    }
    if let Some(document) = document() {
        let _ = document.set_cookie(&format!("{NAME}=; max-age=0; path=/"));
    }
}
