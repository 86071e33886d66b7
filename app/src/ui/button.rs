//! The button that sends a form.

use leptos::prelude::*;

/// The weight of a button among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing to do here.
    #[default]
    Main,
    /// One of several things to do.
    Plain,
    /// Something to do besides.
    Quiet,
    /// Something that cannot be undone.
    Danger,
}

impl ButtonKind {
    /// Its classes in the stylesheet.
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

/// Sends its form. While `pending` it is disabled and shows that it works.
#[component]
pub fn SubmitButton(
    /// Whether the form is being sent.
    #[prop(into, optional)]
    pending: Signal<bool>,
    /// Its weight among others.
    #[prop(optional)]
    kind: ButtonKind,
    /// What it says.
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
