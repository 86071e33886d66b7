//! `ctx.vectorSearch()` of npm `convex`.

use serde_json::{Value as Json, json};

use crate::support::{App, app};

async fn add(app: &App, name: &str, cuisine: Option<&str>, embedding: [f64; 3]) -> Json {
    let mut food = json!({ "name": name, "embedding": embedding });
    if let Some(cuisine) = cuisine {
        food["cuisine"] = cuisine.into();
    }
    app.mutation("foods:add", food).await.expect("adds")
}

async fn similar(app: &App, args: Json) -> Vec<String> {
    let found = app.action("foods:similar", args).await.expect("searches");
    let name = |hit: &Json| hit[0].as_str().unwrap_or_default().to_owned();
    found.as_array().into_iter().flatten().map(name).collect()
}

async fn foods() -> App {
    let app = app().await;
    add(&app, "pizza", Some("italian"), [1.0, 0.0, 0.0]).await;
    add(&app, "pasta", Some("italian"), [4.0, 4.0, 0.0]).await;
    add(&app, "sushi", Some("japanese"), [0.0, 1.0, 0.0]).await;
    add(&app, "bread", None, [-1.0, 0.0, 0.0]).await;
    app
}

#[tokio::test]
async fn the_most_similar_come_first_with_their_cosines() {
    let app = foods().await;
    let found = app
        .action("foods:similar", json!({ "vector": [2, 0, 0] }))
        .await;
    let found = found.expect("searches");
    let expected = [
        ("pizza", 1.0),
        ("pasta", 0.5_f64.sqrt()),
        ("sushi", 0.0),
        ("bread", -1.0),
    ];
    for (hit, (name, score)) in found.as_array().expect("a list").iter().zip(expected) {
        assert_eq!(hit[0], name, "{found}");
        assert!(
            (hit[1].as_f64().expect("a score") - score).abs() < 1e-6,
            "{found}"
        );
    }
    let nearest = similar(&app, json!({ "vector": [0, 3, 0], "limit": 2 })).await;
    assert_eq!(nearest, ["sushi", "pasta"]);
}

#[tokio::test]
async fn filters_pass_documents_with_one_of_the_values() {
    let app = foods().await;
    let vector = json!([1, 0, 0]);
    for (args, expected) in [
        (json!({ "anyOf": ["italian"] }), vec!["pizza", "pasta"]),
        (
            json!({ "anyOf": ["japanese", null] }),
            vec!["sushi", "bread"],
        ),
        (
            json!({ "anyOf": ["japanese"], "orNamed": "pizza" }),
            vec!["pizza", "sushi"],
        ),
        (json!({ "anyOf": ["martian"] }), vec![]),
    ] {
        let mut args = args;
        args["vector"] = vector.clone();
        assert_eq!(similar(&app, args.clone()).await, expected, "{args}");
    }
}

#[tokio::test]
async fn searches_follow_changed_and_deleted_documents_also_after_a_restart() {
    let app = foods().await;
    let tofu = add(&app, "tofu", None, [0.0, 0.0, 1.0]).await;
    let vector = json!({ "vector": [0, 0, 1], "limit": 1 });
    assert_eq!(similar(&app, vector.clone()).await, ["tofu"]);
    let change = async |app: &App, embedding: Json| {
        let args = json!({ "id": tofu, "embedding": embedding });
        app.mutation("foods:change", args).await.expect("changes");
    };
    change(&app, json!([1, 0, 0.5])).await;
    let app = app.stop().await.start().await;
    let found = app
        .action("foods:similar", vector.clone())
        .await
        .expect("searches");
    assert_eq!(found[0][0], "tofu");
    assert!(
        found[0][1].as_f64().is_some_and(|score| score < 0.5),
        "{found}"
    );
    // A vector of another length is not in the index.
    change(&app, json!([1, 0])).await;
    assert!(
        !similar(&app, json!({ "vector": [0, 0, 1] }))
            .await
            .contains(&"tofu".to_owned())
    );
    change(&app, json!(null)).await;
    assert_eq!(similar(&app, json!({ "vector": [0, 0, 1] })).await.len(), 4);
}

#[tokio::test]
async fn wrong_searches_are_refused_with_convexs_messages() {
    let app = foods().await;
    let many: Vec<String> = (0..65).map(|n| n.to_string()).collect();
    for (function, args, words) in [
        (
            "foods:similar",
            json!({ "vector": [1, 2] }),
            "Expected a vector with dimensions 3, received 2.",
        ),
        (
            "foods:similar",
            json!({ "vector": [] }),
            "`vector` must be a non-empty Array in vectorSearch",
        ),
        (
            "foods:similar",
            json!({ "vector": [1, 0, 0], "limit": 300 }),
            "Vector queries can fetch at most 256 results, requested 300.",
        ),
        (
            "foods:similar",
            json!({ "vector": [1, 0, 0], "anyOf": many }),
            "Vector query against foods.by_embedding has too many conditions. Max: 64 Actual: 65",
        ),
        (
            "foods:misses",
            json!({ "index": "by_other" }),
            "Index foods.by_other not found.",
        ),
        (
            "foods:misses",
            json!({ "index": "by_id" }),
            "Index foods.by_id is not a vector index",
        ),
    ] {
        let refused = app.action(function, args).await.expect_err("is refused");
        assert!(refused.message.contains(words), "{}", refused.message);
    }
}
