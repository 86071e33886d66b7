//! The form that adds a todo.

use leptos::{ev::Event, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{NOTHING_TO_DO, TODOS, TodoChanges, actions::AddTodo, draft};
use crate::{
    api::todos::CreateArgs,
    ui::{Field, Fields, LiveForm, SubmitButton, empty, field_id, fill_if_empty, focus_later},
};

/// Shows a text field and the button that adds a todo. The field is emptied at once, and filled again if the server
/// refuses. Several todos can be sent at the same time.
#[component]
pub(super) fn AddForm(
    /// The changes of the todos.
    changes: TodoChanges,
    /// The error of a todo that the browser posted.
    text_error: Option<String>,
) -> impl IntoView {
    let focused = text_error.is_some();
    let error = RwSignal::new(text_error);
    let add = Callback::new(move |fields: Fields| {
        let sent = fields.get("text");
        let text = sent.trim().to_owned();
        if text.is_empty() {
            // This is the second click of a double click.
            if changes.create.pending().get_untracked() {
                return;
            }
            error.set(Some(NOTHING_TO_DO.to_owned()));
            return focus_later(field_id(TODOS, "text"));
        }
        error.set(None);
        // The next todo can be typed while this one is being sent.
        empty(&field_id(TODOS, "text"));
        draft::keep("");
        let created = changes.create.call(CreateArgs { text });
        spawn_local(async move {
            if created.await.is_err() {
                fill_if_empty(&field_id(TODOS, "text"), &sent);
            }
        });
    });
    Effect::new(|| {
        if let Some(text) = draft::kept() {
            fill_if_empty(&field_id(TODOS, "text"), &text);
        }
    });
    let typed = |event: Event| draft::keep(&event_target_value(&event));
    view! {
        <LiveForm action=AddTodo::url() on_submit=add class="todo-add" on:input=typed>
            <Field form=TODOS name="text" label="New todo" autocomplete="off" error focused/>
            <SubmitButton>"Add"</SubmitButton>
        </LiveForm>
    }
}
