//! HTTP actions.

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;

use crate::support::{App, app};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

pub(crate) async fn send(app: &App, request: Request<Bytes>) -> Answer {
    let response = app.functions.http(request).await;
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
