//! Tests of hydration: until it ends, hooks return what the server rendered.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use hydration_context::{PinnedFuture, PinnedStream, SerializedDataId, SharedContext};
use leptos::prelude::*;
use serde_json::json;
use throw_error::{Error, ErrorId};

use super::{answer, count, messages_of, page_of};
use crate::{
    AuthStatus, ClientOptions, ConvexClient, InitialAuth, PaginationOptions, PaginationResult,
    PaginationStatus, Preloaded, Query, TokenOutcome, Value,
    hooks::{
        UsePaginatedQuery, use_convex_auth, use_convex_connection_state,
        use_preloaded_paginated_query, use_preloaded_query, use_query,
    },
    sync::test_messages as messages,
    transport::fake::Remote,
};

/// A page that is being hydrated until the test ends the hydration.
#[derive(Debug)]
struct Hydrating {
    page: AtomicBool,
    here: AtomicBool,
    /// What the server sent for every resource.
    data: Option<String>,
}

impl Hydrating {
    fn new(data: Option<String>) -> Self {
        let (page, here) = (AtomicBool::new(true), AtomicBool::new(true));
        Self { page, here, data }
    }
}

impl SharedContext for Hydrating {
    fn is_browser(&self) -> bool {
        true
    }
    fn next_id(&self) -> SerializedDataId {
        SerializedDataId::default()
    }
    fn write_async(&self, _: SerializedDataId, _: PinnedFuture<String>) {}
    fn read_data(&self, _: &SerializedDataId) -> Option<String> {
        self.data.clone()
    }
    fn await_data(&self, _: &SerializedDataId) -> Option<String> {
        None
    }
    fn pending_data(&self) -> Option<PinnedStream<String>> {
        None
    }
    fn during_hydration(&self) -> bool {
        self.page.load(Ordering::Relaxed)
    }
    fn hydration_complete(&self) {
        self.page.store(false, Ordering::Relaxed);
    }
    fn get_is_hydrating(&self) -> bool {
        self.here.load(Ordering::Relaxed)
    }
    fn set_is_hydrating(&self, here: bool) {
        self.here.store(here, Ordering::Relaxed);
    }
    fn take_errors(&self) -> Vec<(SerializedDataId, ErrorId, Error)> {
        Vec::new()
    }
    fn errors(&self, _: &SerializedDataId) -> Vec<(ErrorId, Error)> {
        Vec::new()
    }
    fn seal_errors(&self, _: &SerializedDataId) {}
    fn register_error(&self, _: SerializedDataId, _: ErrorId, _: Error) {}
    fn defer_stream(&self, _: PinnedFuture<()>) {}
    fn await_deferred(&self) -> Option<PinnedFuture<()>> {
        None
    }
    fn set_incomplete_chunk(&self, _: SerializedDataId) {}
    fn get_incomplete_chunk(&self, _: &SerializedDataId) -> bool {
        false
    }
}

pub(super) struct Page {
    owner: Owner,
    context: Arc<Hydrating>,
    remote: Remote,
    client: ConvexClient,
}

impl Page {
    fn hydrating() -> Self {
        Self::hydrating_with(None)
    }

    /// Returns a page on which the server sent `data` for every resource.
    pub(super) fn hydrating_with(data: Option<String>) -> Self {
        let context = Arc::new(Hydrating::new(data));
        let owner = Owner::new_root(Some(context.clone()));
        let remote = Remote::default();
        let client = ConvexClient::with_platform("", &ClientOptions::default(), remote.platform());
        provide_context(client.clone());
        Self {
            owner,
            context,
            remote,
            client,
        }
    }

    /// Ends the hydration, and runs the effect that follows it.
    pub(super) fn is_hydrated(&self) {
        self.context.hydration_complete();
        self.effect();
    }

    /// Ends one island's hydration as `#[island]` does, and runs the effect that follows it.
    fn island_is_hydrated(&self) {
        self.context.set_is_hydrating(false);
        self.effect();
    }

    fn effect(&self) {
        self.client.clone().show_when_hydrated(self.owner.clone());
    }
}

#[test]
fn results_that_arrive_during_hydration_show_afterwards() {
    let page = Page::hydrating();
    let preloaded = Preloaded::new(&count(1), &Value::Float64(2.0)).expect("encodes");
    let (first, plain) = (
        use_preloaded_query(preloaded.clone()),
        use_query(|| count(1)),
    );
    page.remote.turn();
    page.remote.open();
    answer(&page.remote, &[json!(3)]);
    // A lazily loaded part of the page, whose query already has a result.
    let later = use_preloaded_query(preloaded);
    let now = move || (first.get(), plain.get(), later.get());
    assert_eq!(now(), (Some(2.0), None, Some(2.0)));
    let runs = StoredValue::new(0);
    let _effect = ImmediateEffect::new_isomorphic(move || {
        let _ = now();
        runs.update_value(|runs| *runs += 1);
    });
    page.is_hydrated();
    assert_eq!(now(), (Some(3.0), Some(3.0), Some(3.0)));
    assert_eq!(runs.get_value(), 2, "readers are notified once");
    assert_eq!(
        use_query(|| count(1)).get(),
        Some(3.0),
        "after hydration, results show at once"
    );
}

#[test]
fn each_island_shows_what_the_server_rendered_until_it_is_hydrated() {
    let page = Page::hydrating();
    let preloaded = Preloaded::new(&count(1), &Value::Float64(2.0)).expect("encodes");
    let first = use_preloaded_query(preloaded.clone());
    page.remote.turn();
    page.remote.open();
    answer(&page.remote, &[json!(3)]);
    assert_eq!(first.get(), Some(2.0));
    page.island_is_hydrated();
    assert_eq!(
        first.get(),
        Some(3.0),
        "the hydration of a page of islands never completes"
    );
    // The next island. The server has rendered it, too.
    page.context.set_is_hydrating(true);
    let second = use_preloaded_query(preloaded);
    assert_eq!(second.get(), Some(2.0));
    page.island_is_hydrated();
    assert_eq!(second.get(), Some(3.0));
}

#[test]
fn auth_and_connection_state_are_those_of_the_server_until_hydration_ends() {
    let page = Page::hydrating();
    let token = messages::token("alice", 1_000, 900);
    page.client.set_auth(InitialAuth::Token(token), |_| async {
        TokenOutcome::Unknown
    });
    let (auth, connection) = (use_convex_auth(), use_convex_connection_state());
    let _query = use_query(|| count(1));
    assert_eq!(
        auth.status(),
        AuthStatus::Authenticated,
        "the server knew that she is signed in"
    );
    page.remote.turn();
    page.remote.open();
    page.client.clear_auth();
    assert_eq!(auth.status(), AuthStatus::Authenticated);
    assert!(!connection.get().is_connected);
    page.is_hydrated();
    assert_eq!(auth.status(), AuthStatus::Unauthenticated);
    assert!(connection.get().is_connected);
}

#[test]
fn a_later_island_starts_with_the_state_the_server_rendered() {
    let page = Page::hydrating();
    let token = messages::token("alice", 1_000, 900);
    page.client.set_auth(InitialAuth::Token(token), |_| async {
        TokenOutcome::Unknown
    });
    let first = use_convex_connection_state();
    let _query = use_query(|| count(1));
    page.remote.turn();
    page.remote.open();
    page.island_is_hydrated();
    assert!(first.get().is_connected);
    page.client.clear_auth();
    page.context.set_is_hydrating(true);
    let (auth, connection) = (use_convex_auth(), use_convex_connection_state());
    let preloaded = Preloaded::for_person(&count(1), Some(&Value::Float64(2.0))).expect("encodes");
    let hers = use_preloaded_query(preloaded);
    assert_eq!(auth.status(), AuthStatus::Authenticated);
    assert!(
        !connection.get().is_connected,
        "the server rendered it without a connection"
    );
    assert_eq!(hers.get(), Some(2.0));
    page.island_is_hydrated();
    assert_eq!(auth.status(), AuthStatus::Unauthenticated);
    assert!(connection.get().is_connected);
    assert_eq!(hers.get(), None, "her value is not shown after signing out");
}

#[test]
fn the_connection_starts_at_the_timestamp_of_the_page() {
    let page = Page::hydrating();
    let read_at = messages::ts(7);
    let preloaded = Preloaded::new(&count(1), &Value::Float64(2.0)).expect("encodes");
    let _query = use_preloaded_query(preloaded.read_at(&read_at)).get();
    page.remote.turn();
    page.remote.open();
    let connect = &page.remote.sent()[0];
    assert_eq!(connect["maxObservedTimestamp"], json!(read_at), "{connect}");
}

#[test]
fn a_preloaded_first_page_shows_until_the_live_one_arrives() {
    let page = Page::hydrating();
    let first = messages_of(1, PaginationOptions::first(2));
    let value = Value::from_json(page_of(&["a", "b"], "after b", false)).expect("is a value");
    let preloaded: Preloaded<PaginationResult<String>> =
        Preloaded::new(&first, &value).expect("encodes");
    let list = use_preloaded_paginated_query(preloaded, |options| messages_of(1, options), 2);
    assert_eq!(list.items(), ["a", "b"]);
    assert_eq!(list.status(), PaginationStatus::CanLoadMore);
    page.remote.turn();
    page.remote.open();
    page.is_hydrated();
    assert_eq!(list.items(), ["a", "b"]);
    answer(&page.remote, &[page_of(&["b", "c"], "after c", true)]);
    assert_eq!(list.items(), ["b", "c"]);
    assert_eq!(list.status(), PaginationStatus::Exhausted);
}

/// Returns the messages of a room, with a preloaded page for room 1 that has this message.
fn list_of(room: RwSignal<u8>, preloaded: &str) -> UsePaginatedQuery<String> {
    let first: Query<PaginationResult<String>> = messages_of(1, PaginationOptions::first(2));
    let value = Value::from_json(page_of(&[preloaded], "", true)).expect("is a value");
    let preloaded = Preloaded::new(&first, &value).expect("encodes");
    use_preloaded_paginated_query(
        preloaded,
        move |options| messages_of(room.get(), options),
        2,
    )
}

#[test]
fn a_preloaded_first_page_is_used_for_its_arguments_alone() {
    let page = Page::hydrating();
    page.is_hydrated();
    let room = RwSignal::new(1);
    let list = list_of(room, "a");
    assert_eq!(list.items(), ["a"]);
    room.set(2);
    assert_eq!(list.items(), [""; 0]);
}

#[test]
fn a_preloaded_first_page_is_not_shown_again_after_the_live_one() {
    let page = Page::hydrating();
    page.is_hydrated();
    let room = RwSignal::new(1);
    let list = list_of(room, "old");
    page.remote.turn();
    page.remote.open();
    assert_eq!(list.items(), ["old"]);
    answer(&page.remote, &[page_of(&["new"], "", true)]);
    assert_eq!(list.items(), ["new"]);
    room.set(2);
    assert_eq!(list.items(), [""; 0]);
    room.set(1);
    assert_eq!(list.items(), [""; 0], "the page may have changed meanwhile");
}
