//! What goes wrong, in Convex's words.

use serde_json::json;

use crate::support::app;

#[tokio::test]
async fn thrown_errors_tell_where_in_the_source() {
    let app = app().await;
    assert_eq!(
        app.query_error("errors:plain", json!({})).await,
        "Uncaught TypeError: boom\n    at explode (../convex/errors.ts:6:9)\n    \
         at handler (../convex/errors.ts:9:55)"
    );
}

#[tokio::test]
async fn convex_errors_carry_their_data() {
    let app = app().await;
    let error = app
        .query("errors:withData", json!({}))
        .await
        .expect_err("an error");
    assert!(
        error.message.starts_with("Uncaught ConvexError: "),
        "{}",
        error.message
    );
    let expected = json!({ "code": "NOT_YOURS", "id": { "$integer": "BwAAAAAAAAA=" } });
    assert_eq!(error.data, Some(expected));
    assert_eq!(
        app.action("errors:throughAction", json!({}))
            .await
            .expect("data"),
        "no entry"
    );
}

#[tokio::test]
async fn arguments_and_results_are_validated() {
    let app = app().await;
    let missing = app.query_error("counters:get", json!({})).await;
    assert!(
        missing
            .starts_with("ArgumentValidationError: Object is missing the required field `name`."),
        "{missing}"
    );
    let wrong = app.query_error("counters:get", json!({ "name": 5 })).await;
    assert!(
        wrong.starts_with("ArgumentValidationError: Value does not match validator."),
        "{wrong}"
    );
    assert!(wrong.contains("Path: .name"), "{wrong}");
    let result = app.query_error("errors:wrongResult", json!({})).await;
    assert!(
        result.starts_with("ReturnsValidationError: Value does not match validator."),
        "{result}"
    );
}

#[tokio::test]
async fn only_what_is_public_and_of_the_right_kind_can_be_called() {
    let app = app().await;
    for path in ["messages:nope", "nope:nope", "nope", "errors:hidden", ""] {
        assert_eq!(
            app.query_error(path, json!({})).await,
            format!(
                "Could not find public function for '{path}'. \
                 Did you forget to run `npx convex dev` or `npx convex deploy`?"
            )
        );
    }
    assert_eq!(
        app.query_error("messages:add", json!({})).await,
        "Trying to execute messages.js:add as Query, but it is defined as Mutation."
    );
}

#[tokio::test]
async fn queries_do_not_fetch_and_missing_features_are_named() {
    let app = app().await;
    let fetch = app.query_error("errors:fetches", json!({})).await;
    assert!(
        fetch.contains("Can't use fetch() in queries and mutations."),
        "{fetch}"
    );
    let vectors = app
        .action("errors:searchesVectors", json!({}))
        .await
        .expect_err("refused")
        .message;
    assert!(
        vectors.contains("Vector search is not available in convex-local"),
        "{vectors}"
    );
}
