use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{BuildError, HttpClient, HttpOptions, answer};
use crate::{CallError, Mutation, Query, Value};

#[test]
fn answers_are_read_as_recorded() {
    let ok = answer::read(
        200,
        br#"{"status":"success","value":{"$integer":"AQAAAAAAAAA="}}"#,
    );
    assert_eq!(ok, Ok(Value::Int64(1)));
    let thrown =
        br#"{"status":"error","errorMessage":"Uncaught ConvexError","errorData":"Not signed in"}"#;
    for status in [200, 560] {
        let error = answer::read(status, thrown).expect_err("thrown");
        assert_eq!(error.to_string(), "Not signed in");
        assert!(!error.is_auth_error());
    }
    let refused = answer::read(
        401,
        br#"{"code":"InvalidAuthHeader","message":"Token expired 6 seconds ago"}"#,
    );
    assert!(refused.expect_err("refused").is_auth_error());
    for (status, body) in [(502, "<html>"), (429, "{}"), (200, "{}"), (200, "nonsense")] {
        assert!(
            matches!(
                answer::read(status, body.as_bytes()),
                Err(CallError::Network { .. })
            ),
            "{status} {body}"
        );
    }
    assert!(matches!(
        answer::read(404, b""),
        Err(CallError::Server { .. })
    ));
}

#[test]
fn urls_that_cannot_work_are_refused_at_once() {
    for url in ["", "happy-animal-123", "ftp://a", "ws://a"] {
        assert!(
            matches!(HttpClient::new(url), Err(BuildError::Url { .. })),
            "{url}"
        );
    }
    assert!(matches!(
        HttpClient::new("https://a.convex.site"),
        Err(BuildError::SiteUrl { .. })
    ));
}

/// Answers one request with `answer` and gives what it was asked.
async fn serve_once(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let request = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let mut buffer = vec![0; 4096];
        let mut length = 0;
        while !String::from_utf8_lossy(&buffer[..length]).contains("convex_encoded_json") {
            length += socket.read(&mut buffer[length..]).await.expect("readable");
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        socket.write_all(head.as_bytes()).await.expect("writable");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    (url, request)
}

#[tokio::test]
async fn a_call_looks_like_the_official_client_s() {
    let (url, request) = serve_once(r#"{"status":"success","value":2}"#).await;
    let client = HttpClient::new(&url).expect("builds");
    let query = Query::<f64>::new(
        "todos:count",
        std::collections::BTreeMap::from([("done", true)]),
    );
    assert_eq!(client.query(&query, Some("abc")).await, Ok(2.0));
    let request = request.await.expect("served");
    assert!(
        request.starts_with("POST /api/query HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Bearer abc\r\n"),
        "{request}"
    );
    assert!(
        request.contains(r#""path":"todos:count""#)
            && request.contains(r#""args":[{"done":true}]"#),
        "{request}"
    );
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_network_errors() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let options = HttpOptions {
        timeout: Duration::from_millis(50),
        ..HttpOptions::default()
    };
    let client = HttpClient::with_options(&url, options).expect("builds");
    let query = Query::<f64>::new("a:b", ());
    let silent = client.query(&query, None).await;
    assert_eq!(
        silent,
        Err(CallError::Network {
            message: "no answer in time".to_owned()
        })
    );
    drop(listener);
    let gone = client.query(&query, None).await;
    assert_eq!(
        gone,
        Err(CallError::Network {
            message: "no connection".to_owned()
        })
    );
}

#[tokio::test]
async fn an_admin_key_goes_where_no_token_does_and_is_never_printed() {
    let (url, request) = serve_once(r#"{"status":"success","value":null}"#).await;
    let client = HttpClient::new(&url)
        .expect("builds")
        .with_admin_key("local|key-of-all");
    assert!(!format!("{client:?}").contains("key-of-all"));
    let mutation = Mutation::<Value>::new("emails:clear", ());
    assert_eq!(client.mutation(&mutation, None).await, Ok(Value::Null));
    let request = request.await.expect("served");
    assert!(
        request.contains("authorization: Convex local|key-of-all\r\n"),
        "{request}"
    );
}
