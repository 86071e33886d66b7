//! The test of an error that the server found. Resources take what the server sent only in builds with `ssr`, or in a
//! browser.

use any_spawner::Executor;
use leptos::prelude::*;
use serde_json::json;

use super::{count, hydration::Page};
use crate::{CallError, QueryState, hooks::use_suspense_query};

#[tokio::test]
async fn an_error_from_the_server_is_not_shown_for_other_arguments() {
    // This fails if another test has already done it.
    drop(Executor::init_tokio());
    let error = CallError::Server {
        message: "not today".to_owned(),
    };
    let page = Page::hydrating_with(Some(json!({ "result": { "Err": error } }).to_string()));
    let of = RwSignal::new(1);
    let query = use_suspense_query(move || count(of.get()));
    assert_eq!(query.error(), Some(error.clone()));
    page.is_hydrated();
    assert_eq!(query.error(), Some(error));
    of.set(2);
    assert_eq!(query.state(), QueryState::Loading);
}
