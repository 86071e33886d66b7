//! The official npm clients, run by Node.js.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::process::Command;

use crate::support::{Server, now, script};

/// Runs a script against `server` and checks that it exits with 0, so that all its assertions hold.
pub(crate) async fn run(server: &Server, name: &str, more: Json) {
    let input = json!({
        "url": server.backend.cloud_url(),
        "token": server.token("alice"),
        "expired": server.token_with("alice", &json!({ "exp": now() - 60 })),
        "more": more,
    });
    let script = Command::new("node")
        .arg(script(name))
        .arg(input.to_string())
        .output();
    let done = tokio::time::timeout(Duration::from_secs(60), script).await;
    let done = done.expect("the script ends").expect("node runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        done.status.success(),
        "{}{}",
        text(&done.stdout),
        text(&done.stderr)
    );
}

#[tokio::test]
async fn http_client() {
    run(&Server::start().await, "http_client.mjs", Json::Null).await;
}

#[tokio::test]
async fn websocket_client() {
    run(&Server::start().await, "websocket_client.mjs", Json::Null).await;
}
