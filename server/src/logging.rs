//! Request logs: method, path, status and time. They never contain a query string, a cookie, a header, a body, the end
//! of a path of Better Auth, or the address of a stored file, because those contain tokens, passwords and keys.

use axum::http::{Request, Response};
use leptos_better_auth::server::ConvexBetterAuth;
use std::{borrow::Cow, io::IsTerminal, time::Duration};
use tower_http::{
    classify::{ServerErrorsAsFailures, SharedClassifier},
    request_id::RequestId,
    trace::{DefaultOnBodyChunk, DefaultOnEos, MakeSpan, OnResponse, TraceLayer},
};
use tracing::Span;
use tracing_subscriber::{
    EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{config::LogFormat, traces};

/// Installs the process-wide log output with a filter such as `info` or `server=debug,info`.
///
/// If the filter cannot be parsed, it uses `info` and logs a warning. A second call changes nothing.
pub fn init(filter: &str, format: LogFormat) {
    let (parsed, refused) = match EnvFilter::try_new(filter) {
        Ok(parsed) => (parsed, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let lines = tracing_subscriber::fmt::layer().with_target(false);
    let lines = match format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
        // Colours are for terminals, where `NO_COLOR` turns them off.
        LogFormat::Text if std::io::stdout().is_terminal() => lines.boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    // Traces have their own filter, so a quiet log does not stop them.
    let installed = tracing_subscriber::registry()
        .with(lines.with_filter(parsed))
        .with(traces::layer())
        .try_init();
    if let (Ok(()), Some(error)) = (installed, refused) {
        tracing::warn!(%error, "RUST_LOG is not a filter, using `info`");
    }
}

const STORED_FILES: &str = "/api/storage/";

/// The layer that logs a line for each request.
pub(crate) type RequestLog = TraceLayer<
    SharedClassifier<ServerErrorsAsFailures>,
    RequestSpan,
    (),
    LogResponse,
    DefaultOnBodyChunk,
    DefaultOnEos,
    (),
>;

/// Creates the layer that logs a line for each finished request.
pub(crate) fn requests(auth: ConvexBetterAuth) -> RequestLog {
    TraceLayer::new_for_http()
        .make_span_with(RequestSpan(auth))
        .on_request(())
        .on_response(LogResponse)
        .on_failure(())
}

/// Adds the request's id to every line logged while it runs.
#[derive(Clone, Debug)]
pub(crate) struct RequestSpan(ConvexBetterAuth);

impl<B> MakeSpan<B> for RequestSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let id = request
            .extensions()
            .get::<RequestId>()
            .and_then(|id| id.header_value().to_str().ok())
            .unwrap_or_default();
        let path = match request.uri().path() {
            // The address of a stored file is the key to it.
            path if path.starts_with(STORED_FILES) => Cow::Owned(format!("{STORED_FILES}…")),
            path => self.0.loggable_path(path),
        };
        tracing::info_span!("request", method = %request.method(), %path, id)
    }
}

/// Logs status and time, a 5xx as an error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogResponse;

impl<B> OnResponse<B> for LogResponse {
    fn on_response(self, response: &Response<B>, latency: Duration, _span: &Span) {
        let status = response.status().as_u16();
        let ms = latency.as_secs_f64() * 1000.0;
        if response.status().is_server_error() {
            tracing::error!(status, ms, "answered");
        } else {
            tracing::debug!(status, ms, "answered");
        }
    }
}
