//! Adding a todo without WebAssembly. With it, the live connection carries the same mutation.

use leptos::prelude::*;

use super::Outcome;

/// Adds a todo.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "add-todo")]
pub async fn add_todo(
    /// The text.
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
