//! The todo that is being typed. It outlives a reload of the page in the same tab.

use gloo_storage::{SessionStorage, Storage};
use leptos::{
    prelude::{document, window},
    web_sys,
};

/// What was typed and not added.
pub(super) fn kept() -> Option<String> {
    let (storage, key) = place()?;
    storage.get_item(&key).ok()?
}

/// Keeps what is typed; nothing is kept of nothing.
pub(super) fn keep(text: &str) {
    let Some((storage, key)) = place() else {
        return;
    };
    // Full, or closed meanwhile: then it is lost with the page, as everything typed is.
    let _ = if text.is_empty() {
        storage.remove_item(&key)
    } else {
        storage.set_item(&key, text)
    };
}

/// Where it is kept: for this person alone. Nowhere in a browser that keeps nothing, where `SessionStorage` would
/// panic.
fn place() -> Option<(web_sys::Storage, String)> {
    window().session_storage().ok()??;
    let account = document()
        .document_element()?
        .get_attribute("data-account")?;
    Some((SessionStorage::raw(), format!("new-todo of {account}")))
}
