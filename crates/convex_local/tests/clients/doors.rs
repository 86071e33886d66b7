//! The hosts and origins that are let in, and the limits of one client.

use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::socket::{Said, Socket, add_queries, mutation};
use crate::support::Server;

/// Sends a GET request with these headers.
async fn get(server: &Server, url: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut request = server.http.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

/// Sends a request written by hand and returns the answer.
async fn raw(url: &str, request: &str) -> String {
    let address = url.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answers");
    answer
}

/// Returns whether a socket opens with these headers.
async fn opens(server: &Server, headers: &[(&'static str, &str)]) -> bool {
    let mut request = server.socket_url().into_client_request().expect("a URL");
    for (name, value) in headers {
        let value = value.parse().expect("a header");
        request.headers_mut().insert(*name, value);
    }
    connect_async(request).await.is_ok()
}

#[tokio::test]
async fn requests_for_a_foreign_host_name_are_refused() {
    let server = Server::start().await;
    let site = server.backend.site_url();
    for url in [
        server.url("/"),
        server.url("/version"),
        server.url("/api/query?path=notes:list&args=%7B%7D&format=json"),
        server.url("/http/jwks"),
        format!("{site}/jwks"),
    ] {
        let refused = get(&server, &url, &[("host", "evil.example:3210")]).await;
        assert_eq!(refused.status(), 403, "{url}");
        let said: Json = refused.json().await.expect("JSON");
        assert_eq!(said["code"], "BadHost", "{url}");
        for host in ["localhost:3210", "127.0.0.1", "[::1]:3210"] {
            let answer = get(&server, &url, &[("host", host)]).await;
            assert_eq!(answer.status(), 200, "{url} {host}");
        }
    }
    assert!(!opens(&server, &[("host", "evil.example")]).await);
    assert!(opens(&server, &[("host", "localhost")]).await);

    for url in [server.backend.cloud_url(), site] {
        let request = "GET /jwks HTTP/1.1\r\nconnection: close\r\n\r\n";
        let answer = raw(url, request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_neither_call_functions_nor_open_sockets() {
    let server = Server::start().await;
    let body = json!({ "path": "notes:list", "args": {}, "format": "json" });
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "null",
    ] {
        let query = server.http.post(server.url("/api/query")).json(&body);
        let answer = query.header("origin", origin).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{origin}");
        let readable = answer.headers().get("access-control-allow-origin");
        assert_eq!(readable, None, "{origin}");
        let http_action = get(&server, &server.url("/http/jwks"), &[("origin", origin)]).await;
        assert_eq!(http_action.status(), 403, "{origin}");
        assert!(!opens(&server, &[("origin", origin)]).await, "{origin}");
    }
    for origin in [
        "http://localhost:8080",
        "http://127.0.0.1:5173",
        "http://localhost:3000",
    ] {
        let query = server.http.post(server.url("/api/query")).json(&body);
        let answer = query.header("origin", origin).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{origin}");
        assert!(opens(&server, &[("origin", origin)]).await, "{origin}");
    }
    let two = [
        ("origin", "http://localhost:3000"),
        ("origin", "https://evil.example"),
    ];
    let refused = get(&server, &server.url("/http/jwks"), &two).await;
    assert_eq!(refused.status(), 403);
    assert!(opens(&server, &[]).await);
}

#[tokio::test]
async fn a_page_on_another_port_cannot_read_answers_to_requests_with_cookies() {
    let server = Server::start().await;
    let page = [("origin", "http://localhost:8080"), ("cookie", "a=1")];
    for url in [
        server.url("/http/jwks"),
        format!("{}/jwks", server.backend.site_url()),
    ] {
        let answer = get(&server, &url, &page).await;
        assert_eq!(answer.status(), 200, "{url}");
        for header in answer.headers().keys() {
            assert!(
                !header.as_str().starts_with("access-control-"),
                "{url} {header}"
            );
        }
    }
}

#[tokio::test]
async fn a_client_with_too_many_queries_is_disconnected_and_others_are_served() {
    let server = Server::start().await;
    let mut greedy = Socket::connect(&server, &uuid::Uuid::new_v4().to_string()).await;
    let modifications: Vec<_> = (0..40_000)
        .map(|id| json!({ "type": "Add", "queryId": id, "udfPath": "notes:list", "args": [{ "x": id }] }))
        .collect();
    let message = json!({
        "type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": modifications,
    });
    greedy.send(message).await;
    let (status, _) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(status, 200);
    let last_words = greedy.message().await;
    assert_eq!(last_words["type"], "FatalError", "{last_words}");
    let error = last_words["error"].as_str().expect("text");
    assert!(error.contains("1000"), "{error}");
    assert!(matches!(greedy.next().await, Said::Closed(_)));
}

#[tokio::test]
async fn a_client_may_have_as_many_queries_as_a_page_has() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, &uuid::Uuid::new_v4().to_string()).await;
    socket.send(add_queries(0, &["notes:list"; 300])).await;
    let transition = socket.message_of("Transition").await;
    let results = transition["modifications"].as_array().expect("a list");
    assert_eq!(results.len(), 300);
}

#[tokio::test]
async fn what_a_client_sends_faster_than_it_is_answered_waits_and_is_not_lost() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, &uuid::Uuid::new_v4().to_string()).await;
    let long = "x".repeat(900_000);
    for id in 0..45 {
        let args = json!({ "text": long });
        socket.send(mutation(id, "notes:add", &args)).await;
    }
    for id in 0..45 {
        let answer = socket.message_of("MutationResponse").await;
        assert_eq!(answer["requestId"], id, "{answer}");
        assert_eq!(answer["success"], true, "{answer}");
    }
}
