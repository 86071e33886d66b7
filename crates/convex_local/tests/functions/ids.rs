//! `v.id("table")`, which accepts ids of that table only. This makes `db.delete(args.id)` safe.

use convex_local::functions::FunctionCall;
use serde_json::{Value as Json, json};

use crate::support::{App, app};

/// Creates a document in another table than the declared one and returns its id.
async fn foreign(app: &App) -> Json {
    let args = json!({ "name": "kept" });
    let id = app.mutation("counters:increment", args).await;
    id.expect("a counter")
}

/// Returns Convex's error message for such an id.
fn refusal(prefix: &str, id: &Json, path: &str) -> String {
    format!(
        "{prefix}: Found ID {id} from table `counters`, which does not match the table name in \
         validator `v.id(\"messages\")`.{path}"
    )
}

async fn message(app: &App) -> Json {
    let args = json!({ "author": "ann", "body": "one" });
    app.mutation("messages:add", args).await.expect("a message")
}

#[tokio::test]
async fn ids_of_another_table_are_refused_as_arguments_of_every_function() {
    let app = app().await;
    let id = foreign(&app).await;
    let args = json!({ "id": id });
    let refused = refusal("ArgumentValidationError", &id, "Path: .id");
    for path in ["ids:look", "ids:remove", "ids:actOn"] {
        let outcome = app.functions.run(FunctionCall::public(path, args.clone()));
        let outcome = outcome.await.expect("there is such a function");
        let error = outcome.result().as_ref().expect_err(path);
        assert_eq!(error.message, refused, "{path}");
    }
    for outcome in [
        app.mutation("ids:nested", args.clone()).await,
        app.action("ids:byAction", args.clone()).await,
    ] {
        let error = outcome.expect_err("refused").message;
        assert!(error.contains(&refused), "{error}");
    }
    let few = json!({ "few": [{}, { "id": null }, { "id": id }] });
    let error = app.mutation("ids:removeFew", few).await;
    let error = error.expect_err("refused").message;
    assert!(error.contains("Path: .few[2].id"), "{error}");
    assert!((app.counter("kept").await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_scheduled_function_fails_with_an_id_of_another_table() {
    let app = app().await;
    let id = foreign(&app).await;
    let job = app.mutation("ids:later", json!({ "id": id })).await;
    let row = app.until(&job.expect("is scheduled"), "failed").await;
    let refused = refusal("ArgumentValidationError", &id, "Path: .id");
    assert_eq!(row["state"]["error"], json!(refused));
    assert!((app.counter("kept").await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn ids_of_another_table_are_refused_as_results() {
    let app = app().await;
    let id = foreign(&app).await;
    assert_eq!(
        app.query_error("ids:gives", json!({ "id": id })).await,
        refusal("ReturnsValidationError", &id, "")
    );
    let id = message(&app).await;
    let given = app.query("ids:gives", json!({ "id": id })).await;
    assert_eq!(given, Ok(id));
}

#[tokio::test]
async fn ids_of_the_declared_table_pass_and_those_of_none_do_not() {
    let app = app().await;
    let args = json!({ "id": message(&app).await });
    assert_eq!(app.query("ids:look", args.clone()).await, Ok(json!(true)));
    app.action("ids:actOn", args.clone()).await.expect("passes");
    app.mutation("ids:nested", args.clone())
        .await
        .expect("passes");
    // The id of a deleted document is still an id of its table.
    assert_eq!(app.query("ids:look", args).await, Ok(json!(false)));
    let error = app
        .query_error("ids:look", json!({ "id": "nothing" }))
        .await;
    assert_eq!(
        error,
        "ArgumentValidationError: Value does not match validator.\nPath: .id\nValue: \"nothing\"\n\
         Validator: v.id(\"messages\")"
    );
}

#[tokio::test]
async fn arguments_in_a_list_of_one_are_scheduled() {
    let app = app().await;
    let job = app
        .mutation("ids:laterInOldWords", json!({ "name": "old" }))
        .await;
    app.until(&job.expect("is scheduled"), "success").await;
    assert!((app.counter("old").await - 1.0).abs() < f64::EPSILON);
}
