//! `ctx.vectorSearch()`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Reply, parse};
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::running::{Context, Run};

#[derive(Deserialize)]
struct Search {
    query: Json,
}

/// Searches the newest data for an action.
pub(super) fn search(
    context: &Context,
    run: &Arc<Run>,
    args: &str,
) -> Result<Reply, FunctionError> {
    if matches!(run.call.kind(), Some(Kind::Query | Kind::Mutation)) {
        return Err(FunctionError::new("Only actions can search vectors"));
    }
    let Search { query } = parse(args)?;
    let (store, component) = (context.host.store.clone(), run.call.component().clone());
    // Every vector of the table is compared.
    let search = move || store.vector_search(&component, &query);
    Ok(Reply::Later(Box::pin(async move {
        let found = tokio::task::spawn_blocking(search).await;
        let found = found.map_err(|error| FunctionError::interrupted(error.to_string()))?;
        let found = found.map_err(|error| FunctionError::new(error.to_string()))?;
        Ok(found.to_string())
    })))
}
