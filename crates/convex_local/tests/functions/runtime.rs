//! The globals of Convex's runtime: what works on a deployment works here, and what fails there fails here.

use convex_local::functions::FunctionCall;
use serde_json::{Value as Json, json};

use crate::support::{App, app};

async fn tries(app: &App, kind: &str, name: &str) -> Result<Json, String> {
    let args = json!({ "kind": kind, "name": name });
    let found = app.query("runtime:tries", args).await;
    found.map_err(|error| error.message)
}

#[tokio::test]
async fn what_the_runtime_lacks_is_refused_with_its_messages() {
    let app = app().await;
    let refusals = [
        (
            "hostOfAddress",
            "Not implemented: set host for URL. Consider",
        ),
        ("cacheOfRequest", "Not implemented: get cache for Request."),
        ("caught", "Not implemented: get redirect for Request."),
        (
            "bodyOfResponse",
            "Not implemented: constructor with body type other than \
             string | ArrayBuffer | Blob | ReadableStream | null for Response.",
        ),
        (
            "bodyOfRequest",
            "Not implemented: constructor with body type other than \
             string | ArrayBuffer | Blob | FormData | ReadableStream | null for Request.",
        ),
        (
            "partOfBlob",
            "Not implemented: constructor with unsupported Blob part for Blob: \
             Only ArrayBuffer, Blob and string supported.",
        ),
        ("transfer", "structuredClone with transfer not supported"),
        ("wrapKey", "Not implemented: wrapKey for SubtleCrypto."),
        (
            "keyOfAes",
            "Not implemented: crypto.subtle.generateKey for AES-KW.",
        ),
        (
            "scheme",
            "Uncaught TypeError: Unsupported URL scheme -- http and https are supported (scheme was data)",
        ),
        ("address", "Uncaught TypeError: Invalid URL: 'nowhere'"),
        (
            "status",
            "Uncaught RangeError: Failed to construct 'Response': \
             The status provided is outside the range [200, 599].",
        ),
        (
            "table",
            "Uncaught TypeError: console.table is not a function",
        ),
        (
            "microtask",
            "Uncaught ReferenceError: queueMicrotask is not defined",
        ),
        ("bytes", "Uncaught TypeError: "),
        (
            "loneSurrogate",
            "Function runtime.js:tries failed. Could not parse return value as json: ",
        ),
        ("nameless", "Uncaught nobody's"),
    ];
    for (name, words) in refusals {
        let said = tries(&app, "refused", name).await;
        let said = said.expect_err(name);
        assert!(said.starts_with(words), "{name}: {said}");
    }
}

#[tokio::test]
async fn the_globals_differ_from_a_browser_where_the_runtime_does() {
    let app = app().await;
    let answers = [
        ("environment", json!(["hello", null, [], false])),
        ("setVariable", json!(null)),
        ("redirect", json!("/elsewhere")),
        ("typeOfJson", json!("application/json")),
        ("headers", json!([["z", "1"], ["a", "2"], ["z", "3"]])),
        ("maps", json!([[], ""])),
        ("setParameter", json!("b=2&a=3")),
        ("sifted", json!("0 3 6 9")),
        ("notCloned", json!("TypeError")),
    ];
    for (name, expected) in answers {
        let found = tries(&app, "answered", name).await;
        assert_eq!(found, Ok(expected), "{name}");
    }
}

#[tokio::test]
async fn the_language_is_that_of_a_deployment_with_an_older_node_too() {
    let app = app().await;
    let answers = [
        ("groups", json!({ "odd": [1, 3], "even": [2] })),
        ("groupsInMap", json!([[1, [1, 3]], [0, [2]]])),
        ("sets", json!([1, 2, 3, 2])),
        ("subset", json!([true, false])),
        ("iterators", json!([6])),
        ("reduced", json!(6)),
        ("resolvers", json!("resolved")),
        ("fromAsync", json!([2, 3])),
        ("using", json!(["used", "disposed"])),
    ];
    for (name, expected) in answers {
        let found = tries(&app, "language", name).await;
        assert_eq!(found, Ok(expected), "{name}");
    }
}

#[tokio::test]
async fn the_console_prints_what_the_runtimes_does() {
    let app = app().await;
    let call = FunctionCall::public("runtime:times", json!({}));
    let outcome = app.functions.query(call).await;
    assert_eq!(outcome.result.expect("times"), Json::Null);
    let expected = [
        "[WARN] Timer 'one' already exists",
        "[WARN] Timer 'two' does not exist",
        "[LOG] { a: { b: { c: { d: 'deep' } } } }",
    ];
    let said: Vec<String> = outcome
        .logs
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(said, expected);
}

#[tokio::test]
async fn an_action_may_print_what_is_no_text() {
    let app = app().await;
    for _ in 0..10 {
        let printed = app.action("deep/nodes:printsBytes", json!({})).await;
        assert_eq!(printed, Ok(json!(true)));
        // The backend reads it meanwhile.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
