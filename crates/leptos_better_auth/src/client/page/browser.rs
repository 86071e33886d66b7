//! The browser's page.

use wasm_bindgen::JsValue;

/// Milliseconds since 1970.
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

/// Takes the one-time token out of the address (`?ott=…`), where a sign-in on another domain left it, so
/// that neither history nor a copied link keeps it.
pub(crate) fn take_one_time_token() -> Option<String> {
    let window = web_sys::window()?;
    let url = web_sys::Url::new(&window.location().href().ok()?).ok()?;
    let token = url
        .search_params()
        .get("ott")
        .filter(|token| !token.is_empty())?;
    url.search_params().delete("ott");
    let history = window.history().ok()?;
    let state = history.state().unwrap_or(JsValue::NULL);
    history
        .replace_state_with_url(&state, "", Some(&url.href()))
        .ok()?;
    Some(token)
}

/// Leaves this page.
pub(crate) fn go_to(url: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().set_href(url);
    }
}
