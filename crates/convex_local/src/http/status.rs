//! The page at the root of the cloud port: what runs here and what it did lately.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use axum::extract::State;
use axum::response::{Html, IntoResponse};
use http::header::CACHE_CONTROL;
use serde_json::Value as Json;

use super::html::{escape, table};
use crate::backend::Backend;

const STYLE: &str = "\
    :root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
    body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
    table{border-collapse:collapse;width:100%}\
    th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884;\
    font-variant-numeric:tabular-nums}\
    h2{font-size:1.1rem;margin:2rem 0 .5rem}";

/// Counts and names only: neither documents nor arguments, which may be private.
pub(super) async fn page(State(backend): State<Arc<Backend>>) -> impl IntoResponse {
    let (results, subscribed) = backend.live.counts();
    let sessions = backend.sessions.load(Ordering::Relaxed);
    let cloud_url = escape(&backend.cloud_url);
    let site_url = escape(&backend.site_url);
    let functions = table(
        "Functions",
        &["Function", "Kind", "Visibility"],
        &functions(&backend),
    );
    let tables = table("Tables", &["Table", "Documents"], &tables(&backend));
    let calls = table(
        "Recent calls",
        &["Function", "Kind", "Age", "Took", "Outcome"],
        &calls(&backend),
    );
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>convex-local</title><style>{STYLE}</style></head><body><main>\
         <h1>convex-local</h1>\
         <p>Functions API and live queries at <code>{cloud_url}</code>, HTTP actions at \
         <code>{site_url}</code>.</p>\
         <p>{sessions} open sockets, {subscribed} subscribed of {results} cached query results.</p>\
         {tables}{functions}{calls}</main></body></html>"
    );
    ([(CACHE_CONTROL, "no-store")], Html(page))
}

fn functions(backend: &Backend) -> Vec<Vec<String>> {
    let spec = backend.functions.spec();
    let functions = spec["functions"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    functions.iter().map(function).collect()
}

fn function(spec: &Json) -> Vec<String> {
    let text = |value: &Json| value.as_str().unwrap_or("").to_owned();
    match spec["identifier"].as_str() {
        Some(identifier) => vec![
            identifier.replacen(".js:", ":", 1),
            text(&spec["functionType"]),
            text(&spec["visibility"]["kind"]),
        ],
        None => vec![
            format!("{} {}", text(&spec["method"]), text(&spec["path"])),
            text(&spec["functionType"]),
            "public".to_owned(),
        ],
    }
}

fn tables(backend: &Backend) -> Vec<Vec<String>> {
    let row = |(name, count): (String, usize)| vec![name, count.to_string()];
    backend.tables().into_iter().map(row).collect()
}

fn calls(backend: &Backend) -> Vec<Vec<String>> {
    let now = SystemTime::now();
    let calls = backend.calls.newest_first().into_iter().map(|call| {
        let age = now.duration_since(call.at).unwrap_or_default();
        vec![
            call.path,
            call.kind.name().to_owned(),
            format!("{} s ago", age.as_secs()),
            format!("{:.1} ms", call.took.as_secs_f64() * 1_000.0),
            if call.ok { "ok" } else { "error" }.to_owned(),
        ]
    });
    calls.collect()
}
