//! Operations on the page: focus, inputs, reloading. They work only in the browser.

use leptos::{
    leptos_dom::helpers::request_animation_frame, prelude::*, wasm_bindgen::JsCast, web_sys,
};

/// Focuses the element with this id, if it is there.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // This fails only for elements that cannot have the focus.
        let _ = element.focus();
    }
}

/// Does what [`focus`] does, once the current changes are on the page.
pub fn focus_later(id: String) {
    request_animation_frame(move || focus(&id));
}

/// Puts `text` into the input with this id, unless something else was typed there.
pub fn fill_if_empty(id: &str, text: &str) {
    if let Some(input) = input(id)
        && input.value().is_empty()
    {
        input.set_value(text);
    }
}

/// Empties the input with this id.
pub fn empty(id: &str) {
    if let Some(input) = input(id) {
        input.set_value("");
    }
}

fn input(id: &str) -> Option<web_sys::HtmlInputElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Reloads the page, unless a form is being sent, whose answer loads a page anyway.
pub fn reload() {
    let sent = document().query_selector("form[aria-busy=true]");
    if matches!(sent, Ok(None)) {
        // This fails only while the page is being left.
        let _ = window().location().reload();
    }
}
