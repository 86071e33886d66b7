//! The official `convex` crate.

use std::collections::BTreeMap;
use std::time::Duration;

use convex::{ConvexClient, FunctionResult, Value};
use futures::StreamExt as _;
use serde_json::json;

use crate::support::Server;

fn text(text: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([("text".to_owned(), Value::from(text))])
}

async fn client(server: &Server) -> ConvexClient {
    ConvexClient::new(server.backend.cloud_url())
        .await
        .expect("a client")
}

#[tokio::test]
async fn query_mutation_action_and_errors() {
    let server = Server::start().await;
    let mut client = client(&server).await;
    let added = client.mutation("notes:add", text("one")).await.unwrap();
    assert!(
        matches!(added, FunctionResult::Value(Value::String(_))),
        "{added:?}"
    );
    let list = client.query("notes:list", BTreeMap::new()).await.unwrap();
    assert_eq!(
        list,
        FunctionResult::Value(Value::Array(vec!["one".into()]))
    );

    let failed = client.query("notes:fails", BTreeMap::new()).await.unwrap();
    let FunctionResult::ErrorMessage(message) = failed else {
        panic!("{failed:?}")
    };
    assert!(message.contains("Uncaught Error: boom"), "{message}");
    let failed = client.query("todos:list", BTreeMap::new()).await.unwrap();
    let FunctionResult::ConvexError(error) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(error.data, Value::from("Unauthenticated"));

    client.set_auth(Some(server.token("alice"))).await;
    let done = client
        .action("todos:createViaAction", text("cake"))
        .await
        .unwrap();
    assert!(matches!(done, FunctionResult::Value(_)), "{done:?}");
    let todos = client.query("todos:list", BTreeMap::new()).await.unwrap();
    let FunctionResult::Value(Value::Array(todos)) = todos else {
        panic!("{todos:?}")
    };
    assert_eq!(todos.len(), 1);
}

#[tokio::test]
async fn a_subscription_follows_other_clients() {
    let server = Server::start().await;
    let mut client = client(&server).await;
    let mut notes = client
        .subscribe("notes:list", BTreeMap::new())
        .await
        .unwrap();
    let mut next = async || {
        let next = tokio::time::timeout(Duration::from_secs(10), notes.next()).await;
        next.expect("an update").expect("an open subscription")
    };
    assert_eq!(next().await, FunctionResult::Value(Value::Array(vec![])));
    let (_, body) = server
        .call("mutation", "notes:add", json!({ "text": "by another" }))
        .await;
    assert_eq!(body["status"], "success");
    assert_eq!(
        next().await,
        FunctionResult::Value(Value::Array(vec!["by another".into()]))
    );
}
