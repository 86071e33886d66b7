//! The server functions of the todos' forms, for browsers without WebAssembly. With it, the live connection carries the
//! same mutations.

use leptos::prelude::*;

use crate::forms::Answer;

/// Adds a todo.
///
/// # Errors
///
/// As every [`Answer`].
#[server(prefix = "/actions", endpoint = "add-todo")]
pub async fn add_todo(
    /// The text.
    #[server(default)]
    text: String,
) -> Answer {
    use super::{
        NOTHING_TO_DO,
        answer::{change_todos, refuse_todos},
    };
    use crate::{api::todos, forms::Refusal};

    let text = text.trim().to_owned();
    if text.is_empty() {
        return refuse_todos(Refusal::of_field("text", NOTHING_TO_DO));
    }
    change_todos(todos::create(todos::CreateArgs { text })).await
}

/// Toggles whether a todo is done.
///
/// # Errors
///
/// As every [`Answer`].
#[server(prefix = "/actions", endpoint = "toggle-todo")]
pub async fn toggle_todo(
    /// Its id.
    #[server(default)]
    id: String,
) -> Answer {
    use super::answer::change_todos;
    use crate::api::todos;
    use leptos_convex::Id;

    change_todos(todos::toggle(todos::ToggleArgs { id: Id::new(id) })).await
}

/// Removes a todo.
///
/// # Errors
///
/// As every [`Answer`].
#[server(prefix = "/actions", endpoint = "remove-todo")]
pub async fn remove_todo(
    /// Its id.
    #[server(default)]
    id: String,
) -> Answer {
    use super::answer::change_todos;
    use crate::api::todos;
    use leptos_convex::Id;

    change_todos(todos::remove(todos::RemoveArgs { id: Id::new(id) })).await
}

/// Removes the finished todos.
///
/// # Errors
///
/// As every [`Answer`].
#[server(prefix = "/actions", endpoint = "clear-done")]
pub async fn clear_done() -> Answer {
    super::answer::change_todos(crate::api::todos::clear_done()).await
}
