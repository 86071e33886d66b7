//! `db.vars.commitTs`: documents with the time of the commit that wrote them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value as Json, json};

use crate::support::{App, app};

/// Returns the number that `{ "$integer": … }` stands for.
fn number(json: &Json) -> i64 {
    let text = json["$integer"].as_str().expect("a bigint");
    let bytes = BASE64_STANDARD.decode(text).expect("base64");
    i64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

impl App {
    /// Returns the names and times of all events in the order of their times, and the time of the snapshot.
    async fn events(&self) -> (Vec<(String, i64)>, i64) {
        let listed = self.query("events:list", json!({})).await.expect("lists");
        let events = listed["events"].as_array().expect("a list").iter();
        let event = |event: &Json| {
            let name = event["name"].as_str().expect("a name");
            (name.to_owned(), number(&event["at"]))
        };
        (events.map(event).collect(), number(&listed["now"]))
    }

    async fn add_event(&self, name: &str) -> Json {
        let added = self.mutation("events:add", json!({ "name": name })).await;
        added.expect("adds")
    }
}

#[tokio::test]
async fn the_time_of_the_commit_is_filled_in_where_a_document_asks_for_it() {
    let app = app().await;
    let one = app.add_event("one").await;
    let two = app.add_event("two").await;
    // Within the mutation the time is a placeholder, which sorts after all known times.
    for (added, name) in [(&one, "one"), (&two, "two")] {
        assert_eq!(added["isSame"], true);
        assert_eq!(added["own"], json!([name]));
        assert_eq!(added["last"], name);
    }
    let (events, now) = app.events().await;
    let [(first, first_at), (second, second_at)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((first.as_str(), second.as_str()), ("one", "two"));
    // Each time is later than the snapshot of its mutation, and no later than the snapshot of a query now.
    assert!(number(&one["began"]) < *first_at);
    assert!(first_at <= &number(&two["began"]));
    assert!(number(&two["began"]) < *second_at);
    assert!(*second_at <= now);

    let see = app.mutation("events:see", json!({ "id": one["id"] })).await;
    see.expect("patches");
    let (events, _) = app.events().await;
    assert_eq!(events[0], (second.clone(), *second_at));
    assert_eq!(events[1].0, "seen");
    assert!(events[1].1 > now);

    let app = app.restart().await;
    assert_eq!(app.events().await.0, events, "a restart changes no time");
}

#[tokio::test]
async fn a_time_that_is_not_known_can_be_compared_only_in_indexes() {
    let app = app().await;
    let error = app.mutation("events:filters", json!({})).await;
    let error = error.expect_err("is refused").message;
    assert!(
        error.contains("db.vars.commitTs can only be used in"),
        "{error}"
    );
}

#[tokio::test]
async fn a_mutation_passes_the_time_to_its_calls_and_returns_it() {
    let app = app().await;
    let handed = app.mutation("events:hand", json!({ "name": "one" })).await;
    let handed = handed.expect("hands it on");
    assert_eq!(handed["isSame"], true);
    let (events, _) = app.events().await;
    assert_eq!(events, [("one".to_owned(), number(&handed["at"]))]);
}

#[tokio::test]
async fn a_time_that_is_not_known_can_neither_be_scheduled_nor_come_from_outside() {
    let app = app().await;
    let pending = json!({ "$commitTs": null });
    let scheduled = app.mutation("events:schedules", json!({})).await;
    let from_outside = json!({ "value": [pending] });
    let errors = [
        scheduled.expect_err("the time is not known").message,
        app.query_error("surroundings:echo", from_outside).await,
    ];
    for error in errors {
        assert!(
            error.contains("db.vars.commitTs can only be used in"),
            "{error}"
        );
    }
}
