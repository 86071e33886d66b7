//! A form that the browser posts until the WebAssembly is loaded.

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{FormData, HtmlFormElement, UrlSearchParams},
};

/// The fields of a form that is being sent.
#[derive(Clone, Debug)]
pub struct Fields(UrlSearchParams);

impl Fields {
    /// Returns the fields that the browser would post; `None` if one of them is a file, which only the browser can
    /// send.
    fn of(event: &SubmitEvent) -> Option<Self> {
        let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
        if form.query_selector("[type=file]").ok()?.is_some() {
            return None;
        }
        let data = FormData::new_with_form(&form).ok()?;
        let params = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
        // The pressed button is a field, too.
        if let Some(button) = event.submitter()
            && let Some(name) = button.get_attribute("name")
        {
            params.append(&name, &button.get_attribute("value").unwrap_or_default());
        }
        Some(Self(params))
    }

    /// Returns the value of the field `name`; empty if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> String {
        self.0.get(name).unwrap_or_default()
    }
}

/// Posts to `action` without WebAssembly. With it, passes the same fields to `on_submit`, and no page is loaded. A form
/// with a file is always posted.
#[component]
pub fn LiveForm(
    /// Path of the server function that answers without WebAssembly, `AddTodo::url()`.
    action: &'static str,
    /// Handles the fields in the browser.
    on_submit: Callback<Fields>,
    /// Class of the `<form>`.
    #[prop(optional)]
    class: &'static str,
    /// Inputs and button.
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        if let Some(fields) = Fields::of(&event) {
            event.prevent_default();
            on_submit.run(fields);
        }
    };
    view! {
        <form
            method="post"
            action=action
            class=class
            on:submit=submit
        >
            {children()}
        </form>
    }
}
