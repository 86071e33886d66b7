//! Metrics for Prometheus, served only on `METRICS_ADDR`.
//!
//! Labels have few values. A path is never a label, because it may name a person, and anybody can make up new ones.

mod live;

use std::{fmt, fs, future::Future, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use leptos_better_auth::server::ConvexBetterAuth;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use tokio::net::TcpListener;

use crate::release;

/// Buckets in seconds: a file from memory takes less than the first, and a request that takes longer than the last is
/// soon stopped.
const SECONDS: [f64; 11] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 25.0,
];

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Counted>);

struct Counted {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Kind, Histogram>,
    running: Gauge,
    connections: Gauge,
    refused: Counter,
    closed: Counter,
    memory: Gauge,
    files: Gauge,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Answered {
    kind: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Kind {
    kind: &'static str,
}

impl Metrics {
    /// Creates the metrics of requests, the process and the live sessions of `auth`.
    #[must_use]
    pub fn new(auth: ConvexBetterAuth) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(live::LiveSessions(auth)));
        Self::of(registry)
    }

    fn of(mut registry: Registry) -> Self {
        let requests = Family::default();
        let seconds = Family::new_with_constructor(new_histogram as fn() -> Histogram);
        let gauges: [Gauge; 4] = Default::default();
        let [running, connections, memory, files] = gauges;
        registry.register(
            "http_requests",
            "Answered requests; a socket of live queries counts when it opens, with status 101",
            Family::clone(&requests),
        );
        registry.register_with_unit(
            "http_request_duration",
            "From a request to the head of its answer",
            Unit::Seconds,
            Family::clone(&seconds),
        );
        let counters: [Counter; 2] = Default::default();
        let [refused, closed] = counters;
        registry.register(
            "http_connections_refused",
            "Connections without room, by the bound of their address or of all",
            refused.clone(),
        );
        registry.register(
            "http_connections_closed",
            "Connections without a request that were closed to make room for another",
            closed.clone(),
        );
        let mut gauge = |name: &str, help: &str, gauge: &Gauge| {
            registry.register(name, help, gauge.clone());
        };
        gauge(
            "http_requests_running",
            "Requests whose answer has not begun",
            &running,
        );
        gauge(
            "http_connections",
            "Open connections, without those that have become sockets",
            &connections,
        );
        gauge(
            "process_resident_memory_bytes",
            "Memory of the server, without Node.js",
            &memory,
        );
        gauge("process_open_fds", "Open files and sockets", &files);
        Self(Arc::new(Counted {
            registry,
            requests,
            seconds,
            running,
            connections,
            refused,
            closed,
            memory,
            files,
        }))
    }
}

fn new_histogram() -> Histogram {
    Histogram::new(SECONDS)
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

/// A gauge that is lowered when this is dropped.
#[derive(Debug)]
pub(crate) struct Held(Gauge);

impl Held {
    fn raise(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Counts a connection until the result is dropped.
    pub(crate) fn connection(&self) -> Held {
        Held::raise(&self.0.connections)
    }

    /// Counts a connection for which there was no room.
    pub(crate) fn connection_refused(&self) {
        self.0.refused.inc();
    }

    /// Counts a connection that was closed to make room for another.
    pub(crate) fn connection_closed_for_another(&self) {
        self.0.closed.inc();
    }

    /// Formats all metrics in the OpenMetrics text format.
    ///
    /// # Errors
    ///
    /// [`fmt::Error`], which a `String` never causes.
    pub fn text(&self) -> Result<String, fmt::Error> {
        if let Some(bytes) = resident_memory() {
            self.0.memory.set(bytes);
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            self.0
                .files
                .set(files.count().try_into().unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

/// Counts each request. This is the outermost layer, so that refused requests count too.
pub(crate) async fn count(
    State(metrics): State<Metrics>,
    request: Request,
    next: Next,
) -> Response {
    let kind = kind_of(request.uri().path());
    let method = name_of(request.method());
    let start = Instant::now();
    let running = Held::raise(&metrics.0.running);
    let response = next.run(request).await;
    drop(running);
    let seconds = start.elapsed().as_secs_f64();
    metrics
        .0
        .seconds
        .get_or_create(&Kind { kind })
        .observe(seconds);
    let status = response.status().as_u16();
    let answered = Answered {
        kind,
        method,
        status,
    };
    metrics.0.requests.get_or_create(&answered).inc();
    response
}

/// Returns the kind of an address.
fn kind_of(path: &str) -> &'static str {
    let is_file = || {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.contains('.')
    };
    match path {
        "/healthz" | release::PATH => "health",
        _ if path.starts_with("/api/auth/") => "auth",
        _ if path.starts_with("/api/storage/") => "stored_file",
        _ if path.starts_with("/api/") && path.ends_with("/sync") => "socket",
        _ if path.starts_with("/actions/") => "action",
        _ if path.starts_with("/pkg/") || is_file() => "file",
        _ => "page",
    }
}

/// Returns the name of a method, the same for all unknown ones.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Returns the memory according to the Linux kernel; nothing on other systems.
fn resident_memory() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024)
}

/// Answers `GET /metrics` until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    metrics: Metrics,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let router = Router::new()
        .route("/metrics", get(answer))
        .with_state(metrics);
    let served = axum::serve(listener, router).with_graceful_shutdown(stop);
    if let Err(error) = served.await {
        tracing::error!(%error, "metrics are not served any more");
    }
}

async fn answer(State(metrics): State<Metrics>) -> Response {
    match metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, middleware};
    use tower::ServiceExt as _;

    async fn ask(router: &Router, method: &str, path: &str) {
        let request = axum::http::Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).expect("a request");
        let _ = router.clone().oneshot(request).await.expect("an answer");
    }

    #[tokio::test]
    async fn requests_are_counted_by_kind_and_no_path_is_exposed() {
        let metrics = Metrics::of(Registry::default());
        let router = Router::new()
            .fallback(async || StatusCode::NOT_FOUND)
            .layer(middleware::from_fn_with_state(metrics.clone(), count));
        for path in [
            "/settings",
            "/@ann",
            "/api/auth/reset-password/secret",
            "/favicon.svg",
        ] {
            ask(&router, "GET", path).await;
        }
        ask(&router, "BREW", "/").await;
        let text = metrics.text().expect("a text");
        for line in [
            r#"http_requests_total{kind="page",method="GET",status="404"} 2"#,
            r#"http_requests_total{kind="page",method="other",status="404"} 1"#,
            r#"http_requests_total{kind="auth",method="GET",status="404"} 1"#,
            r#"http_requests_total{kind="file",method="GET",status="404"} 1"#,
            r#"http_request_duration_seconds_count{kind="page"} 3"#,
            "http_requests_running 0",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        for part in ["ann", "secret", "BREW"] {
            assert!(!text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn addresses_have_few_kinds() {
        for (path, kind) in [
            ("/", "page"),
            ("/healthz", "health"),
            ("/api/release", "health"),
            ("/api/auth/sign-in/email", "auth"),
            ("/api/1.27.0/sync", "socket"),
            ("/api/storage/abc", "stored_file"),
            ("/actions/add-todo", "action"),
            ("/pkg/app.abc.wasm", "file"),
        ] {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }
}
