//! The status page at the root of the cloud port, with functions and recent calls.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::State;
use axum::response::{Html, IntoResponse};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use serde_json::Value as Json;

use super::html::{Cell, escape, table};
use crate::backend::Backend;

const STYLE: &str = "\
    :root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
    body{max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}\
    .wide{overflow-x:auto;overflow-wrap:normal}\
    table{border-collapse:collapse;width:100%}\
    th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884;\
    font-variant-numeric:tabular-nums;white-space:nowrap}\
    tbody th{font-weight:400}.number{text-align:right}\
    .bad{color:#b00020;font-weight:600}\
    @media(prefers-color-scheme:dark){.bad{color:#ff8a80}}\
    h2{font-size:1.1rem;margin:2rem 0 .5rem}";

/// Forbids scripts, foreign content and embedding in other pages.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// Returns the page. It shows counts and names only: documents and arguments may be private.
pub(super) async fn page(State(backend): State<Arc<Backend>>) -> impl IntoResponse {
    let sessions = backend.sockets.open();
    let (results, _) = backend.live.counts();
    let cloud_url = escape(&backend.cloud_url);
    let site_url = escape(&backend.site_url);
    let tables = table("Tables", &["Table", "Documents"], &tables(&backend));
    let subscriptions = table(
        "Live subscriptions",
        &["Function", "Different queries", "Subscribers"],
        &subscriptions(&backend),
    );
    let calls = table(
        "Recent calls",
        &["Function", "Kind", "When", "Took", "Outcome"],
        &calls(&backend),
    );
    let functions = table(
        "Functions",
        &["Function", "Kind", "Visibility"],
        &functions(&backend),
    );
    let version = env!("CARGO_PKG_VERSION");
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>convex-local</title><style>{STYLE}</style></head><body><main>\
         <h1>convex-local</h1>\
         <p>Functions API and live queries at <code>{cloud_url}</code>, HTTP actions at \
         <code>{site_url}</code>. Version {version}.</p>\
         <p>{sessions} open sockets, {results} query results in memory. \
         <a href=\"\">Reload</a></p>\
         {subscriptions}{calls}{tables}{functions}</main></body></html>"
    );
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(page))
}

fn functions(backend: &Backend) -> Vec<Vec<Cell>> {
    let spec = backend.functions.spec();
    let functions = spec["functions"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    functions.iter().map(function).collect()
}

fn function(spec: &Json) -> Vec<Cell> {
    let text = |value: &Json| value.as_str().unwrap_or("").to_owned();
    let kind = text(&spec["functionType"]);
    match spec["identifier"].as_str() {
        Some(identifier) => vec![
            Cell::text(identifier.replacen(".js:", ":", 1)),
            Cell::text(kind),
            Cell::text(text(&spec["visibility"]["kind"])),
        ],
        None => vec![
            Cell::text(format!("{} {}", text(&spec["method"]), text(&spec["path"]))),
            Cell::text(kind),
            Cell::text("public"),
        ],
    }
}

fn tables(backend: &Backend) -> Vec<Vec<Cell>> {
    let row = |(name, count): (String, usize)| vec![Cell::Text(name), Cell::number(count)];
    backend.tables().into_iter().map(row).collect()
}

fn subscriptions(backend: &Backend) -> Vec<Vec<Cell>> {
    let rows = backend.live.subscriptions().into_iter();
    rows.map(|(path, of_it)| {
        vec![
            Cell::Text(path),
            Cell::number(of_it.queries),
            Cell::number(of_it.subscribers),
        ]
    })
    .collect()
}

fn calls(backend: &Backend) -> Vec<Vec<Cell>> {
    let now = SystemTime::now();
    let calls = backend.calls.newest_first().into_iter().map(|call| {
        let took = call.took.as_secs_f64() * 1_000.0;
        vec![
            Cell::Text(call.path),
            Cell::text(call.kind.name()),
            Cell::Moment { at: call.at, now },
            Cell::Number(format!("{took:.1} ms")),
            match call.error {
                None => Cell::text("ok"),
                Some(_) => Cell::Bad("error".to_owned()),
            },
        ]
    });
    calls.collect()
}
