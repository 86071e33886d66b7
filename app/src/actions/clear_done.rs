//! Removes the todos that are done, for a page without WebAssembly; with it, the live connection
//! carries the same mutation.

use leptos::prelude::*;

use super::Outcome;

/// Removes the todos that are done.
///
/// # Errors
///
/// When the request is not of this site's making; a refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "clear-done")]
pub async fn clear_done() -> Result<Outcome<()>, ServerFnError> {
    super::server::change_todos(crate::api::todos::clear_done()).await
}
