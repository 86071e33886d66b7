//! Full-text search by `withSearchIndex`.

use convex_local::functions::{FunctionCall, FunctionsConfig};
use serde_json::{Value as Json, json};

use crate::support::{App, app, copy_of_app, try_app};

async fn write(app: &App, title: &str, author: Option<&str>, text: &str) {
    let mut article = json!({ "title": title, "meta": { "text": text } });
    if let Some(author) = author {
        article["author"] = json!(author);
    }
    app.mutation("search:add", article).await.expect("add");
}

async fn library() -> App {
    let app = app().await;
    write(
        &app,
        "Tea",
        Some("ann"),
        "How to brew green tea, and black tea",
    )
    .await;
    write(
        &app,
        "Coffee",
        Some("bob"),
        "Coffee for those who are tired of tea",
    )
    .await;
    let teapots = "On teapots and their lids, spouts, handles and more";
    write(&app, "Teapots", None, teapots).await;
    write(&app, "Water", Some("ann"), "It falls from the sky").await;
    app
}

async fn query(app: &App, path: &str, args: Json) -> Json {
    app.query(path, args).await.expect("an answer")
}

#[tokio::test]
async fn a_search_finds_ranks_filters_and_limits() {
    let app = library().await;
    let find = |args| query(&app, "search:find", args);
    assert_eq!(
        find(json!({ "text": "tea" })).await,
        json!(["Tea", "Coffee", "Teapots"])
    );
    assert_eq!(
        find(json!({ "text": "tea", "limit": 1 })).await,
        json!(["Tea"])
    );
    assert_eq!(
        find(json!({ "text": "tea", "author": "bob" })).await,
        json!(["Coffee"])
    );
    assert_eq!(find(json!({ "text": "SKY!" })).await, json!(["Water"]));
    assert_eq!(find(json!({ "text": "" })).await, json!([]));
    let best = query(&app, "search:best", json!({ "text": "lids" })).await;
    assert_eq!(best, "Teapots");
    let unsigned = query(&app, "search:withoutAuthor", json!({ "text": "tea" })).await;
    assert_eq!(unsigned, json!(["Teapots"]));
}

#[tokio::test]
async fn pages_of_a_search_follow_each_other() {
    let app = library().await;
    let (mut cursor, mut titles) = (Json::Null, Vec::new());
    loop {
        let args = json!({ "text": "tea", "cursor": cursor, "numItems": 1 });
        let page = query(&app, "search:page", args).await;
        titles.extend(page["titles"].as_array().expect("titles").clone());
        if page["isDone"] == true {
            break;
        }
        cursor = page["continueCursor"].clone();
    }
    assert_eq!(titles, ["Tea", "Coffee", "Teapots"]);
}

#[tokio::test]
async fn a_mutation_finds_what_it_wrote() {
    let app = library().await;
    let new = json!({ "title": "Mate", "meta": { "text": "mate" } });
    let found = app.mutation("search:addAndFind", new).await;
    assert_eq!(found.expect("found"), json!(["Mate"]));
}

#[tokio::test]
async fn an_answer_holds_until_a_commit_touches_the_search() {
    let app = library().await;
    let call = FunctionCall::public("search:find", json!({ "text": "tea", "author": "ann" }));
    let read = app.functions.query(call).await.read_set;
    let mut commits = app.store.commits();
    let others = [
        ("Other words", Some("ann"), "nothing of that kind", false),
        ("Other author", Some("bob"), "tea", false),
        ("Another beginning", Some("ann"), "teatime", true),
    ];
    for (title, author, text, concerns) in others {
        write(&app, title, author, text).await;
        // A cron's commit may be among them.
        let mut is_concerned = read.invalidated_by(&commits.recv().await.expect("a commit"));
        while let Ok(commit) = commits.try_recv() {
            is_concerned |= read.invalidated_by(&commit);
        }
        assert_eq!(is_concerned, concerns, "{title}");
    }
}

#[tokio::test]
async fn wrong_searches_say_what_is_wrong() {
    let app = app().await;
    let refusal = async |args| app.query_error("search:wrong", args).await;
    let cases = [
        (
            json!({ "index": "nope", "searchField": "x" }),
            "Index articles.nope not found.",
        ),
        (
            json!({ "index": "by_author", "searchField": "author" }),
            "Index articles.by_author is not a search index",
        ),
        (
            json!({ "index": "by_text", "searchField": "title" }),
            "Search query against articles.by_text contains a search filter against \"title\", \
             which doesn't match the indexed `searchField` \"meta.text\".",
        ),
        (
            json!({ "index": "by_text", "searchField": "meta.text", "filterField": "title" }),
            "Search query against articles.by_text contains an equality filter on \"title\" but \
             that field isn't indexed for filtering in `filterFields`.",
        ),
    ];
    for (args, expected) in cases {
        let message = refusal(args).await;
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn a_new_search_index_contains_existing_documents() {
    let dir = copy_of_app("search-index");
    let schema = dir.join("schema.ts");
    let text = std::fs::read_to_string(&schema).expect("read");
    let index = text.lines().find(|line| line.contains(".searchIndex("));
    let without = text.replace(index.expect("an index"), ",");
    std::fs::write(&schema, without).expect("write");
    let app = try_app(&dir, |_: &mut FunctionsConfig| {})
        .await
        .expect("loads");
    write(&app, "Tea", None, "green tea").await;
    let missing = app
        .query_error("search:find", json!({ "text": "tea" }))
        .await;
    assert!(
        missing.contains("Index articles.by_text not found."),
        "{missing}"
    );
    let stopped = app.stop().await;
    std::fs::write(&schema, text).expect("write");
    let app = stopped.start().await;
    assert_eq!(
        query(&app, "search:find", json!({ "text": "tea" })).await,
        json!(["Tea"])
    );
}
