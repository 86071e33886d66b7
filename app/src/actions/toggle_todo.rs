//! Marks a todo as done, or as not done, for a page without WebAssembly; with it, the live
//! connection carries the same mutation.

use leptos::prelude::*;

use super::Outcome;

/// Marks a todo as done, or as not done.
///
/// # Errors
///
/// When the request is not of this site's making; a refusal is an [`Outcome`].
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
