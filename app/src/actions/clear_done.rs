//! Removing finished todos without WebAssembly. With it, the live connection carries the same mutation.

use leptos::prelude::*;

use super::Outcome;

/// Removes the finished todos.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "clear-done")]
pub async fn clear_done() -> Result<Outcome<()>, ServerFnError> {
    super::server::change_todos(crate::api::todos::clear_done()).await
}
