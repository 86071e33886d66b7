//! Tests on the server: the page waits for the result, and shows an error if it cannot be fetched.

use any_spawner::Executor;
use futures::StreamExt;
use leptos::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::use_suspense_query;
use crate::{ConvexClient, Query, server::HttpClient};

/// Renders the number of todos, which the deployment at `url` counts.
async fn render(url: Option<&str>) -> String {
    // This fails if another test has already done it.
    drop(Executor::init_tokio());
    let owner = Owner::new_root(None);
    let stream = owner.with(|| {
        provide_context(ConvexClient::new(""));
        if let Some(url) = url {
            provide_context(HttpClient::new(url).expect("a URL"));
        }
        let count = use_suspense_query(|| Query::<f64>::new("todos:count", ()));
        let shown = move || {
            count.result().map(|count| match count {
                Ok(count) => format!("{count} todos"),
                Err(error) => error.to_string(),
            })
        };
        view! { <Suspense fallback=|| "Loading...">{shown}</Suspense> }.to_html_stream_in_order()
    });
    stream.collect::<String>().await
}

/// Starts a deployment that answers one request with `body`. Returns its URL.
async fn deployment(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let mut request = vec![0; 4096];
        let mut length = 0;
        while !String::from_utf8_lossy(&request[..length]).contains("todos:count") {
            length += socket.read(&mut request[length..]).await.expect("readable");
        }
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(answer.as_bytes()).await.expect("writable");
    });
    url
}

#[tokio::test]
async fn the_page_is_rendered_with_the_result() {
    let url = deployment(r#"{"status":"success","value":3}"#).await;
    let html = render(Some(&url)).await;
    assert!(
        html.contains("3 todos") && !html.contains("Loading"),
        "{html}"
    );
}

#[tokio::test]
async fn the_page_is_rendered_with_the_functions_error() {
    let url = deployment(
        r#"{"status":"error","errorMessage":"Uncaught ConvexError","errorData":"Not today"}"#,
    );
    let html = render(Some(&url.await)).await;
    assert!(html.contains("Not today"), "{html}");
}

#[tokio::test]
async fn without_an_http_client_the_page_is_rendered_with_an_error() {
    let html = render(None).await;
    assert!(html.contains("the Convex client is closed"), "{html}");
}
