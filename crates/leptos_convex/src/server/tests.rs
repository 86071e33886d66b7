use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{BuildError, HttpClient, HttpOptions, LiveOptions, answer};
use crate::{CallError, Mutation, Query, Value};

#[test]
fn answers_are_decoded_by_status_and_body() {
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
    for (status, body) in [
        (502, "<html>"),
        (429, "{}"),
        (200, "{}"),
        (200, "nonsense"),
        (200, r#"{"status":"success"}"#),
        (560, r#"{"status":"error","errorMessage":7}"#),
    ] {
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

proptest::proptest! {
    #[test]
    fn numbers_in_answers_are_exact(bits in proptest::prelude::any::<u64>()) {
        let number = f64::from_bits(bits);
        proptest::prop_assume!(number.is_finite());
        let body = format!(r#"{{"status":"success","value":[{number:e}],"logLines":[]}}"#);
        let Ok(Value::Array(read)) = answer::read(200, body.as_bytes()) else {
            panic!("{body}");
        };
        let Some(Value::Float64(read)) = read.first() else {
            panic!("{body}");
        };
        proptest::prop_assert_eq!(read.to_bits(), bits);
    }
}

#[test]
fn invalid_urls_and_site_urls_are_refused() {
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

/// Answers one request with `answer`. Returns the server's URL and the request.
async fn serve_once(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let (url, requests) = serve([answer]).await;
    let first = async { requests.await.expect("served").concat() };
    (url, tokio::spawn(first))
}

/// Answers the requests of one connection with `answers`. Returns the server's URL and the requests.
async fn serve<const N: usize>(
    answers: [&'static str; N],
) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let requests = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let mut requests = Vec::new();
        for answer in answers {
            requests.push(read_request(&mut socket).await);
            let length = answer.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{answer}");
            socket.write_all(answer.as_bytes()).await.expect("writable");
        }
        requests
    });
    (url, requests)
}

async fn read_request(socket: &mut TcpStream) -> String {
    // The body of a call ends with its object. A request for a timestamp has no body.
    let is_whole = |request: &str| {
        let asks_for_time = request.starts_with("POST /api/query_ts ");
        request.ends_with(if asks_for_time { "\r\n\r\n" } else { "}" })
    };
    let mut request = String::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        let length = socket.read(&mut buffer).await.expect("readable");
        request.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    request
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
async fn queries_of_a_snapshot_are_read_at_its_timestamp() {
    let answer = r#"{"status":"success","value":2}"#;
    let (url, requests) = serve([r#"{"ts":"AQAAAAAAAAA="}"#, answer, answer]).await;
    let client = HttpClient::new(&url)
        .expect("builds")
        .with_live_queries(LiveOptions::default());
    let now = client.snapshot().await.expect("a moment");
    let query = Query::<f64>::new("todos:count", ());
    assert_eq!(now.query(&query, None).await, Ok(2.0));
    let preloaded = now.preload(&query, Some("abc")).await.expect("an answer");
    assert_eq!(preloaded.value(), Ok(Some(2.0)));
    let requests = requests.await.expect("served");
    assert!(
        requests[0].starts_with("POST /api/query_ts "),
        "{}",
        requests[0]
    );
    for request in &requests[1..] {
        assert!(request.starts_with("POST /api/query_at_ts "), "{request}");
        assert!(request.contains(r#""ts":"AQAAAAAAAAA=""#), "{request}");
        assert!(request.contains(r#""path":"todos:count""#), "{request}");
    }
    assert!(
        requests[2].contains("authorization: Bearer abc\r\n"),
        "{}",
        requests[2]
    );
}

#[test]
fn a_response_without_a_timestamp_is_a_network_error() {
    assert_eq!(answer::read_ts(200, br#"{"ts":"x"}"#), Ok("x".to_owned()));
    for (status, body) in [(200, "{}"), (503, "{}"), (200, "<html>")] {
        assert!(
            matches!(
                answer::read_ts(status, body.as_bytes()),
                Err(CallError::Network { .. })
            ),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn a_silent_server_and_a_missing_one_are_network_errors() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let options = HttpOptions::default().with_timeout(Duration::from_millis(50));
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
async fn an_admin_key_is_sent_without_a_token_and_is_never_printed() {
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
