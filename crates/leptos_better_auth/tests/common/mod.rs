//! A scripted deployment for tests, with Better Auth's routes and the functions API, on a free port.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test file uses its part"
)]

pub mod keys;
pub mod sync;
pub mod upstream;

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse as _, Response};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use leptos_axum::ResponseOptions;
use leptos_better_auth::AuthError;
use leptos_better_auth::server::{AuthConfig, ConvexBetterAuth};
use tower::ServiceExt as _;

pub use keys::{Claims, Signer};
pub use upstream::{SessionScript, TokenScript, Upstream};

pub const SITE: &str = "http://localhost:3000";

/// Returns the configuration of an app for a test deployment.
pub fn config(upstream: &Upstream) -> AuthConfig {
    AuthConfig::default()
        .with_convex_url(upstream.url())
        .with_convex_site_url(upstream.url())
        .with_site_url(SITE)
}

pub fn auth(upstream: &Upstream) -> ConvexBetterAuth {
    ConvexBetterAuth::new(config(upstream)).expect("configuration")
}

/// Returns a request as a browser at 203.0.113.9 would send it.
pub fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut builder = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:3000");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let peer: SocketAddr = "203.0.113.9:50000".parse().expect("address");
    builder
        .extension(ConnectInfo(peer))
        .body(body.into())
        .expect("request")
}

pub async fn send(app: &Router, request: Request<Body>) -> Response {
    app.clone().oneshot(request).await.expect("infallible")
}

/// Answers a request as Leptos does, with the function's value as JSON and the headers of `ResponseOptions`.
pub async fn run<T: serde::Serialize, F: Future<Output = Result<T, AuthError>>>(
    request: Request<Body>,
    work: impl FnOnce() -> F,
) -> Response {
    let (parts, _body) = request.into_parts();
    let options = ResponseOptions::default();
    let owner = Owner::new();
    let work = owner.with(|| {
        provide_context(parts);
        provide_context(options.clone());
        ScopedFuture::new(work())
    });
    let mut response = match work.await {
        Ok(value) => axum::Json(value).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, axum::Json(error)).into_response(),
    };
    let parts = options.0.read().expect("options").clone();
    if let Some(status) = parts.status {
        *response.status_mut() = status;
    }
    response.headers_mut().extend(parts.headers);
    response
}

pub async fn text(response: Response) -> String {
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("body")
        .to_bytes();
    String::from_utf8(bytes.to_vec()).expect("text")
}

pub fn set_cookies(response: &Response) -> Vec<String> {
    let values = response.headers().get_all(header::SET_COOKIE).iter();
    values
        .map(|value| value.to_str().expect("text").to_owned())
        .collect()
}
