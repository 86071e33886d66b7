//! Frames that no honest client sends, and how the server answers them.

use serde_json::{Value as Json, json};

use crate::socket::{Said, Socket, add_queries, authenticate, connect, mutation};
use crate::support::{Server, now};

const SESSION: &str = "3f1c2b4e-0000-4000-8000-000000000001";

async fn fatal_error(socket: &mut Socket) -> String {
    let message = socket.message().await;
    assert_eq!(message["type"], "FatalError", "{message}");
    assert_eq!(socket.next().await, Said::Closed(None));
    message["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn garbage_ends_its_own_session_and_no_other() {
    let server = Server::start().await;
    let (mut innocent, _) = Socket::subscribe(&server, "notes:list").await;
    for garbage in [
        "",
        "{",
        "null",
        "[]",
        r#"{"type":"Nonsense"}"#,
        r#"{"type":"Connect"}"#,
    ] {
        let mut socket = Socket::open(&server).await;
        socket.send_text(garbage).await;
        let error = fatal_error(&mut socket).await;
        assert!(
            error.starts_with("Received Invalid JSON on websocket: "),
            "{garbage}: {error}"
        );
    }
    let mut socket = Socket::open(&server).await;
    socket.send_bytes(&[1, 2, 3]).await;
    assert_eq!(socket.next().await, Said::Closed(Some(1011)));

    server.add_note("still here").await;
    assert_eq!(innocent.next_value().await, json!(["still here"]));
}

#[tokio::test]
async fn a_stale_base_version_is_fatal() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    socket.send(add_queries(7, &[])).await;
    let error = fatal_error(&mut socket).await;
    assert_eq!(
        error,
        "Base version 7 passed up doesn't match the current version 0"
    );
}

#[tokio::test]
async fn impossible_query_sets_are_fatal() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    let mut twice = add_queries(0, &["notes:list", "notes:count"]);
    twice["modifications"][1]["queryId"] = json!(0);
    socket.send(twice).await;
    assert_eq!(fatal_error(&mut socket).await, "Duplicate query ID: 0");

    let mut socket = Socket::connect(&server, SESSION).await;
    let remove = json!([{ "type": "Remove", "queryId": 3 }]);
    let mut message = add_queries(0, &[]);
    message["modifications"] = remove;
    socket.send(message).await;
    assert_eq!(fatal_error(&mut socket).await, "Nonexistent query id: 3");
}

#[tokio::test]
async fn arguments_beyond_a_limit_fail_their_own_call_and_no_other() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    let items = json!({ "items": vec![0; 8193] });
    let mut queries = add_queries(0, &["notes:list", "notes:count"]);
    queries["modifications"][1]["args"] = json!([items]);
    socket.send(queries).await;
    let transition = socket.message_of("Transition").await;
    let changes = transition["modifications"].as_array().expect("a list");
    assert_eq!(changes[0]["type"], "QueryUpdated", "{transition}");
    assert_eq!(changes[1]["type"], "QueryFailed", "{transition}");
    let ends_with_why = |said: &Json, name: &str| {
        let why = format!(
            "] Server Error\nInvalid arguments for notes.js:{name}: Array length is too long (8193 > maximum length \
             8192)\n"
        );
        assert!(
            said.as_str().is_some_and(|said| said.ends_with(&why)),
            "{said}"
        );
    };
    ends_with_why(&changes[1]["errorMessage"], "count");

    socket.send(mutation(0, "notes:add", &items)).await;
    let answer = socket.message_of("MutationResponse").await;
    assert_eq!(answer["success"], false, "{answer}");
    ends_with_why(&answer["result"], "add");
    let mut action = mutation(1, "notes:addSlowly", &items);
    action["type"] = json!("Action");
    socket.send(action).await;
    let answer = socket.message_of("ActionResponse").await;
    assert_eq!(answer["success"], false, "{answer}");
    ends_with_why(&answer["result"], "addSlowly");

    // The other query still gets updates, also after signing in.
    socket
        .send(authenticate(0, Some(&server.token("alice"))))
        .await;
    server.add_note("new").await;
    assert_eq!(socket.next_value().await, json!(["new"]));
    let remove = json!([{ "type": "Remove", "queryId": 1 }]);
    let mut message = add_queries(1, &[]);
    message["modifications"] = remove;
    socket.send(message).await;
    let transition = socket.message_of("Transition").await;
    assert_eq!(
        transition["modifications"][0]["type"], "QueryRemoved",
        "{transition}"
    );
}

#[tokio::test]
async fn bad_tokens_are_refused_as_recorded() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    socket.send(authenticate(0, Some("nope"))).await;
    let message = socket.message().await;
    let expected = json!({
        "type": "AuthError", "baseVersion": 0, "authUpdateAttempted": true,
        "error": "Could not parse JWT payload. Check that the token is a valid JWT format with \
                  three base64-encoded parts separated by dots.",
    });
    assert_eq!(message, expected);
    assert_eq!(socket.next().await, Said::Closed(None));

    let mut socket = Socket::connect(&server, SESSION).await;
    let expired = server.token_with("alice", &json!({ "exp": now() - 6 }));
    socket.send(authenticate(0, Some(&expired))).await;
    let message = socket.message().await;
    assert_eq!(message["authUpdateAttempted"], true);
    let error = message["error"].as_str().unwrap();
    assert!(
        error.starts_with("Could not validate token: Token expired "),
        "{error}"
    );
}

#[tokio::test]
async fn a_client_with_a_future_time_stamp_is_disconnected_without_a_fatal_error() {
    let server = Server::start().await;
    let mut socket = Socket::open(&server).await;
    let mut message = connect(SESSION);
    // The largest time stamp there is.
    message["maxObservedTimestamp"] = json!("/////////38=");
    socket.send(message).await;
    assert_eq!(socket.next().await, Said::Closed(Some(1011)));
}

#[tokio::test]
async fn an_idle_socket_gets_a_ping_after_fifteen_seconds() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    let started = std::time::Instant::now();
    assert_eq!(socket.message().await, json!({ "type": "Ping" }));
    let waited = started.elapsed().as_secs_f64();
    assert!((14.0..17.0).contains(&waited), "{waited} s");
}
