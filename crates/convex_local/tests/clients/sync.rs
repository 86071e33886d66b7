//! Live queries, frame by frame.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value as Json, json};

use crate::socket::{Said, Socket, add_queries, authenticate, connect, mutation};
use crate::support::{Server, now};

const SESSION: &str = "3f1c2b4e-0000-4000-8000-000000000001";

#[tokio::test]
async fn a_session_goes_as_recorded() {
    let server = Server::start().await;
    let token = server.token("alice");
    let mut socket = Socket::connect(&server, SESSION).await;
    socket.send(authenticate(0, Some(&token))).await;
    socket
        .send(add_queries(0, &["notes:whoami", "todos:list"]))
        .await;

    let first = socket.message().await;
    assert_eq!(
        first["startVersion"],
        json!({ "querySet": 0, "identity": 0, "ts": "AAAAAAAAAAA=" })
    );
    assert_eq!(first["endVersion"]["identity"], 1);
    assert!(
        first["clientClockSkew"].is_i64() && first["serverTs"].is_u64(),
        "{first}"
    );
    let second = socket.message().await;
    assert_eq!(second["startVersion"], first["endVersion"]);
    assert_eq!(second["endVersion"]["querySet"], 1);
    assert_eq!(second["modifications"][0]["value"]["subject"], "alice");
    let empty = json!({
        "type": "QueryUpdated", "queryId": 1, "value": [], "logLines": [], "journal": null,
    });
    assert_eq!(second["modifications"][1], empty);

    socket
        .send(mutation(
            0,
            "todos:create",
            &json!({ "text": "over the socket" }),
        ))
        .await;
    let response = socket.message().await;
    assert_eq!(
        (&response["type"], &response["success"]),
        (&json!("MutationResponse"), &json!(true))
    );
    let transition = socket.message().await;
    assert_eq!(
        transition["modifications"][0]["value"][0]["text"],
        "over the socket"
    );
    assert_eq!(transition["endVersion"]["ts"], response["ts"]);

    socket
        .send(mutation(1, "todos:create", &json!({ "text": "" })))
        .await;
    let response = socket.message_of("MutationResponse").await;
    assert_eq!(
        (&response["success"], &response["ts"]),
        (&json!(false), &Json::Null)
    );
    let data = json!({ "code": "EMPTY_TEXT", "message": "Text is required" });
    assert_eq!(response["errorData"], data);
    let text = response["result"].as_str().unwrap();
    assert!(
        text.contains("] Server Error\nUncaught ConvexError: "),
        "{text}"
    );

    let action = json!({
        "type": "Action", "requestId": 2, "udfPath": "todos:createViaAction",
        "args": [{ "text": "by an action" }],
    });
    socket.send(action).await;
    let response = socket.message_of("ActionResponse").await;
    assert_eq!(response["success"], true, "{response}");

    socket.send(authenticate(1, None)).await;
    loop {
        let transition = socket.message_of("Transition").await;
        if transition["endVersion"]["identity"] == 2 {
            let modifications = transition["modifications"].as_array().unwrap();
            assert_eq!(modifications[0]["value"], Json::Null);
            assert_eq!(modifications[1]["type"], "QueryFailed");
            assert_eq!(modifications[1]["errorData"], "Unauthenticated");
            return;
        }
    }
}

#[tokio::test]
async fn another_clients_write_arrives() {
    let server = Server::start().await;
    let (mut socket, first) = Socket::subscribe(&server, "notes:list").await;
    assert_eq!(first["modifications"][0]["value"], json!([]));
    server.add_note("hello").await;
    assert_eq!(socket.next_value().await, json!(["hello"]));
}

#[tokio::test]
async fn results_of_a_search_are_live() {
    let server = Server::start().await;
    let (mut socket, first) = Socket::subscribe(&server, "notes:aboutTea").await;
    assert_eq!(first["modifications"][0]["value"], json!([]));
    server.add_note("Tea, at last").await;
    assert_eq!(socket.next_value().await, json!(["Tea, at last"]));
    server.add_note("coffee").await;
    assert!(socket.stays_silent().await);
    server.add_note("teatime").await;
    let found = socket.next_value().await;
    assert_eq!(found.as_array().expect("a list").len(), 2, "{found}");
}

#[tokio::test]
async fn writes_elsewhere_and_equal_results_send_nothing() {
    let server = Server::start().await;
    let (mut socket, _) = Socket::subscribe(&server, "notes:list").await;
    let token = server.token("alice");
    let args = json!({ "text": "another table" });
    server
        .call_as(Some(&token), "mutation", "todos:create", args)
        .await;
    server.call("mutation", "notes:touch", json!({})).await;
    assert!(socket.stays_silent().await);
}

#[tokio::test]
async fn all_queries_of_a_transition_are_of_one_moment() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    socket
        .send(add_queries(0, &["notes:list", "notes:count"]))
        .await;
    let writes = async {
        for index in 0..30 {
            server.add_note(&index.to_string()).await;
        }
    };
    let reads = async {
        let (mut list, mut count) = (0, 0.0);
        while list < 30 {
            let transition = socket.message_of("Transition").await;
            for change in transition["modifications"].as_array().unwrap() {
                match change["queryId"].as_u64() {
                    Some(0) => list = change["value"].as_array().unwrap().len(),
                    _ => count = change["value"].as_f64().unwrap(),
                }
            }
            assert_eq!(list as f64, count, "{transition}");
        }
    };
    futures::join!(writes, reads);
}

#[tokio::test]
async fn a_mutation_sent_again_runs_once() {
    let server = Server::start().await;
    let add = mutation(0, "notes:add", &json!({ "text": "once" }));
    let mut socket = Socket::connect(&server, SESSION).await;
    socket.send(add.clone()).await;
    let first = socket.message_of("MutationResponse").await;
    drop(socket);

    let mut again = Socket::connect(&server, SESSION).await;
    again.send(add).await;
    assert_eq!(again.message_of("MutationResponse").await, first);
    let (_, body) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(body["value"], json!(["once"]));
}

/// A client sends a mutation again if the backend ended before it heard of the commit.
#[tokio::test]
async fn a_mutation_sent_again_after_a_restart_runs_once() {
    let server = Server::start().await;
    let add = mutation(7, "notes:add", &json!({ "text": "once" }));
    let mut socket = Socket::connect(&server, SESSION).await;
    socket.send(add.clone()).await;
    let first = socket.message_of("MutationResponse").await;
    drop(socket);

    let server = server.restart().await;
    let mut again = Socket::connect(&server, SESSION).await;
    again.send(add.clone()).await;
    assert_eq!(again.message_of("MutationResponse").await, first);
    let token = server.token("alice");
    again.send(authenticate(0, Some(&token))).await;
    again.send(add).await;
    // Signing in meanwhile changes nothing: session and number identify the request, as on Convex.
    assert_eq!(again.message_of("MutationResponse").await, first);
    let (_, body) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(body["value"], json!(["once"]));
}

#[tokio::test]
async fn a_mutation_sent_again_returns_the_same_commit_time() {
    let server = Server::start().await;
    let add = mutation(3, "notes:addAndTell", &json!({ "text": "once" }));
    let mut socket = Socket::connect(&server, SESSION).await;
    socket.send(add.clone()).await;
    let first = socket.message_of("MutationResponse").await;
    assert!(
        first["result"]["at"][0]["$integer"].is_string(),
        "the time is filled in: {first}"
    );
    let mut again = Socket::connect(&server, SESSION).await;
    again.send(add.clone()).await;
    assert_eq!(again.message_of("MutationResponse").await, first);

    let server = server.restart().await;
    let mut again = Socket::connect(&server, SESSION).await;
    again.send(add).await;
    assert_eq!(again.message_of("MutationResponse").await, first);
    let (_, body) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(body["value"], json!(["once"]));
}

#[tokio::test]
async fn a_mutation_whose_effects_were_seen_is_still_followed_by_a_transition() {
    let server = Server::start().await;
    let mut first = Socket::connect(&server, SESSION).await;
    let add = mutation(0, "notes:add", &json!({ "text": "once" }));
    first.send(add.clone()).await;
    let response = first.message_of("MutationResponse").await;
    drop(first);

    let mut second = Socket::connect(&server, SESSION).await;
    second.send(add_queries(0, &["notes:list"])).await;
    let seen = second.message_of("Transition").await;
    second.send(add).await;
    assert_eq!(second.message_of("MutationResponse").await, response);
    let after = second.message().await;
    assert_eq!(
        (&after["type"], &after["startVersion"]),
        (&json!("Transition"), &seen["endVersion"])
    );
}

#[tokio::test]
async fn mutations_of_a_session_run_in_order() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    for id in 0..20 {
        socket
            .send(mutation(
                id,
                "notes:add",
                &json!({ "text": id.to_string() }),
            ))
            .await;
    }
    for id in 0..20 {
        assert_eq!(socket.message_of("MutationResponse").await["requestId"], id);
    }
    let (_, body) = server.call("query", "notes:list", json!({})).await;
    let expected: Vec<String> = (0..20).map(|id| id.to_string()).collect();
    assert_eq!(body["value"], json!(expected));
}

#[tokio::test]
async fn a_token_that_runs_out_is_noticed_at_the_next_update() {
    let server = Server::start().await;
    let token = server.token_with("alice", &json!({ "exp": now() + 2 }));
    let mut socket = Socket::connect(&server, SESSION).await;
    socket.send(authenticate(0, Some(&token))).await;
    socket.send(add_queries(0, &["notes:list"])).await;
    let transition = loop {
        let transition = socket.message_of("Transition").await;
        if transition["endVersion"]["querySet"] == 1 {
            break transition;
        }
    };
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    server.add_note("too late").await;
    let expected = json!({
        "type": "AuthError", "error": "Convex token identity expired", "authUpdateAttempted": false,
        "baseVersion": transition["endVersion"]["identity"],
    });
    assert_eq!(socket.message().await, expected);
    assert_eq!(socket.next().await, Said::Closed(None));
}

#[tokio::test]
async fn many_subscribers_cost_one_run() {
    let server = Server::start().await;
    let subscribers = (0..200).map(|_| Socket::subscribe(&server, "notes:counted"));
    let subscribers = join_all(subscribers).await;
    assert!(
        subscribers
            .iter()
            .all(|(_, first)| first["modifications"][0]["value"] == 1.0)
    );
    server.add_note("a change").await;
    let changes = subscribers
        .into_iter()
        .map(|(mut socket, _)| async move { socket.next_value().await });
    let changes = join_all(changes).await;
    assert!(changes.iter().all(|value| *value == 2.0), "{changes:?}");
}

#[tokio::test]
async fn a_long_transition_comes_in_chunks() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, SESSION).await;
    let mut query = add_queries(0, &["notes:long"]);
    query["modifications"][0]["args"] = json!([{ "length": 3_000_000 }]);
    socket.send(query).await;
    let mut whole = String::new();
    loop {
        let chunk = socket.message().await;
        assert_eq!(chunk["type"], "TransitionChunk");
        whole.push_str(chunk["chunk"].as_str().unwrap());
        if chunk["partNumber"].as_u64().unwrap() + 1 == chunk["totalParts"].as_u64().unwrap() {
            break;
        }
    }
    let transition: Json = serde_json::from_str(&whole).unwrap();
    assert_eq!(transition["type"], "Transition");
    assert_eq!(
        transition["modifications"][0]["value"]
            .as_str()
            .unwrap()
            .chars()
            .count(),
        3_000_000
    );
}

#[tokio::test]
async fn data_is_kept_and_time_stamps_continue_after_a_restart() {
    let server = Server::start().await;
    server.add_note("kept").await;
    let (_, transition) = Socket::subscribe(&server, "notes:list").await;
    let observed = transition["endVersion"]["ts"].clone();
    let server = server.restart().await;
    let mut socket = Socket::open(&server).await;
    let mut message = connect(SESSION);
    message["maxObservedTimestamp"] = observed;
    socket.send(message).await;
    socket.send(add_queries(0, &["notes:list"])).await;
    assert_eq!(socket.next_value().await, json!(["kept"]));
}

#[tokio::test]
async fn a_shutdown_closes_the_sockets() {
    let server = Server::start().await;
    let (mut socket, _) = Socket::subscribe(&server, "notes:list").await;
    server.backend.shutdown().await;
    assert_eq!(socket.next().await, Said::Closed(Some(1001)));
}

#[tokio::test]
async fn the_router_serves_sockets_on_another_origin_too() {
    let server = Server::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new()
        .route("/", axum::routing::get(|| async { "the app" }))
        .nest_service("/convex", server.backend.cloud_router());
    tokio::spawn(axum::serve(listener, app).into_future());
    let url = format!("ws://{address}/convex/api/1.48.0/sync");
    assert!(tokio_tungstenite::connect_async(url).await.is_ok());
}
