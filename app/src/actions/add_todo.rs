//! Adds a todo, for a page without WebAssembly; with it, the live connection carries the same
//! mutation.

use leptos::prelude::*;

use super::Outcome;

/// Adds a todo.
///
/// # Errors
///
/// When the request is not of this site's making; a refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "add-todo")]
pub async fn add_todo(
    /// What to do.
    #[server(default)]
    text: String,
) -> Result<Outcome<()>, ServerFnError> {
    use super::{
        NOTHING_TO_DO, Refusal,
        server::{change_todos, refuse_todos},
    };
    use crate::api::todos;

    let text = text.trim().to_owned();
    if text.is_empty() {
        return Ok(refuse_todos(Refusal::of_field("text", NOTHING_TO_DO)));
    }
    change_todos(todos::create(todos::CreateArgs { text })).await
}
