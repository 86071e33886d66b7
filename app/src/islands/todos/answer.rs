//! The answers to the todos' forms without WebAssembly.

use leptos_better_auth::server::fetch_auth_mutation;
use leptos_convex::Mutation;
use serde::de::DeserializeOwned;

use super::TODOS;
use crate::{
    forms::{Answer, Refusal, answer_as},
    paths,
};

/// Runs a mutation of the visitor's todos and goes back to them.
pub(super) async fn change_todos<T: DeserializeOwned + 'static>(mutation: Mutation<T>) -> Answer {
    let done = fetch_auth_mutation(mutation).await;
    let done = done.map(|_| paths::DASHBOARD.to_owned());
    answer_as(TODOS, paths::DASHBOARD, done.map_err(Into::into))
}

/// Goes back to the todos with a refusal.
pub(super) fn refuse_todos(refusal: Refusal) -> Answer {
    answer_as(TODOS, paths::DASHBOARD, Err(refusal))
}
