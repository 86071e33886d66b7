//! One todo: a form that toggles it and a form that removes it.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_convex::Id;

use super::{TodoChanges, changes::is_unconfirmed};
use crate::{
    actions::{RemoveTodo, ToggleTodo},
    api::{
        tables::Todos,
        todos::{RemoveArgs, Todo, ToggleArgs},
    },
    ui::{Fields, LiveForm},
};

/// One row of the list. It stays the same element while its todo changes, so that the keyboard focus
/// stays on it.
#[component]
pub(super) fn TodoItem(
    /// Which todo.
    id: Id<Todos>,
    /// All todos.
    todos: Signal<Vec<Todo>>,
    /// How to change them.
    changes: TodoChanges,
) -> impl IntoView {
    let waits = is_unconfirmed(&id);
    let (value, same_value) = (id.as_str().to_owned(), id.as_str().to_owned());
    let todo = Memo::new(move |_| todos.with(|todos| todos.iter().find(|it| it.id == id).cloned()));
    let text = Memo::new(move |_| todo.get().map(|todo| todo.text).unwrap_or_default());
    let completed = move || todo.with(|todo| todo.as_ref().is_some_and(|todo| todo.completed));
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
                    class="button"
                    data-kind="quiet"
                    aria-label=move || format!("Remove {}", text.get())
                    disabled=waits
                >
                    "Remove"
                </button>
            </LiveForm>
        </li>
    }
}
