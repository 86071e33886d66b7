//! Tests of paginated queries: how pages load, stay live and start over.

use leptos::prelude::*;
use serde_json::json;

use super::{answer, messages_of, page, page_of, sign_in};
use crate::{
    Paginated, PaginationOptions, PaginationStatus, Preloaded, Value,
    hooks::{use_paginated_query, use_preloaded_paginated_query},
    sync::test_messages as messages,
};

#[test]
fn a_paginated_query_loads_more_stays_live_and_starts_over_with_other_arguments() {
    let (_owner, remote, _client) = page();
    let room = RwSignal::new(1);
    let list = use_paginated_query(move |options| messages_of(room.get(), options), 2);
    list.load_more(2);
    remote.turn();
    remote.open();
    let opts = |sent: &[serde_json::Value], at: usize| {
        sent[at]["modifications"][0]["args"][0]["paginationOpts"].clone()
    };
    let first = opts(&remote.sent(), 1);
    assert_eq!(
        (&first["numItems"], &first["cursor"]),
        (&json!(2), &json!(null))
    );
    assert_eq!(list.status(), PaginationStatus::LoadingFirstPage);

    answer(&remote, &[page_of(&["a", "b"], "after b", false)]);
    assert_eq!(list.items(), ["a", "b"]);
    assert_eq!(list.status(), PaginationStatus::CanLoadMore);
    list.load_more(5);
    list.load_more(5);
    assert_eq!(
        (list.items().len(), list.status()),
        (2, PaginationStatus::LoadingMore)
    );
    remote.turn();
    let sent = remote.sent();
    let second = opts(&sent, 0);
    assert_eq!((sent.len(), &second["cursor"]), (1, &json!("after b")));
    assert_eq!(
        (&second["numItems"], &second["id"]),
        (&json!(5), &first["id"])
    );
    let both = [
        (0, page_of(&["a", "new", "b"], "after b", false)),
        (1, page_of(&["c"], "after c", true)),
    ];
    remote.receive(&messages::transition((1, 0, 5), (2, 0, 6), &both));
    assert_eq!(list.items(), ["a", "new", "b", "c"]);
    assert_eq!(list.status(), PaginationStatus::Exhausted);

    room.set(2);
    assert_eq!(list.get(), Paginated::default());
    remote.turn();
    let third = opts(&remote.sent(), 0);
    assert_eq!(third["cursor"], json!(null));
    assert_ne!(third["id"], first["id"]);
}

#[test]
fn two_lists_of_the_same_items_have_separate_pages() {
    let (_owner, remote, _client) = page();
    let lists = [(); 2].map(|()| use_paginated_query(|options| messages_of(1, options), 2));
    remote.turn();
    remote.open();
    let asked = remote.sent()[1]["modifications"].as_array().map(Vec::len);
    assert_eq!(asked, Some(2));
    answer(
        &remote,
        &[page_of(&["a"], "z", true), page_of(&["b"], "z", true)],
    );
    assert_eq!(lists.map(|list| list.items().concat()), ["a", "b"]);
}

#[test]
fn a_list_whose_cursors_became_invalid_starts_over() {
    let (_owner, remote, _client) = page();
    let list = use_paginated_query(|options| messages_of(1, options), 2);
    remote.turn();
    remote.open();
    answer(&remote, &[page_of(&["a", "b"], "after b", false)]);
    remote.sent();
    let mut failed = messages::transition((1, 0, 5), (1, 0, 6), &[]);
    failed["modifications"] = json!([{
        "type": "QueryFailed", "queryId": 0, "errorMessage": "InvalidCursor: the query has changed",
        "logLines": [], "journal": null,
    }]);
    remote.receive(&failed);
    assert_eq!(list.get(), Paginated::default());
    remote.turn();
    let sent = remote.sent();
    let asked = sent[0]["modifications"].as_array().expect("modifies");
    assert_eq!(asked[0]["type"], json!("Add"), "{sent:?}");
    assert_eq!(asked[0]["args"][0]["paginationOpts"]["cursor"], json!(null));
}

#[test]
fn a_preloaded_first_page_is_not_shown_to_the_next_person() {
    let (_owner, remote, client) = page();
    sign_in(&client, "alice");
    let first = messages_of(1, PaginationOptions::first(2));
    let value = Value::from_json(page_of(&["hers"], "", true)).expect("is a value");
    let preloaded = Preloaded::for_person(&first, Some(&value)).expect("encodes");
    let list = use_preloaded_paginated_query(preloaded, |options| messages_of(1, options), 2);
    remote.turn();
    assert_eq!(list.items(), ["hers"]);
    sign_in(&client, "bob");
    assert_eq!(list.get(), Paginated::default());
}
