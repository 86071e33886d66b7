//! Scheduled functions.

use serde_json::{Value as Json, json};

use crate::socket::Socket;
use crate::support::Server;

async fn add_later(server: &Server, text: &str, after_ms: u64) -> Json {
    let args = json!({ "text": text, "after": after_ms });
    let (_, body) = server.call("mutation", "notes:addLater", args).await;
    assert_eq!(body["status"], "success", "{body}");
    body["value"].clone()
}

#[tokio::test]
async fn a_scheduled_mutation_runs_when_it_is_due_unless_cancelled() {
    let server = Server::start().await;
    let (mut socket, _) = Socket::subscribe(&server, "notes:list").await;
    add_later(&server, "third", 900).await;
    let cancelled = add_later(&server, "never", 300).await;
    add_later(&server, "first", 0).await;
    let (_, body) = server
        .call("mutation", "notes:cancel", json!({ "id": cancelled }))
        .await;
    assert_eq!(body["status"], "success", "{body}");
    assert_eq!(socket.next_value().await, json!(["first"]));
    assert_eq!(socket.next_value().await, json!(["first", "third"]));
}

#[tokio::test]
async fn scheduled_functions_outlive_a_restart() {
    let server = Server::start().await;
    add_later(&server, "later", 1_500).await;
    let server = server.restart().await;
    let (mut socket, first) = Socket::subscribe(&server, "notes:list").await;
    assert_eq!(first["modifications"][0]["value"], json!([]));
    assert_eq!(socket.next_value().await, json!(["later"]));
}
