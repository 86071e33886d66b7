//! One labelled input with its hint and its error.

use leptos::prelude::*;

/// The kind of text in a [`Field`]. It determines the keyboard on a phone and what a password manager fills in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// An email address.
    Email,
    /// A password; its value is never rendered.
    Password,
    /// A code of the second factor.
    Code,
}

impl FieldKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Code => "text",
            Self::Email => "email",
            Self::Password => "password",
        }
    }
}

/// Returns the element id of the field `name` in the form `form`. It is made from names, never at random, since server
/// and browser must agree.
#[must_use]
pub fn field_id(form: &str, name: &str) -> String {
    format!("{form}-{name}")
}

/// Shows a labelled input. Label, hint and error are tied to the input, so that a screen reader reads them with it.
#[component]
pub fn Field(
    /// The form it belongs to; first half of the element's id.
    form: &'static str,
    /// The name under which it is sent.
    name: &'static str,
    /// Its label, always visible.
    label: &'static str,
    /// The kind of text.
    #[prop(optional)]
    kind: FieldKind,
    /// The value that the browser may fill in (`email`, `current-password` …).
    autocomplete: &'static str,
    /// Its initial text.
    #[prop(optional, into)]
    value: String,
    /// A sentence of help.
    #[prop(into, default = None)]
    hint: Option<&'static str>,
    /// The error of the last value that was sent.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Whether it has the focus when the page loads, because its value was wrong.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    let id = field_id(form, name);
    let hint_id = hint.map(|_| format!("{id}-hint"));
    let error_id = format!("{id}-error");
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || {
            let error_id = error.with(Option::is_some).then(|| error_id.clone());
            let ids: Vec<String> = [error_id, hint_id.clone()].into_iter().flatten().collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    let is_password = kind == FieldKind::Password;
    view! {
        <div class="field" data-password=is_password.then_some("")>
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                id=id
                name=name
                type=kind.input_type()
                autocomplete=autocomplete
                autocapitalize=(kind != FieldKind::Text).then_some("none")
                value=(kind != FieldKind::Password).then_some(value)
                required
                autofocus=focused
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described_by
            />
            {is_password.then(|| view! { <ShowPassword/> })}
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <p class="field-error" id=error_id>{move || error.get().unwrap_or_default()}</p>
        </div>
    }
}

/// Shows and hides what was typed, and warns if Caps Lock is on. The document's script makes it visible, because it
/// does not work without.
#[component]
fn ShowPassword() -> impl IntoView {
    view! {
        <button type="button" class="field-show" hidden aria-pressed="false">
            "Show"<span class="visually-hidden">" password"</span>
        </button>
        <p class="field-hint" role="status"></p>
    }
}
