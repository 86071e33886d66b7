//! Files and tokens that mutations create.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use convex_local::functions::FunctionCall;
use serde_json::{Value as Json, json};

use crate::support::{App, app};

impl App {
    /// Returns how many files are on the disk.
    fn contents(&self) -> usize {
        let entries = fs::read_dir(self.data.path().join("files")).expect("a folder");
        let files = entries.filter(|entry| entry.as_ref().is_ok_and(|it| it.path().is_file()));
        files.count()
    }
}

#[tokio::test]
async fn mutations_store_and_read_files() {
    let app = app().await;
    let kept = app
        .mutation(
            "files:keep",
            json!({ "text": "Grüße", "type": "text/plain" }),
        )
        .await
        .expect("is stored");
    assert_eq!(kept["text"], "Grüße");
    assert_eq!(kept["type"], "text/plain");
    assert_eq!(kept["filesWritten"]["used"], 1);
    assert_eq!(kept["fileReadBytes"]["used"], 7);
    let read = app
        .mutation("files:read", json!({ "id": kept["id"] }))
        .await;
    assert_eq!(read, Ok(json!("Grüße")));
    assert_eq!(app.query("files:count", json!({})).await, Ok(json!(1)));
    assert_eq!(app.contents(), 1);
}

#[tokio::test]
async fn the_storage_reads_no_other_file_of_this_machine() {
    let app = app().await;
    let path = app.data.path().join("elsewhere");
    fs::write(&path, "theirs").expect("write");
    let read = app.action("files:readsElsewhere", json!({ "path": path }));
    assert_eq!(read.await, Ok(json!("mine")));
}

#[tokio::test]
async fn a_file_whose_content_is_removed_while_it_is_read_is_no_file() {
    let app = app().await;
    let kept = app.mutation("files:keep", json!({ "text": "gone" })).await;
    let id = kept.expect("is stored")["id"].clone();
    for entry in fs::read_dir(app.data.path().join("files")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::remove_file(path).expect("removes");
        }
    }
    let read = app.mutation("files:read", json!({ "id": id })).await;
    assert_eq!(read, Ok(Json::Null));
}

#[tokio::test]
async fn files_of_failed_calls_are_deleted() {
    let app = app().await;
    let failed = app
        .mutation("files:keep", json!({ "text": "no", "butFail": true }))
        .await;
    assert!(
        failed
            .expect_err("fails")
            .message
            .contains("changed my mind")
    );
    let sha256 = "0".repeat(64);
    let wrong = app
        .mutation("files:keep", json!({ "text": "no", "sha256": sha256 }))
        .await;
    let wrong = wrong.expect_err("is another file").message;
    assert!(wrong.contains("Sha256 mismatch"), "{wrong}");
    assert_eq!(app.contents(), 0);
    let mine = app.mutation("files:keepOneOfTwo", json!({})).await;
    let read = app.mutation("files:read", json!({ "id": mine.expect("is stored") }));
    assert_eq!(read.await, Ok(json!("mine")));
    assert_eq!(app.query("files:count", json!({})).await, Ok(json!(1)));
    assert_eq!(app.contents(), 1);
}

#[tokio::test]
async fn queries_store_no_files() {
    let app = app().await;
    let error = app.query_error("files:storesInQuery", json!({})).await;
    assert!(
        error.contains("storage.store() is available in mutations and actions"),
        "{error}"
    );
}

#[tokio::test]
async fn mutations_sign_tokens_in_the_name_of_the_deployment() {
    let app = app().await;
    let args = json!({ "claims": { "sub": "ann", "roles": ["a"] }, "seconds": 60 });
    let token = app.mutation("files:token", args).await.expect("a token");
    let part = |index: usize| -> Json {
        let text = token.as_str().expect("a text").split('.').nth(index);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.expect("a part"));
        serde_json::from_slice(&bytes.expect("base64")).expect("JSON")
    };
    assert_eq!(part(0)["alg"], "ES256");
    assert_eq!(part(1)["iss"], "http://127.0.0.1:3210");
    assert_eq!(part(1)["roles"], json!(["a"]));
    let args = json!({ "claims": { "iss": "me" }, "seconds": 60 });
    let refused = app.mutation("files:token", args).await;
    let error = refused.expect_err("is refused").message;
    assert!(error.contains("the claim \"iss\" is reserved"), "{error}");
    let call = FunctionCall::public("files:token", json!({ "claims": {}, "seconds": 3601 }));
    let error = app.functions.mutation(call).await.result;
    let error = error.expect_err("is refused").message;
    assert!(error.contains("between 1 and 3600"), "{error}");
}
