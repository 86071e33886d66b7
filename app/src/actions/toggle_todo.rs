//! Marking a todo as done, or as not done, without WebAssembly. With it, the live connection carries
//! the same mutation.

use leptos::prelude::*;

use super::Outcome;

/// Marks a todo as done, or as not done.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "toggle-todo")]
pub async fn toggle_todo(
    /// Its id.
    #[server(default)]
    id: String,
) -> Result<Outcome<()>, ServerFnError> {
    use super::server::change_todos;
    use crate::api::todos;
    use leptos_convex::Id;

    change_todos(todos::toggle(todos::ToggleArgs { id: Id::new(id) })).await
}
