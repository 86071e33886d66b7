//! Cookies that tell the page's own server what this browser has seen and written.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlDocument;

use crate::sync::Timestamp;

/// How long a server may rely on its memory without asking Convex, plus a little.
const A_WHILE: &str = "; max-age=15";

/// Sets the cookie to `moment`, unless another tab has seen a newer one.
pub(super) fn raise(name: &str, moment: Timestamp) {
    let Some(document) = document() else { return };
    let cookies = document.cookie().unwrap_or_default();
    let known = value_of(&cookies, name).and_then(Timestamp::decode);
    if known.is_none_or(|known| known < moment) {
        set(&document, name, &moment.encode(), "");
    }
}

/// Sets the cookie until every server must have seen the write.
pub(super) fn set_for_a_while(name: &str) {
    if let Some(document) = document() {
        set(&document, name, "1", A_WHILE);
    }
}

fn document() -> Option<HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}

fn set(document: &HtmlDocument, name: &str, value: &str, life: &str) {
    let location = document.location();
    let is_secure = location.is_some_and(|at| at.protocol().is_ok_and(|it| it == "https:"));
    let secure = if is_secure { "; secure" } else { "" };
    let cookie = [name, "=", value, "; path=/; samesite=lax", life, secure].concat();
    // A browser that keeps no cookies has no signed-in session either.
    drop(document.set_cookie(&cookie));
}

fn value_of<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    let pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(known, _)| *known == name);
    named.next().map(|(_, value)| value)
}
