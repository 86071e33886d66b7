//! One todo: a form that toggles it and a form that removes it.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_convex::{Id, Row};

use super::{
    TodoChanges,
    actions::{RemoveTodo, ToggleTodo},
    changes::is_unconfirmed,
};
use crate::{
    api::todos::{RemoveArgs, Todo, ToggleArgs},
    ui::{Fields, LiveForm},
};

/// Shows one row of the list. It stays the same element while its todo changes, so it keeps the keyboard focus.
#[component]
pub(super) fn TodoItem(
    /// The todo.
    todo: Row<Todo>,
    /// The changes of the todos.
    changes: TodoChanges,
) -> impl IntoView {
    let id = todo.with_untracked(|todo| todo.id.clone());
    let waits = is_unconfirmed(&id);
    let (value, same_value) = (id.as_str().to_owned(), id.as_str().to_owned());
    let text = move || todo.read().text.clone();
    let completed = move || todo.read().completed;
    let toggle = Callback::new(move |fields: Fields| {
        let id = Id::new(fields.get("id"));
        changes.toggle.dispatch(ToggleArgs { id });
    });
    let remove = Callback::new(move |fields: Fields| {
        let id = Id::new(fields.get("id"));
        changes.remove.dispatch(RemoveArgs { id });
    });
    view! {
        <li class="todo">
            <LiveForm action=ToggleTodo::url() on_submit=toggle>
                <input type="hidden" name="id" value=value/>
                <button
                    type="submit"
                    class="todo-toggle"
                    role="checkbox"
                    aria-checked=move || completed().to_string()
                    disabled=waits
                >
                    {text}
                </button>
            </LiveForm>
            <LiveForm action=RemoveTodo::url() on_submit=remove>
                <input type="hidden" name="id" value=same_value/>
                <button
                    type="submit"
                    class="button quiet"
                    aria-label=move || format!("Remove {}", todo.read().text)
                    disabled=waits
                >
                    "Remove"
                </button>
            </LiveForm>
        </li>
    }
}
