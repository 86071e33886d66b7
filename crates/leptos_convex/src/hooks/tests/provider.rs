//! Tests of the provider: which client a hook finds, and when a client is dropped.

use leptos::prelude::*;

use serde_json::json;

use super::{answer, count, page};
use crate::{
    AuthStatus, ClientOptions, ConvexClient, ConvexProvider, InitialAuth, TokenOutcome,
    hooks::{use_convex_auth, use_query, with_convex},
    transport::fake::Remote,
};

#[test]
fn a_provider_provides_its_client_to_its_children_alone() {
    let owner = Owner::new();
    owner.set();
    let seen = StoredValue::new(Vec::new());
    let look = move || {
        let client = use_context::<ConvexClient>();
        seen.update_value(|seen| seen.push(client.map(|client| client.url().to_owned())));
    };
    let [outer, inner] = ["http://outer", "http://inner"].map(ConvexClient::new);
    let _view = view! {
        <ConvexProvider client=outer>
            {look()} <ConvexProvider client=inner>{look()}</ConvexProvider> {look()}
        </ConvexProvider>
    };
    look();
    let [outer, inner] = ["http://outer", "http://inner"].map(|url| Some(url.to_owned()));
    assert_eq!(seen.get_value(), [outer.clone(), inner, outer, None]);
}

#[test]
fn hooks_of_another_client_work_beside_those_of_the_provider() {
    let (owner, first, _client) = page();
    let second = Remote::default();
    let other = ConvexClient::with_platform("", &ClientOptions::default(), second.platform());
    let here = use_query(|| count(1));
    let there = with_convex(other, || use_query(|| count(1)));
    let here_too = use_query(|| count(1));
    for (remote, value) in [(&first, 3), (&second, 4)] {
        remote.turn();
        remote.open();
        answer(remote, &[json!(value)]);
    }
    assert_eq!(
        [here.get(), there.get(), here_too.get()],
        [Some(3.0), Some(4.0), Some(3.0)]
    );
    assert!(!second.is_closed());
    owner.cleanup();
    assert_eq!(there.try_get(), None, "disposed with the component");
    assert!(
        second.is_closed(),
        "the other client is dropped with the component"
    );
}

#[test]
fn a_client_whose_fetcher_holds_it_weakly_is_dropped_with_its_last_clone() {
    let (owner, remote, client) = page();
    let weak = client.downgrade();
    client.set_auth(InitialAuth::Unknown, move |_| {
        let client = weak.upgrade();
        async move {
            drop(client);
            TokenOutcome::NoSession
        }
    });
    let _query = use_query(|| count(1));
    let auth = use_convex_auth();
    remote.turn();
    assert_eq!(
        auth.status(),
        AuthStatus::Unauthenticated,
        "the fetcher has been called"
    );
    drop(client);
    assert!(!remote.is_closed());
    owner.cleanup();
    drop(owner);
    assert!(remote.is_closed());
}

#[test]
fn a_fetcher_that_holds_its_client_keeps_it_alive() {
    let (owner, remote, client) = page();
    let own = client.clone();
    client.set_auth(InitialAuth::SignedOut, move |_| {
        let _client = own.clone();
        async { TokenOutcome::NoSession }
    });
    drop(client);
    owner.cleanup();
    drop(owner);
    assert!(
        !remote.is_closed(),
        "the client leaks: its fetcher holds it"
    );
}
