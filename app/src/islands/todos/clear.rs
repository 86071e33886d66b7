//! The form that removes finished todos.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{TodoChanges, actions::ClearDone};
use crate::ui::{ButtonKind, Fields, LiveForm, SubmitButton};

/// Shows the button `Clear done`.
#[component]
pub(super) fn ClearForm(
    /// The changes of the todos.
    changes: TodoChanges,
) -> impl IntoView {
    let clear = Callback::new(move |_: Fields| changes.clear_done.dispatch(()));
    view! {
        <LiveForm action=ClearDone::url() on_submit=clear>
            <SubmitButton kind=ButtonKind::Quiet pending=changes.clear_done.pending()>
                "Clear done"
            </SubmitButton>
        </LiveForm>
    }
}
