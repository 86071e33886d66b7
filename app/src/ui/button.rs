//! The button that sends a form.

use leptos::prelude::*;

/// The importance of a button among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The main action.
    #[default]
    Main,
    /// One of several actions.
    Plain,
    /// A secondary action.
    Quiet,
    /// An action that cannot be undone.
    Danger,
}

impl ButtonKind {
    /// Returns its classes in the stylesheet.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Main => "button",
            Self::Plain => "button plain",
            Self::Quiet => "button quiet",
            Self::Danger => "button danger",
        }
    }
}

/// Sends its form. While `pending` it is disabled and shows progress.
#[component]
pub fn SubmitButton(
    /// Whether the form is being sent.
    #[prop(into, optional)]
    pending: Signal<bool>,
    /// Its importance among others.
    #[prop(optional)]
    kind: ButtonKind,
    /// Its text.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class=kind.class()
            disabled=move || pending.get()
            aria-busy=move || pending.get().then_some("true")
        >
            {children()}
        </button>
    }
}
