//! Moving the keyboard focus. In the browser only; on the server there is nothing to focus.

use leptos::{
    leptos_dom::helpers::request_animation_frame, prelude::*, wasm_bindgen::JsCast, web_sys,
};

/// Focuses the element with this id, if it is there.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Refused only for elements that cannot have the focus.
        let _ = element.focus();
    }
}

/// The same after the changes under way are on the page.
pub fn focus_later(id: String) {
    request_animation_frame(move || focus(&id));
}
