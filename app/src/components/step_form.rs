//! A form described by its fields.

use leptos::prelude::*;
use leptos_better_auth::use_session;

use crate::{
    request::use_refused,
    ui::{Alert, ButtonKind, Field, FieldKind, PostForm, SubmitButton},
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

/// A form with these fields. The browser posts it to its server function, which leads to another page: the next one, or
/// this one again with what is wrong.
#[component]
pub fn StepForm(
    /// Its name, first half of the ids of its fields.
    form: &'static str,
    /// The path of its server function, `SignIn::url()`.
    action: &'static str,
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
    /// What stands beside the button.
    #[prop(optional)]
    beside: Option<AnyView>,
    /// More inputs, before the button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let refused = use_refused(form);
    let hidden: Vec<_> = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect();
    let first_wrong = refused.first_wrong(asks.iter().map(|ask| ask.name));
    let mut start = Some(start);
    let fields: Vec<_> = asks
        .iter()
        .map(|ask| {
            let typed = refused.typed(ask.name);
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
                    error=refused.error(ask.name)
                    focused=first_wrong == Some(ask.name)
                />
            }
        })
        .collect();
    let asks_password = asks
        .iter()
        .any(|ask| ask.autocomplete == "current-password");
    let button = view! { <SubmitButton kind>{submit}</SubmitButton> };
    view! {
        <PostForm action>
            <Alert message=refused.message()/>
            {hidden}
            {asks_password.then(whose_password)}
            {fields}
            {children.map(|children| children())}
            {match beside {
                Some(beside) => view! { <div class="way">{button}{beside}</div> }.into_any(),
                None => button.into_any(),
            }}
        </PostForm>
    }
}

/// Tells password managers which account a form asks the password of. It is hidden, and without a name
/// it is not sent.
fn whose_password() -> impl IntoView {
    let user = untrack(|| use_session().user())?;
    Some(view! { <input type="email" autocomplete="username" value=user.email readonly hidden/> })
}
