//! Callers that disconnect before the answer.

use std::time::Duration;

use serde_json::json;

use crate::socket::Socket;
use crate::support::Server;

/// Waits until there is a note with this text.
async fn sees_note(server: &Server, text: &str) {
    for _ in 0..500 {
        let (_, body) = server.call("query", "notes:list", json!({})).await;
        if body["value"]
            .as_array()
            .is_some_and(|notes| notes.contains(&json!(text)))
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the rest of the action never ran");
}

#[tokio::test]
async fn an_action_runs_to_its_end_when_its_http_caller_has_gone() {
    let server = Server::start().await;
    for path in ["/api/action", "/api/function"] {
        let text = format!("slowly by {path}");
        let body = json!({ "path": "notes:addSlowly", "args": { "text": text } });
        let request = server.http.post(server.url(path)).json(&body);
        let sent = request.timeout(Duration::from_millis(300)).send().await;
        assert!(sent.is_err_and(|error| error.is_timeout()), "{path}");
        sees_note(&server, &text).await;
    }
}

#[tokio::test]
async fn an_action_runs_to_its_end_when_its_socket_has_gone() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, &uuid::Uuid::new_v4().to_string()).await;
    let args = json!([{ "text": "slowly by a socket" }]);
    let action =
        json!({ "type": "Action", "requestId": 0, "udfPath": "notes:addSlowly", "args": args });
    socket.send(action).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(socket);
    sees_note(&server, "slowly by a socket").await;
}
