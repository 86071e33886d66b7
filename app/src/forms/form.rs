//! A form described by its fields.

use leptos::prelude::*;
use leptos_better_auth::use_session;

use super::{FieldSpec, name_of, use_refused};
use crate::ui::{Alert, ButtonKind, Field, PostForm, SubmitButton};

/// Shows a form with these fields. The browser posts it to its server function, which redirects to the next page, or
/// back to this one with error messages.
#[component]
pub fn Form(
    /// The path of its server function, `SignIn::url()`. The form's name is its last part.
    action: &'static str,
    /// Its label.
    #[prop(optional)]
    fields: &'static [FieldSpec],
    /// Hidden fields, by name and value.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// The first value of its first field.
    #[prop(optional, into)]
    start: String,
    /// The text of its button.
    #[prop(into)]
    submit: String,
    /// The weight of the button.
    #[prop(optional)]
    kind: ButtonKind,
    /// A view next to the button.
    #[prop(optional)]
    beside: Option<AnyView>,
    /// More inputs, before the button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let form = name_of(action);
    let refused = use_refused(form);
    let hidden: Vec<_> = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect();
    let first_wrong = refused.first_wrong(fields.iter().map(|field| field.name));
    let mut start = Some(start);
    let inputs: Vec<_> = fields
        .iter()
        .map(|field| {
            let typed = refused.typed(field.name);
            let value = match start.take() {
                Some(start) if typed.is_empty() => start,
                _ => typed,
            };
            view! {
                <Field
                    form
                    name=field.name
                    label=field.label
                    kind=field.kind
                    autocomplete=field.autocomplete
                    hint=field.hint
                    value
                    error=refused.error(field.name)
                    focused=first_wrong == Some(field.name)
                />
            }
        })
        .collect();
    let asks_password = fields.iter().any(FieldSpec::is_current_password);
    let button = view! { <SubmitButton kind>{submit}</SubmitButton> };
    view! {
        <PostForm action>
            <Alert message=refused.message()/>
            {hidden}
            {asks_password.then(whose_password)}
            {inputs}
            {children.map(|children| children())}
            {match beside {
                Some(beside) => view! { <div class="way">{button}{beside}</div> }.into_any(),
                None => button.into_any(),
            }}
        </PostForm>
    }
}

/// Tells password managers to which account the password belongs. It is hidden, and it is not sent because it has no
/// name.
fn whose_password() -> impl IntoView {
    let user = untrack(|| use_session().user())?;
    Some(view! { <input type="email" autocomplete="username" value=user.email readonly hidden/> })
}
