//! Removing a todo without WebAssembly. With it, the live connection carries the same mutation.

use leptos::prelude::*;

use super::Outcome;

/// Removes a todo.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "remove-todo")]
pub async fn remove_todo(
    /// Its id.
    #[server(default)]
    id: String,
) -> Result<Outcome<()>, ServerFnError> {
    use super::server::change_todos;
    use crate::api::todos;
    use leptos_convex::Id;

    change_todos(todos::remove(todos::RemoveArgs { id: Id::new(id) })).await
}
