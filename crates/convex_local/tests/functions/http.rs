//! HTTP actions.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::Request;
use http_body_util::BodyExt as _;

use crate::support::{App, app};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

pub(crate) async fn send(app: &App, request: Request<Bytes>) -> Answer {
    let response = app.functions.http(request.map(Body::from)).await;
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

pub(crate) async fn get(app: &App, path: &str) -> Answer {
    send(
        app,
        Request::get(path).body(Bytes::new()).expect("a request"),
    )
    .await
}

#[tokio::test]
async fn a_route_sees_the_request_and_several_cookies_are_kept() {
    let app = app().await;
    let request = Request::post("/echo?x=1").header("content-type", "text/plain");
    let answer = send(
        &app,
        request.body("Grüße \0 \u{1e}".into()).expect("a request"),
    )
    .await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.text, "Grüße \0 \u{1e}");
    assert_eq!(answer.headers["x-method"], "POST");
    assert_eq!(answer.headers["x-url"], "http://127.0.0.1:3211/echo?x=1");
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Path=/", "b=2; Path=/"]);
}

#[tokio::test]
async fn a_prefix_route_runs_mutations_and_queries() {
    let app = app().await;
    get(&app, "/count/visits").await;
    assert_eq!(get(&app, "/count/visits").await.text, r#"{"value":2}"#);
}

#[tokio::test]
async fn a_body_streams() {
    let app = app().await;
    let answer = get(&app, "/stream").await;
    assert_eq!(answer.text, "one two three");
}

#[tokio::test]
async fn a_request_streams_and_is_answered_before_its_end() {
    let app = app().await;
    let (send, parts) = futures::channel::mpsc::unbounded();
    let body = Body::from_stream(parts.map(Ok::<_, std::convert::Infallible>));
    let request = Request::post("/upper").body(body).expect("a request");
    // The head comes before anything of the body is sent.
    let mut answer = app
        .functions
        .http(request)
        .await
        .into_body()
        .into_data_stream();
    let mut heard = String::new();
    for part in ["one ", "two ", "three"] {
        send.unbounded_send(part).expect("is taken");
        while !heard.ends_with(&part.to_uppercase()) {
            let chunk = answer.next().await.expect("more").expect("a chunk");
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
    drop(send);
    assert!(answer.next().await.is_none(), "ends with the request");
    assert_eq!(heard, "ONE TWO THREE");
}

#[tokio::test]
async fn a_request_that_breaks_off_fails_where_it_is_read() {
    let app = app().await;
    let parts = [Ok("one"), Err(std::io::Error::other("the cable was cut"))];
    let request = Request::post("/echo").body(Body::from_stream(stream::iter(parts)));
    let response = app.functions.http(request.expect("a request")).await;
    assert_eq!(response.status(), 500);
    let text = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("the cable was cut"), "{text}");
}

#[tokio::test]
async fn an_endless_response_waits_for_its_client() {
    let app = app().await;
    let request = Request::get("/endless").body(Body::empty());
    let response = app.functions.http(request.expect("a request")).await;
    let mut body = response.into_body().into_data_stream();
    body.next().await.expect("a chunk").expect("no error");
    let chunks = async || app.counter("endless").await;
    // Nobody reads on, so that at some point no more chunks are made.
    let mut made = chunks().await;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = chunks().await;
        if (now - made).abs() < f64::EPSILON {
            break;
        }
        made = now;
    }
    assert!(made < 200.0, "{made} chunks for a client that reads none");
    drop(body);
}

#[tokio::test]
async fn an_action_whose_client_has_gone_runs_to_its_end() {
    let app = app().await;
    let request = Request::get("/slowly").body(Body::empty());
    let response = app.functions.http(request.expect("a request")).await;
    let mut body = response.into_body().into_data_stream();
    body.next().await.expect("a chunk").expect("no error");
    drop(body);
    app.counts_to("slowly", 3.0).await;
}

#[tokio::test]
async fn an_action_whose_client_leaves_before_the_response_runs_to_its_end() {
    let app = app().await;
    let request = Request::post("/slow").body(Body::empty());
    let response = app.functions.http(request.expect("a request"));
    let gone = tokio::time::timeout(Duration::from_millis(50), response).await;
    assert!(
        gone.is_err(),
        "the client gives up before there is an answer"
    );
    app.counts_to("slow", 1.0).await;
}

#[tokio::test]
async fn unrouted_and_failing_requests_answer_as_convex_does() {
    let app = app().await;
    for request in [
        Request::get("/nope"),
        Request::get("/echo"),
        Request::post("/count/x"),
    ] {
        let answer = send(&app, request.body(Bytes::new()).expect("a request")).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (404, "No matching routes found")
        );
    }
    let boom = get(&app, "/boom").await;
    assert_eq!(boom.status, 500);
    assert!(
        boom.text.contains("Uncaught Error: http boom"),
        "{}",
        boom.text
    );
}
