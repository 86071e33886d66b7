//! Tests of the client without hooks: watched queries, optimistic updates and apps without accounts.

use std::sync::{Arc, Mutex};

use futures::FutureExt;
use serde_json::json;

use super::{answer, count, page};
use crate::{AuthStatus, ConvexClient, Mutation, lock::lock, sync::Timer};

#[test]
fn a_watched_query_reports_each_change_until_its_listeners_are_dropped() {
    let (_owner, remote, client) = page();
    let watch = client.watch(&count(1));
    let told = Arc::new(Mutex::new(Vec::new()));
    let updates = watch.on_update({
        let told = Arc::clone(&told);
        move |result| lock(&told).push(result)
    });
    remote.turn();
    remote.open();
    assert_eq!(watch.result(), None);
    answer(&remote, &[json!(3)]);
    assert_eq!(*lock(&told), [Ok(3.0)]);
    assert_eq!(watch.result(), Some(Ok(3.0)));
    let late = watch.on_update({
        let told = Arc::clone(&told);
        move |result| lock(&told).push(result)
    });
    assert_eq!(
        lock(&told).len(),
        2,
        "a late listener gets the known result at once"
    );
    drop((updates, late));
    remote.receive(&crate::sync::test_messages::transition(
        (1, 0, 5),
        (1, 0, 6),
        &[(0, json!(4))],
    ));
    assert_eq!(lock(&told).len(), 2);
    assert_eq!(watch.result(), Some(Ok(4.0)));
    drop(watch);
    remote.turn();
    assert!(
        remote.has_timer(Timer::Linger),
        "dropping the watch unsubscribes"
    );
}

#[test]
fn a_mutation_without_hooks_can_have_an_optimistic_update() {
    let (_owner, remote, client) = page();
    let watch = client.watch(&count(1));
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    let mut done = Box::pin(client.mutation_with_optimistic_update(
        Mutation::<()>::new("todos:add", ()),
        |store| {
            store.update(&count(1), |count| *count += 1.0);
        },
    ));
    assert_eq!(watch.result(), Some(Ok(4.0)));
    remote.receive(&json!({
        "type": "MutationResponse", "requestId": 0, "success": false, "result": "no", "logLines": [],
    }));
    assert!(
        done.as_mut()
            .now_or_never()
            .is_some_and(|result| result.is_err())
    );
    assert_eq!(watch.result(), Some(Ok(3.0)), "rolled back");
}

#[test]
fn an_app_without_accounts_is_signed_out() {
    let (_owner, remote, client) = page();
    client.clear_auth();
    remote.turn();
    assert_eq!(client.auth().status(), AuthStatus::Unauthenticated);
    let server = ConvexClient::new("https://happy-animal-123.convex.cloud");
    server.clear_auth();
    assert_eq!(server.auth().status(), AuthStatus::Unauthenticated);
}
