//! Tests of rows: an edited item notifies its own row and no other.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::json;

use super::{messages_of, page, page_of};
use crate::{
    Mutation, Query, Row, Rows,
    hooks::{use_paginated_query, use_query},
    sync::test_messages as messages,
    transport::fake::Remote,
};

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Todo {
    id: String,
    text: String,
}

fn list() -> Query<Vec<Todo>> {
    Query::new("todos:list", ())
}

fn todos(todos: &[(&str, &str)]) -> serde_json::Value {
    let todo = |(id, text): &(&str, &str)| json!({"id": id, "text": text});
    todos.iter().map(todo).collect()
}

/// A list on the page, and how often its rows and the list itself have notified.
struct Page {
    _owner: Owner,
    remote: Remote,
    rows: Rows<Todo>,
    now: u64,
    fired: StoredValue<BTreeMap<String, u32>>,
    listed: StoredValue<u32>,
    _effects: Vec<ImmediateEffect>,
}

impl Page {
    fn showing(first: &[(&str, &str)]) -> Self {
        let (owner, remote, _client) = page();
        let rows = use_query(list).rows(|todo| todo.id.clone());
        remote.turn();
        remote.open();
        let (fired, listed) = (StoredValue::new(BTreeMap::new()), StoredValue::new(0));
        let mut page = Self {
            _owner: owner,
            remote,
            rows,
            now: 0,
            fired,
            listed,
            _effects: Vec::new(),
        };
        page.push(first);
        page.watch();
        page
    }

    /// Resets the counts.
    fn watch(&mut self) {
        let (rows, fired, listed) = (self.rows, self.fired, self.listed);
        let count_list = move || {
            rows.track();
            listed.update_value(|listed| *listed += 1);
        };
        let count_row = |row: Row<Todo>| {
            let count = move || {
                let id = row.read().id.clone();
                fired.update_value(|fired| *fired.entry(id).or_default() += 1);
            };
            ImmediateEffect::new_isomorphic(count)
        };
        self._effects = rows.get_untracked().into_iter().map(count_row).collect();
        self._effects
            .push(ImmediateEffect::new_isomorphic(count_list));
        fired.set_value(BTreeMap::new());
        listed.set_value(0);
    }

    fn push(&mut self, items: &[(&str, &str)]) {
        let (from, to) = (self.now, self.now + 1);
        let set = |now| (u32::from(now > 0), 0, now);
        let update = [(0, todos(items))];
        self.remote
            .receive(&messages::transition(set(from), set(to), &update));
        self.now = to;
    }

    fn texts(&self) -> Vec<String> {
        let text = |row: &Row<Todo>| row.with_untracked(|todo| todo.text.clone());
        self.rows
            .with_untracked(|rows| rows.iter().map(text).collect())
    }

    fn fired(&self) -> Vec<(String, u32)> {
        self.fired.get_value().into_iter().collect()
    }
}

#[test]
fn an_edited_item_notifies_its_own_row_alone() {
    let mut page = Page::showing(&[("a", "one"), ("b", "two"), ("c", "three")]);
    page.push(&[("a", "one"), ("b", "zwei"), ("c", "three")]);
    assert_eq!(page.texts(), ["one", "zwei", "three"]);
    assert_eq!(page.fired(), [("b".to_owned(), 1)]);
    assert_eq!(
        page.listed.get_value(),
        0,
        "no row was added, removed or moved"
    );
}

#[test]
fn rows_that_move_keep_their_signals() {
    let mut page = Page::showing(&[("a", "one"), ("b", "two"), ("c", "three")]);
    let before = page.rows.get_untracked();
    page.push(&[("c", "three"), ("new", "four"), ("a", "eins")]);
    let after = page.rows.get_untracked();
    assert_eq!(page.texts(), ["three", "four", "eins"]);
    assert_eq!(
        (after[0].key(), after[2].key()),
        (before[2].key(), before[0].key())
    );
    assert!(before.iter().all(|row| row.key() != after[1].key()));
    assert_eq!(page.fired(), [("a".to_owned(), 1)]);
    assert_eq!(page.listed.get_value(), 1);
}

#[test]
fn a_removed_row_can_be_read_until_its_components_are_removed() {
    let mut page = Page::showing(&[("a", "one"), ("b", "two")]);
    let gone = page.rows.get_untracked()[0];
    page.push(&[("b", "two")]);
    assert_eq!(page.texts(), ["two"]);
    assert_eq!(gone.with_untracked(|todo| todo.text.clone()), "one");
    for round in 0..3 {
        page.push(&[
            ("b", "two"),
            (if round % 2 == 0 { "x" } else { "y" }, "more"),
        ]);
    }
    assert!(gone.is_disposed(), "disposed after a while");
    assert_eq!(gone.try_with_untracked(|todo| todo.id.clone()), None);
}

#[test]
fn equal_items_have_a_row_each() {
    let mut page = Page::showing(&[("a", "same"), ("a", "same")]);
    let keys = |page: &Page| -> Vec<u32> {
        page.rows
            .with_untracked(|rows| rows.iter().map(Row::key).collect())
    };
    let before = keys(&page);
    assert_ne!(before[0], before[1]);
    page.push(&[("a", "same"), ("a", "same"), ("a", "same")]);
    let after = keys(&page);
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|key| after.contains(key)));
}

/// The part of a document that the page reads.
#[derive(serde::Deserialize, serde::Serialize)]
struct Part {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

#[test]
fn an_optimistic_update_of_one_item_notifies_its_row_alone_and_once() {
    let (_owner, remote, client) = page();
    let parts = || Query::<Vec<Part>>::new("todos:list", ());
    let rows = use_query(parts).rows(|part| part.id.clone());
    let whole = use_query(|| Query::<serde_json::Value>::new("todos:list", ()));
    remote.turn();
    remote.open();
    let document = |id, text| json!({"_id": id, "stars": 1.0, "text": text});
    let set = |from, to, two| {
        let list = json!([
            document("a", "one"),
            document("b", two),
            document("c", "three")
        ]);
        remote.receive(&messages::transition(from, to, &[(0, list)]));
    };
    set((0, 0, 0), (1, 0, 5), "two");
    let fired = StoredValue::new(BTreeMap::new());
    let count = |row: Row<Part>| {
        ImmediateEffect::new_isomorphic(move || {
            let id = row.read().id.clone();
            fired.update_value(|fired| *fired.entry(id).or_insert(-1) += 1);
        })
    };
    let _effects: Vec<_> = rows.get_untracked().into_iter().map(count).collect();
    let all = |b| {
        BTreeMap::from([
            ("a".to_owned(), 0),
            ("b".to_owned(), b),
            ("c".to_owned(), 0),
        ])
    };
    assert_eq!(fired.get_value(), all(0));

    let edit = Mutation::<()>::new("todos:edit", ());
    let done = client.mutation_with_optimistic_update(edit, move |store| {
        store.update(&parts(), |parts| "zwei".clone_into(&mut parts[1].text));
    });
    assert_eq!(rows.get_untracked()[1].read_untracked().text, "zwei");
    assert_eq!(fired.get_value(), all(1));
    let stars = || whole.get_untracked()?[1]["stars"].as_f64();
    assert_eq!(
        stars(),
        Some(1.0),
        "a field that the page does not read is kept"
    );

    remote.receive(&messages::mutation_done(0, 6));
    set((1, 0, 5), (1, 0, 6), "zwei");
    assert_eq!(
        fired.get_value(),
        all(1),
        "the server's result equals the optimistic one"
    );
    drop(done);
}

#[test]
fn rows_stay_as_they_are_when_an_item_is_of_another_type() {
    let (_owner, remote, _client) = page();
    let query = use_query(list);
    let rows = query.rows(|todo| todo.id.clone());
    remote.turn();
    remote.open();
    let set = |from, to, list: serde_json::Value| {
        remote.receive(&messages::transition(from, to, &[(0, list)]));
    };
    set((0, 0, 0), (1, 0, 5), todos(&[("a", "one")]));
    let shown = || query.with_untracked(|list| list.as_ref().map(Vec::len));
    assert_eq!((rows.with_untracked(Vec::len), shown()), (1, Some(1)));
    set(
        (1, 0, 5),
        (1, 0, 6),
        json!([{"id": "a", "text": "one"}, {"id": 7}]),
    );
    assert_eq!(rows.with_untracked(Vec::len), 1);
    assert!(query.error().is_some(), "the query reports the error");
    assert_eq!(shown(), Some(1));
}

#[test]
fn rows_of_a_paginated_query_change_in_place_too() {
    let (_owner, remote, _client) = page();
    let query = use_paginated_query(|options| messages_of(1, options), 2);
    let rows = query.rows(String::clone);
    let runs = StoredValue::new(0);
    let _effect = ImmediateEffect::new_isomorphic(move || {
        let _ = query.status();
        runs.update_value(|runs| *runs += 1);
    });
    remote.turn();
    remote.open();
    let set = |from, to, page| remote.receive(&messages::transition(from, to, &[(0, page)]));
    set((0, 0, 0), (1, 0, 5), page_of(&["a", "b"], "after b", false));
    assert_eq!((rows.with_untracked(Vec::len), runs.get_value()), (2, 2));
    let kept = rows.get_untracked()[1].key();
    set((1, 0, 5), (1, 0, 6), page_of(&["b", "c"], "after c", false));
    let texts = |row: &Row<String>| row.get_untracked();
    let texts: Vec<_> = rows.with_untracked(|rows| rows.iter().map(texts).collect());
    assert_eq!(texts, ["b", "c"]);
    assert_eq!(rows.get_untracked()[0].key(), kept);
    assert_eq!(runs.get_value(), 2, "the status has not changed");
}
