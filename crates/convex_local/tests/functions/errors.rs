//! Errors and their messages, which are those of Convex.

use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::support::{app, copy_of_app, try_app};

#[tokio::test]
async fn thrown_errors_name_the_place_in_the_source() {
    let app = app().await;
    assert_eq!(
        app.query_error("errors:plain", json!({})).await,
        "Uncaught TypeError: boom\n    at explode (../convex/errors.ts:6:9)\n    \
         at handler (../convex/errors.ts:9:55)"
    );
}

/// The text that a subscriber of the log has written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// Collects what this thread logs, until the returned guards are dropped.
    fn listen(&self) -> impl Sized + use<> {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // With a single subscriber, the thread that reaches a log line first decides for all threads whether it is
        // logged. That may be the thread of another test, which has no subscriber.
        let second = tracing::Dispatch::new(tracing_subscriber::registry());
        (tracing::subscriber::set_default(subscriber), second)
    }

    fn text(&self) -> String {
        let log = self.0.lock().expect("the log").clone();
        String::from_utf8(log).expect("text")
    }
}

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_function_and_request_as_the_error_does() {
    let written = Written::default();
    let _listening = written.listen();
    let app = app().await;
    let failed = app.query("errors:talksAndFails", json!({})).await;
    let request = failed.expect_err("fails").request.expect("a request");
    let log = written.text();
    for text in ["'about to fail'", "Uncaught Error: failed"] {
        let (_, rest) = log.split_once(text).unwrap_or_else(|| panic!("{log}"));
        // A stack may come in between.
        let (_, fields) = rest
            .split_once("function=")
            .unwrap_or_else(|| panic!("{log}"));
        let expected = format!("errors:talksAndFails request={request}\n");
        assert!(fields.starts_with(&expected), "{log}");
    }
}

#[tokio::test]
async fn each_load_warns_that_convex_json_asks_for_another_node() {
    let dir = copy_of_app("node-version");
    let config = dir.with_file_name("convex.json");
    let warning = "convex.json asks for Node.js 8, and \"use node\" functions run on ";
    // The second load uses kept bundles.
    for _ in 0..2 {
        fs::write(&config, r#"{ "node": { "nodeVersion": "8" } }"#).expect("write");
        let written = Written::default();
        let listening = written.listen();
        drop(try_app(&dir, |_| {}).await.expect("loads"));
        drop(listening);
        let log = written.text();
        assert_eq!(log.matches(warning).count(), 1, "{log}");
    }
    fs::write(&config, r#"{ "node": { "nodeVersion": 8 } }"#).expect("write");
    let refused = try_app(&dir, |_| {}).await.err().expect("is refused");
    let refused = refused.to_string();
    assert!(
        refused.contains("convex.json: node.nodeVersion must be a text like"),
        "{refused}"
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
    let token = app.action("errors:asksForAToken", json!({})).await;
    let token = token.expect_err("there is none").message;
    assert!(
        token.contains(
            "createServiceToken() is not available in convex-local (used by errors:asksForAToken)"
        ),
        "{token}"
    );
}
