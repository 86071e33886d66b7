//! The todo that is being typed. It outlives a reload of the page in the same tab.

use gloo_storage::{SessionStorage, Storage};
use leptos::prelude::{document, window};

/// What was typed and not added.
pub(super) fn kept() -> Option<String> {
    SessionStorage::get(key()?).ok()
}

/// Keeps what is typed; nothing is kept of nothing.
pub(super) fn keep(text: &str) {
    let Some(key) = key() else { return };
    if text.is_empty() {
        SessionStorage::delete(key);
    } else {
        // Full, or closed meanwhile: then it is lost with the page, as everything typed is.
        let _ = SessionStorage::set(key, text);
    }
}

/// Where it is kept: for this person alone. Nowhere in a browser that keeps nothing, where `SessionStorage` would panic.
fn key() -> Option<String> {
    window().session_storage().ok()??;
    let account = document()
        .document_element()?
        .get_attribute("data-account")?;
    Some(format!("new-todo of {account}"))
}
