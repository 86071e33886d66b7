//! Full-text search as functions use it.

#![expect(
    clippy::needless_pass_by_value,
    reason = "called with `json!` literals"
)]

use super::*;

fn notes(search_indexes: Json) -> Json {
    let text = |optional| json!({ "fieldType": { "type": "string" }, "optional": optional });
    json!({ "tables": [{
        "tableName": "notes",
        "indexes": [{ "indexDescriptor": "by_author", "fields": ["author"] }],
        "searchIndexes": search_indexes,
        "documentType": { "type": "object", "value": {
            "body": text(false),
            "author": text(true),
            "meta": { "fieldType": { "type": "any" }, "optional": true },
        }},
    }], "schemaValidation": true })
}

fn indexes() -> Json {
    json!([
        { "indexDescriptor": "by_body", "searchField": "body", "filterFields": ["author", "meta.kind"] },
        { "indexDescriptor": "by_deep", "searchField": "meta.text", "filterFields": [] },
    ])
}

fn library() -> Db {
    let db = db();
    let schema = notes(indexes());
    db.store.apply_schema(&root(), Some(&schema)).expect("good");
    db
}

fn query(index: &str, filters: Json, operators: Json) -> Json {
    let index = format!("notes.{index}");
    json!({
        "source": { "type": "Search", "indexName": index, "filters": filters },
        "operators": operators,
    })
}

fn text(field: &str, value: &str) -> Json {
    json!({ "type": "Search", "fieldPath": field, "value": value })
}

fn eq(field: &str, value: Json) -> Json {
    json!({ "type": "Eq", "fieldPath": field, "value": value })
}

fn about(words: &str) -> Json {
    query("by_body", json!([text("body", words)]), json!([]))
}

trait Notes {
    fn note(&mut self, fields: Json) -> String;
    fn bodies(&mut self, bodies: &[&str]) -> Vec<String>;
    fn search(&mut self, query: Json) -> Result<Vec<String>, DbError>;
    fn found(&mut self, query: Json) -> Vec<String>;
}

impl Notes for Transaction {
    fn note(&mut self, fields: Json) -> String {
        let answer = self.call("insert", json!({ "table": "notes", "value": fields }));
        let id = &answer.expect("inserts")["_id"];
        id.as_str().expect("an id").to_owned()
    }

    fn bodies(&mut self, bodies: &[&str]) -> Vec<String> {
        let write = |body: &&str| self.note(json!({ "body": body }));
        bodies.iter().map(write).collect()
    }

    fn search(&mut self, query: Json) -> Result<Vec<String>, DbError> {
        let opened = self.call("queryStream", json!({ "query": query }))?;
        let mut bodies = Vec::new();
        loop {
            let next = self.call("queryStreamNext", opened.clone())?;
            if next["done"] == true {
                return Ok(bodies);
            }
            let body = next["value"]["body"].as_str().expect("a body");
            bodies.push(body.to_owned());
        }
    }

    fn found(&mut self, query: Json) -> Vec<String> {
        self.search(query).expect("a good search")
    }
}

#[test]
fn any_word_or_the_beginning_of_the_last_finds_a_document() {
    let Db { store, .. } = library();
    let mut tx = store.begin();
    tx.bodies(&["Hello, World!", "hello convex", "Worldwide news", "nothing"]);
    let mut found = |words: &str| {
        let mut found = tx.found(about(words));
        found.sort();
        found
    };
    assert_eq!(found("HELLO"), ["Hello, World!", "hello convex"]);
    assert_eq!(found("world"), ["Hello, World!", "Worldwide news"]);
    assert_eq!(found("convex not"), ["hello convex", "nothing"]);
    // Only the last word may be a beginning, and no word may be mistyped.
    assert_eq!(found("not convex"), ["hello convex"]);
    for nothing in ["", " !? ", "helo", "orld", "x y z"] {
        assert_eq!(found(nothing), [""; 0], "{nothing:?}");
    }
    let asked: Vec<String> = (0..16).map(|n| format!("w{n}")).collect();
    assert_eq!(found(&format!("{} hello", asked.join(" "))), [""; 0]);
    assert_eq!(found(&format!("{} hello", asked[1..].join(" "))).len(), 2);
}

#[test]
fn better_answers_come_first() {
    let Db { store, .. } = library();
    let mut tx = store.begin();
    tx.bodies(&["filler one", "filler two", "filler three", "filler four"]);
    let mut ranked = |bodies: &[&str], words| {
        let ids = tx.bodies(bodies);
        let found = tx.found(about(words));
        for id in ids {
            tx.call("remove", json!({ "id": id })).expect("removes");
        }
        found
    };
    let cases: [(&[&str], &str); 5] = [
        // Better are: the word more often, a shorter text, the whole word instead of its beginning.
        (&["cat cat dog", "cat dog dog"], "cat"),
        (&["cat", "cat and a very long tail"], "cat"),
        (&["cat food", "catalogue food"], "cat"),
        // Better are: more of the words, the rarer word.
        (
            &["rare filler", "rare other", "filler one", "filler two"],
            "rare filler",
        ),
        (&["rare", "filler two", "filler one"], "filler rare"),
    ];
    for (bodies, words) in cases {
        let found = ranked(bodies, words);
        assert_eq!(found[0], bodies[0], "{words}: {found:?}");
    }
    // Equally good: the newest first.
    assert_eq!(
        ranked(&["a tie", "b tie", "c tie"], "tie"),
        ["c tie", "b tie", "a tie"]
    );
}

#[test]
fn filters_compare_whole_values_and_know_missing_fields() {
    let Db { store, .. } = library();
    let mut tx = store.begin();
    tx.note(json!({ "body": "tea one", "author": "ann", "meta": { "kind": null } }));
    tx.note(json!({ "body": "tea two", "author": "ann", "meta": { "kind": 1 } }));
    tx.note(json!({ "body": "tea three", "meta": { "text": "deep tea", "kind": [1, "x"] } }));
    let mut by = |filters: &[Json]| {
        let filters = [&[text("body", "tea")], filters].concat();
        tx.found(query("by_body", json!(filters), json!([])))
    };
    let undefined = json!({ "$undefined": null });
    assert_eq!(by(&[eq("author", json!("ann"))]).len(), 2);
    assert_eq!(by(&[eq("author", undefined)]), ["tea three"]);
    assert_eq!(by(&[eq("meta.kind", json!(null))]), ["tea one"]);
    assert_eq!(by(&[eq("meta.kind", json!([1, "x"]))]), ["tea three"]);
    let both = [eq("author", json!("ann")), eq("meta.kind", json!(1))];
    assert_eq!(by(&both), ["tea two"]);
    assert_eq!(
        by(&[eq("author", json!("ann")), eq("author", json!("bob"))]),
        [""; 0]
    );
    let deep = query("by_deep", json!([text("meta.text", "tea")]), json!([]));
    assert_eq!(tx.found(deep), ["tea three"]);
    let odd = json!([
        { "filter": { "$neq": [{ "$field": "author" }, { "$literal": "ann" }] } },
        { "limit": 1 },
    ]);
    assert_eq!(
        tx.found(query("by_body", json!([text("body", "tea")]), odd)),
        ["tea three"]
    );
}

#[test]
fn wrong_searches_are_refused_with_convexs_messages() {
    let Db { store, .. } = library();
    let mut tx = store.begin();
    let mut refusal = |index: &str, filters: Json| {
        let refused = tx.search(query(index, filters, json!([])));
        refused.expect_err("is refused").to_string()
    };
    let body = || text("body", "x");
    assert_eq!(
        refusal("nope", json!([body()])),
        "Index notes.nope not found."
    );
    for database in ["by_author", "by_id", "by_creation_time"] {
        let expected = format!("Index notes.{database} is not a search index");
        assert_eq!(refusal(database, json!([body()])), expected);
    }
    assert_eq!(
        refusal("by_body", json!([text("title", "x")])),
        "Search query against notes.by_body contains a search filter against \"title\", which \
         doesn't match the indexed `searchField` \"body\"."
    );
    assert_eq!(
        refusal("by_body", json!([body(), body()])),
        "Search query against notes.by_body contains multiple search filters against \"body\". \
         Only one is allowed."
    );
    assert_eq!(
        refusal(
            "by_deep",
            json!([text("meta.text", "x"), eq("author", json!("ann"))])
        ),
        "Search query against notes.by_deep contains an equality filter on \"author\" but that \
         field isn't indexed for filtering in `filterFields`."
    );
    assert!(
        refusal("by_body", json!([]))
            .starts_with("Search query against notes.by_body does not contain any search filters.")
    );
    let mut many = vec![body()];
    many.extend((0..9).map(|n| eq("author", json!(n))));
    assert_eq!(
        refusal("by_body", json!(many)),
        "Search query against notes.by_body has too many filter conditions. Max: 8 Actual: 9"
    );
    let range = json!({ "query": { "operators": [], "source":
        { "type": "IndexRange", "indexName": "notes.by_body", "range": [], "order": null } } });
    assert_eq!(
        tx.call("queryStream", range),
        Err(DbError::new("Index notes.by_body is not a database index"))
    );
}

#[test]
fn more_than_1024_answers_cannot_be_collected() {
    let Db { store, .. } = library();
    let mut tx = store.begin();
    for n in 0..1030 {
        tx.note(json!({ "body": format!("much {n}") }));
    }
    let limited = |n: usize| {
        let filters = json!([text("body", "much")]);
        query("by_body", filters, json!([{ "limit": n }]))
    };
    assert_eq!(tx.found(limited(1024)).len(), 1024);
    let refused = tx.search(limited(1025)).expect_err("too many");
    assert!(
        refused.to_string().starts_with(
            "Search query scanned too many documents (fetched 1024). Consider using a smaller limit"
        ),
        "{refused}"
    );
}

fn page(tx: &mut Transaction, cursor: &Json, end: &Json) -> Json {
    let args = json!({ "query": about("tea"), "cursor": cursor, "endCursor": end, "pageSize": 2 });
    tx.call("queryPage", args).expect("a page")
}

fn bodies(page: &Json) -> Vec<&str> {
    let documents = page["page"].as_array().expect("documents").iter();
    documents.filter_map(|d| d["body"].as_str()).collect()
}

#[tokio::test]
async fn pages_go_through_the_answers_and_can_be_read_again() {
    let Db { store, .. } = library();
    let mut tx = store.begin();
    tx.bodies(&["tea a", "tea b", "tea c", "tea d", "tea e"]);
    store.commit(tx).await.expect("commits");
    let mut tx = store.begin();
    let first = page(&mut tx, &Json::Null, &Json::Null);
    assert_eq!(bodies(&first), ["tea e", "tea d"]);
    assert_eq!(
        (&first["isDone"], &first["splitCursor"]),
        (&json!(false), &Json::Null)
    );
    let second = page(&mut tx, &first["continueCursor"], &Json::Null);
    let third = page(&mut tx, &second["continueCursor"], &Json::Null);
    assert_eq!(
        [bodies(&second), bodies(&third)].concat(),
        ["tea c", "tea b", "tea a"]
    );
    assert_eq!(third["isDone"], true);
    // A page that was shown keeps its ends while documents come and go and shift the scores.
    let gone = tx
        .call("get", json!({ "id": second["page"][0]["_id"] }))
        .expect("reads");
    let mut later = store.begin();
    later
        .call("remove", json!({ "id": gone["_id"] }))
        .expect("removes");
    later.bodies(&["coffee c"]);
    let again = page(
        &mut later,
        &first["continueCursor"],
        &second["continueCursor"],
    );
    assert_eq!(bodies(&again), ["tea b"]);
    assert_eq!(again["continueCursor"], second["continueCursor"]);
}

#[tokio::test]
async fn a_search_sees_only_its_snapshot_and_own_writes() {
    let Db { store, dir } = library();
    let mut tx = store.begin();
    let ids = tx.bodies(&["tea one", "tea two"]);
    assert_eq!(tx.found(about("tea")), ["tea two", "tea one"]);
    assert_eq!(store.begin().found(about("tea")), [""; 0]);
    let then = store.commit(tx).await.expect("commits");
    let mut tx = store.begin();
    let coffee = json!({ "id": ids[0], "value": { "body": "coffee" } });
    tx.call("shallowMerge", coffee).expect("patches");
    tx.call("remove", json!({ "id": ids[1] })).expect("removes");
    let savepoint = tx.savepoint();
    tx.bodies(&["tea three"]);
    tx.rollback_to(savepoint);
    assert_eq!(tx.found(about("tea coffee")), ["coffee"]);
    store.commit(tx).await.expect("commits");
    let mut before = store.begin_at(then).expect("is kept");
    assert_eq!(before.found(about("tea")), ["tea two", "tea one"]);
    drop((store, before));
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    let schema = notes(indexes());
    store.apply_schema(&root(), Some(&schema)).expect("good");
    assert_eq!(store.begin().found(about("tea coffee")), ["coffee"]);
}

#[tokio::test]
async fn a_commit_concerns_a_search_if_it_writes_one_of_its_answers() {
    let Db { store, .. } = library();
    let mut tx = store.begin();
    let id = tx.note(json!({ "body": "green tea", "author": "ann" }));
    store.commit(tx).await.expect("commits");
    let of_ann = [text("body", "black te"), eq("author", json!("ann"))];
    let mut asked = store.begin();
    asked.found(query("by_body", json!(of_ann), json!([{ "limit": 1 }])));
    let mut stale = store.begin();
    stale.found(query("by_body", json!(of_ann), json!([])));
    stale.bodies(&["from an old snapshot"]);
    let read = asked.into_read_set();
    let mut commits = store.commits();
    let patch = |value: Json| ("shallowMerge", json!({ "id": id, "value": value }));
    let add = |value: Json| ("insert", json!({ "table": "notes", "value": value }));
    let cases = [
        (add(json!({ "body": "black tea", "author": "bob" })), false),
        (
            add(json!({ "body": "blackish eat", "author": "ann" })),
            false,
        ),
        (add(json!({ "body": "term", "author": "ann" })), true),
        (add(json!({ "body": "black", "author": "ann" })), true),
        (patch(json!({ "meta": 1 })), true),
        (patch(json!({ "author": "bob" })), true),
        (patch(json!({ "meta": 2 })), false),
        (patch(json!({ "author": "ann", "body": "coffee" })), false),
        (patch(json!({ "body": "tea again" })), true),
        (("remove", json!({ "id": id })), true),
    ];
    for ((op, args), concerns) in cases {
        let mut tx = store.begin();
        tx.call(op, args.clone()).expect("writes");
        store.commit(tx).await.expect("commits");
        let commit = commits.recv().await.expect("is told");
        assert_eq!(read.invalidated_by(&commit), concerns, "{op} {args}");
    }
    assert_eq!(store.commit(stale).await, Err(CommitError::Conflict));
}

#[tokio::test]
async fn search_indexes_come_change_and_go_with_the_schema() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.note(json!({ "body": "tea", "author": "coffee", "meta": { "kind": 1 } }));
    store.commit(tx).await.expect("commits");
    let with = |indexes: Json| store.apply_schema(&root(), Some(&notes(indexes)));
    let search = |field: &str, filters: &[Json]| {
        let filters = [&[text(field, "tea coffee")], filters].concat();
        store.begin().search(query("i", json!(filters), json!([])))
    };
    let none = || Err(DbError::new("Index notes.i not found."));
    assert_eq!(search("body", &[]), none());
    let index = |field: &str, filters: Json| json!([{ "indexDescriptor": "i", "searchField": field, "filterFields": filters }]);
    with(index("body", json!([]))).expect("good");
    assert_eq!(search("body", &[]), Ok(vec!["tea".to_owned()]));
    with(index("body", json!(["meta.kind"]))).expect("good");
    assert_eq!(
        search("body", &[eq("meta.kind", json!(1))]).map(|found| found.len()),
        Ok(1)
    );
    with(index("author", json!([]))).expect("good");
    assert!(search("body", &[]).is_err());
    assert_eq!(search("author", &[]).map(|found| found.len()), Ok(1));
    with(json!([])).expect("good");
    assert_eq!(search("author", &[]), none());
    // Another component's table of the same name is another table.
    with(index("body", json!([]))).expect("good");
    let other = ComponentPath::new("other");
    let schema = notes(index("body", json!([])));
    store.apply_schema(&other, Some(&schema)).expect("good");
    let mut tx = store.begin();
    let args = json!({ "query": query("i", json!([text("body", "tea")]), json!([])),
        "cursor": null, "endCursor": null, "pageSize": 9 });
    let page = tx.syscall(&other, "1.0/queryPage", args.clone());
    assert_eq!(page.expect("a page")["page"], json!([]));
    assert_eq!(
        tx.call("queryPage", args).expect("a page")["page"][0]["body"],
        "tea"
    );
}

#[test]
fn vector_and_staged_indexes_are_accepted_and_cannot_be_searched_as_text() {
    let Db { store, .. } = db();
    let mut schema = notes(indexes());
    schema["tables"][0]["vectorIndexes"] = json!([{ "indexDescriptor": "by_vector",
        "vectorField": "meta.vector", "dimensions": 3, "filterFields": [] }]);
    schema["tables"][0]["stagedSearchIndexes"] =
        json!([{ "indexDescriptor": "soon", "searchField": "author", "filterFields": [] }]);
    store.apply_schema(&root(), Some(&schema)).expect("good");
    let mut tx = store.begin();
    tx.bodies(&["tea"]);
    assert_eq!(tx.found(about("tea")), ["tea"]);
    let mut refusal = |index| {
        let search = query(index, json!([text("body", "tea")]), json!([]));
        tx.search(search).expect_err("is refused").to_string()
    };
    assert_eq!(
        refusal("by_vector"),
        "Index notes.by_vector is not a search index"
    );
    assert_eq!(
        refusal("soon"),
        "Index notes.soon is currently staged and not available to query until it is enabled."
    );
}
