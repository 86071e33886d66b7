//! The todo that is being typed. It survives a reload of the page in the same tab.

use gloo_storage::{SessionStorage, Storage};
use leptos::{
    prelude::{document, window},
    web_sys,
};

/// Returns the kept text.
pub(super) fn kept() -> Option<String> {
    let (storage, key) = place()?;
    storage.get_item(&key).ok()?
}

/// Keeps the typed text. An empty text is deleted.
pub(super) fn keep(text: &str) {
    let Some((storage, key)) = place() else {
        return;
    };
    // If the storage is full or closed, the text is lost with the page, like everything typed.
    let _ = if text.is_empty() {
        storage.remove_item(&key)
    } else {
        storage.set_item(&key, text)
    };
}

/// Returns the storage and a key for this person. Returns `None` if the browser has no storage, because
/// `SessionStorage` would panic then.
fn place() -> Option<(web_sys::Storage, String)> {
    window().session_storage().ok()??;
    let account = document()
        .document_element()?
        .get_attribute("data-account")?;
    Some((SessionStorage::raw(), format!("new-todo of {account}")))
}
