//! Pages of a query.

use serde_json::{Value as Json, json};

use super::{Calls as _, Db, by_user, db};

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_documents_come_and_go() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    for rank in [1, 2, 3, 4, 5] {
        tx.add("ann", rank);
    }
    store.commit(tx).await.expect("commits");
    let mut cursor = Json::Null;
    let mut seen = Vec::new();
    for round in 0..9 {
        let mut tx = store.begin();
        let args = json!({ "query": by_user("ann", &[], "asc", json!([])), "cursor": cursor,
                           "endCursor": null, "pageSize": 2 });
        let page = tx.call("queryPage", args).expect("a page");
        seen.extend(
            page["page"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|d| d["rank"].as_f64().unwrap_or(-1.0)),
        );
        if page["isDone"] == true {
            break;
        }
        cursor = page["continueCursor"].clone();
        if round == 0 {
            // Behind the cursor: must not shift what is ahead.
            tx.add("ann", 0);
            store.commit(tx).await.expect("commits");
        }
    }
    assert_eq!(seen, [1.0, 2.0, 3.0, 4.0, 5.0]);
    let other =
        json!({ "query": by_user("bob", &[], "asc", json!([])), "cursor": cursor, "pageSize": 2 });
    let refused = store
        .begin()
        .call("queryPage", other)
        .expect_err("another query's cursor");
    assert!(refused.to_string().starts_with("InvalidCursor"));
}

#[tokio::test]
async fn a_page_with_a_fixed_end_grows_and_shrinks_with_its_range() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    for rank in [10, 20, 30, 40] {
        tx.add("ann", rank);
    }
    let args = |end: &Json| json!({ "query": by_user("ann", &[], "asc", json!([])), "cursor": null, "endCursor": end, "pageSize": 2 });
    let first = tx.call("queryPage", args(&Json::Null)).expect("a page");
    tx.add("ann", 15);
    let again = tx
        .call("queryPage", args(&first["continueCursor"]))
        .expect("a page");
    let ranks: Vec<_> = again["page"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|d| d["rank"].clone())
        .collect();
    assert_eq!(ranks, [json!(10), json!(15), json!(20)]);
    assert_eq!(again["continueCursor"], first["continueCursor"]);
    assert_eq!(again["isDone"], false);
}

#[tokio::test]
async fn a_page_stops_at_its_limits_and_tells_where_to_split_it() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    for rank in 0..8 {
        tx.add("ann", rank);
    }
    let mut page = |more: Json| {
        let filter = json!([{ "filter": { "$gte": [{ "$field": "rank" }, { "$literal": 2 }] } }]);
        let mut args =
            json!({ "query": by_user("ann", &[], "asc", filter), "cursor": null, "pageSize": 8 });
        for (name, value) in more.as_object().expect("an object") {
            args[name] = value.clone();
        }
        tx.call("queryPage", args)
    };
    // Documents that the filter leaves out count as read, too.
    let first = page(json!({ "maximumRowsRead": 5 })).expect("a page");
    assert_eq!(first["page"].as_array().map(Vec::len), Some(3));
    assert_eq!(first["pageStatus"], "SplitRequired");
    let first_part = page(json!({ "endCursor": first["splitCursor"] })).expect("a page");
    assert_eq!(first_part["page"][0]["rank"], 2);
    assert_eq!(first_part["page"].as_array().map(Vec::len), Some(1));
    // A fixed end takes precedence over a limit, or there would be gaps between pages.
    let args = json!({ "endCursor": first["continueCursor"], "maximumRowsRead": 1 });
    let again = page(args).expect("a page");
    assert_eq!(again["page"], first["page"]);
    assert_eq!(again["pageStatus"], "SplitRecommended");
    let small = page(json!({ "maximumBytesRead": 1 })).expect("a page");
    assert_eq!(small["page"], json!([]));
    assert_eq!(small["isDone"], false);
}

#[tokio::test]
async fn a_page_of_size_zero_is_refused() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    for (name, value) in [
        ("pageSize", 0),
        ("maximumRowsRead", 0),
        ("maximumBytesRead", 0),
    ] {
        let mut args = json!({ "query": by_user("ann", &[], "asc", json!([])), "cursor": null, "pageSize": 1 });
        args[name] = json!(value);
        let refused = tx.call("queryPage", args).expect_err("nothing to read");
        let text = refused.to_string();
        assert!(
            text.contains("at least 1") || text.contains("greater than 0"),
            "{text}"
        );
    }
}
