//! A form described by its fields.

use leptos::prelude::*;
use leptos_better_auth::use_session;

use super::{FormAction, PostForm, account_form::use_step_form};
use crate::{
    actions::Outcome,
    ui::{Alert, ButtonKind, Field, FieldKind, SubmitButton},
};

/// One field of a [`StepForm`].
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Name it is sent under.
    pub name: &'static str,
    /// What it asks for.
    pub label: &'static str,
    /// What is typed.
    pub kind: FieldKind,
    /// What the browser may fill in.
    pub autocomplete: &'static str,
    /// A sentence of help.
    pub hint: Option<&'static str>,
}

impl Ask {
    /// The current password.
    pub const PASSWORD: Self = Self {
        name: "password",
        label: "Password",
        kind: FieldKind::Password,
        autocomplete: "current-password",
        hint: None,
    };

    /// A new password.
    pub const NEW_PASSWORD: Self = Self {
        name: "password",
        label: "New password",
        kind: FieldKind::Password,
        autocomplete: "new-password",
        hint: Some("At least 8 characters."),
    };

    /// The address of an account.
    pub const EMAIL: Self = Self {
        name: "email",
        label: "Email",
        kind: FieldKind::Email,
        autocomplete: "username",
        hint: None,
    };
}

/// A form with these fields. Afterwards it leads to the page that its server function names.
#[component]
pub fn StepForm(
    /// Its name, first half of the ids of its fields.
    form: &'static str,
    /// Its server function.
    action: FormAction<String>,
    /// What it asks for.
    #[prop(optional)]
    asks: &'static [Ask],
    /// Hidden fields, by name and value.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// What its first field starts with.
    #[prop(optional, into)]
    start: String,
    /// What its button says.
    #[prop(into)]
    submit: String,
    /// How much the button asks for attention.
    #[prop(optional)]
    kind: ButtonKind,
    /// More inputs, before the button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let state = use_step_form(form, asks, action);
    // The next page is on its way.
    let going = move || {
        action
            .value()
            .with(|it| matches!(it, Some(Ok(Outcome::Done(_)))))
    };
    let pending = Signal::derive(move || action.pending().get() || going());
    let hidden: Vec<_> = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect();
    let mut start = Some(start);
    let fields: Vec<_> = asks
        .iter()
        .map(|ask| {
            let typed = state.typed(ask.name);
            let value = match start.take() {
                Some(start) if typed.is_empty() => start,
                _ => typed,
            };
            view! {
                <Field
                    form
                    name=ask.name
                    label=ask.label
                    kind=ask.kind
                    autocomplete=ask.autocomplete
                    hint=ask.hint
                    value
                    error=state.error(ask.name)
                />
            }
        })
        .collect();
    let asks_password = asks
        .iter()
        .any(|ask| ask.autocomplete == "current-password");
    view! {
        <PostForm action>
            <Alert message=state.message()/>
            {hidden}
            {asks_password.then(whose_password)}
            {fields}
            {children.map(|children| children())}
            <SubmitButton kind pending>{submit}</SubmitButton>
        </PostForm>
    }
}

/// Tells password managers which account a form asks the password of. It is hidden, and without a name
/// it is not sent.
fn whose_password() -> impl IntoView {
    let account = untrack(|| use_session().data())?;
    let email = account.user.email;
    Some(view! { <input type="email" autocomplete="username" value=email readonly hidden/> })
}
