//! The realms that calls run in: a call reaches nothing of another call and nothing of Node.js.

use convex_local::auth::Identity;
use convex_local::functions::FunctionCall;
use futures::future::join_all;
use serde_json::{Value as Json, json};

use crate::support::app;

#[tokio::test]
async fn the_state_of_a_module_ends_with_its_call() {
    let app = app().await;
    for (count, body) in [(0, "one"), (1, "two"), (2, "three")] {
        let seen = app.query("realms:remembered", json!({})).await;
        assert_eq!(seen.expect("a number"), json!(count));
        let args = json!({ "author": "ann", "body": body });
        app.mutation("messages:add", args).await.expect("add");
    }
}

#[tokio::test]
async fn no_call_sees_the_identity_of_another() {
    let app = app().await;
    for subject in [Some("ann"), Some("bob"), None] {
        let call = FunctionCall::public("realms:rememberedPerson", json!({}));
        let call = call.with_identity(subject.map(identity));
        let person = app.functions.query(call).await.result.expect("a person");
        assert_eq!(person, json!(subject));
    }
}

fn identity(subject: &str) -> Identity {
    let token = format!("i|{subject}");
    Identity {
        issuer: "i".into(),
        subject: subject.into(),
        token_identifier: token.clone(),
        claims: json!({ "issuer": "i", "subject": subject, "tokenIdentifier": token }),
    }
}

#[tokio::test]
async fn globals_that_a_call_changes_are_intact_in_the_next_one() {
    let app = app().await;
    let whole = json!([0, null, null, 2, "function"]);
    for nonce in 0..3 {
        let query = app.query("realms:spoilsInQuery", json!({ "nonce": nonce }));
        assert_eq!(query.await.expect("a query"), whole);
        let mutation = app.mutation("realms:spoilsInMutation", json!({}));
        assert_eq!(mutation.await.expect("a mutation"), whole);
        let action = app.action("realms:spoilsInAction", json!({}));
        assert_eq!(action.await.expect("an action"), whole);
    }
    let many = join_all((10..40).map(|nonce| {
        let args = json!({ "nonce": nonce });
        app.query("realms:spoilsInQuery", args)
    }));
    for one in many.await {
        assert_eq!(one.expect("a query"), whole);
    }
}

#[tokio::test]
async fn what_a_call_leaves_in_its_realm_is_gone_in_the_next_one() {
    let app = app().await;
    let places = [
        ("environment", json!(null)),
        ("platform", json!(null)),
        ("prototypeOfIterators", json!(null)),
        ("symbol", json!(null)),
        ("chain", json!(null)),
        ("accessor", json!(1)),
        ("frozen", json!(false)),
        ("closed", json!(false)),
        ("comparison", json!("own")),
        ("attribute", json!(false)),
        ("segments", json!(null)),
        ("match", json!("")),
        ("random", json!(null)),
        ("lazily", json!("function")),
        ("constant", json!("function")),
    ];
    for (place, new) in places {
        for nonce in 0..5 {
            let args = json!({ "nonce": nonce, "where": place });
            let found = app.query("realms:leaves", args).await.expect(place);
            assert_eq!(found, new, "{place}, call {nonce}");
        }
    }
}

#[tokio::test]
async fn a_format_without_a_time_shows_the_time_of_the_call() {
    let app = app().await;
    let formats = app.query("realms:formatsItsTime", json!({})).await;
    assert_eq!(formats.expect("a query"), json!([true, true]));
}

#[tokio::test]
async fn work_that_a_call_does_not_await_never_runs_inside_another_call() {
    let app = app().await;
    for nonce in 0..10 {
        let args = json!({ "nonce": nonce });
        let found = app
            .query("realms:doesNotWait", args)
            .await
            .expect("a query");
        assert_eq!(found, json!([0, false]));
    }
}

#[tokio::test]
async fn a_module_that_opts_in_keeps_its_realm() {
    let app = app().await;
    let mut counts = Vec::new();
    for nonce in 0..3 {
        let count = app.query("reusing:count", json!({ "nonce": nonce })).await;
        counts.push(count.expect("a count"));
    }
    assert_eq!(counts, [json!(1), json!(2), json!(3)]);
}

#[tokio::test]
async fn nothing_of_node_is_reachable() {
    let app = app().await;
    let found = app.query("realms:node", json!({})).await.expect("a look");
    let expected = json!({ "there": [], "reached": [], "process": ["env"], "looked": true });
    assert_eq!(found, expected);
    let imports = app.query("realms:imports", json!({})).await;
    let imports: Vec<String> = serde_json::from_value(imports.expect("texts")).expect("texts");
    for said in imports {
        assert!(said.starts_with("Can't dynamically import"), "{said}");
    }
}

#[tokio::test]
async fn an_unhandled_rejection_fails_its_mutation() {
    let app = app().await;
    let error = app.mutation("realms:forgetsARejection", json!({})).await;
    let error = error.expect_err("fails").message;
    assert!(
        error.starts_with("Uncaught Error: nobody waits for me"),
        "{error}"
    );
    assert_eq!(app.bodies().await.len(), 0);
}

#[tokio::test]
async fn log_lines_are_limited_in_number_and_length() {
    let app = app().await;
    let call = FunctionCall::public("realms:chatters", json!({}));
    let outcome = app.functions.query(call).await;
    assert_eq!(outcome.result.expect("chatters"), Json::Null);
    assert_eq!(outcome.logs.len(), 256);
    let first = &outcome.logs[0];
    assert!(first.ends_with(" (truncated due to length)") && first.len() < 33_000);
    assert_eq!(
        outcome.logs[255],
        "[ERROR] Log overflow (maximum 256). Remaining log lines omitted."
    );
}

#[tokio::test]
async fn the_web_apis_are_there() {
    let app = app().await;
    let found = app.action("realms:platform", json!({})).await;
    let expected = json!({
        "href": "http://example.com/c/a%20b?x=1&y=%C3%A4%26#h",
        "file": "content",
        "signature": [0x6e, 0x9e, 0xf2, 0x9b],
        "numbers": [2, 4, 6],
        "aborted": "AbortError",
        "clone": [5, true],
        "same": true,
    });
    assert_eq!(found.expect("the platform"), expected);
}

/// Runs a script with what it imports from a file of the runner.
fn runs(file: &str, imports: &str, script: &str) -> bool {
    let folder = concat!("file://", env!("CARGO_MANIFEST_DIR"), "/node");
    let script = format!("import {{ {imports} }} from \"{folder}/{file}\";\n{script}");
    let mut node = std::process::Command::new("node");
    let ended = node.args(["--input-type=module", "-e", &script]).status();
    ended.expect("node runs").success()
}

#[test]
fn a_realm_for_another_call_holds_no_keys_of_the_last_one() {
    let script = "const realm = new Stock().make();
        realm.keys = ['a key'];
        process.exit(realm.renew() && realm.keys === undefined ? 0 : 1);";
    assert!(runs("realms.mjs", "Stock", script));
}

#[test]
fn no_call_is_blamed_for_an_error_outside_of_its_turns() {
    let script = "const call = { kind: 'action' };
        let inside;
        enter(call, () => (inside = current()));
        pause();
        process.exit(inside === call && current() === undefined ? 0 : 1);";
    assert!(runs("turns.mjs", "current, enter, pause", script));
}
