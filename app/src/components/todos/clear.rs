//! The form that removes what is done.

use leptos::prelude::*;

use super::TodoChanges;
use crate::{
    actions::ClearDone,
    ui::{ButtonKind, LiveForm, SubmitButton},
};

/// The button `Clear done`.
#[component]
pub(super) fn ClearForm(
    /// How to change the todos.
    changes: TodoChanges,
) -> impl IntoView {
    let clear = Callback::new(move |ClearDone {}| changes.clear_done.dispatch(()));
    view! {
        <LiveForm on_submit=clear>
            <SubmitButton kind=ButtonKind::Quiet pending=changes.clear_done.pending()>
                "Clear done"
            </SubmitButton>
        </LiveForm>
    }
}
