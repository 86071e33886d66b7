//! HTTP actions: a request in, the router's response out, its body as it comes.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::FunctionError;
use super::call_state::{Call, Finish, HttpPart, What};
use super::live::{self, Live};
use super::storage::Intakes;
use crate::auth::Identity;
use crate::store::ComponentPath;

/// Headers that concern one connection, not the message.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Runs the HTTP action that `request` is routed to. The caller's identity, if verified, is an
/// extension of the request.
pub(crate) async fn run(live: &Arc<Live>, request: Request<Bytes>) -> Response<Body> {
    let target = route(live, request.uri().path());
    let (send, mut parts) = mpsc::unbounded_channel();
    let label = format!("{} {}", request.method(), target.path);
    let call = Arc::new(Call {
        id: live.number(),
        what: What::Http {
            component: ComponentPath::new(&target.mount),
            mount: target.mount,
            label,
        },
        identity: request.extensions().get::<Identity>().cloned(),
        logs: Arc::default(),
        now: live::now_ms(),
        txn: None,
        streams: Mutex::default(),
        intakes: Intakes::default(),
        paginated: AtomicBool::default(),
        depth: 0,
        finish: Mutex::new(Some(Finish::Http(send))),
    });
    let id = call.id;
    let guard = Guard {
        live: Arc::clone(live),
        id,
    };
    let message = message(&live.shared.config.site_url, &request);
    live.start_http(call, target.definition, &target.path, &message);
    match tokio::time::timeout(live.shared.config.limits.action, parts.recv()).await {
        Ok(Some(HttpPart::Head { status, headers })) => {
            respond(status, headers, parts, guard).await
        }
        Ok(Some(HttpPart::Failed(error))) => server_error(&error),
        Ok(_) => server_error(&FunctionError::new("The HTTP action gave no response")),
        Err(_) => server_error(&FunctionError::new("HTTP action execution timed out")),
    }
}

/// Whose router a path belongs to, and the path as that router sees it.
struct Target {
    mount: String,
    definition: usize,
    path: String,
}

fn route(live: &Live, path: &str) -> Target {
    let mut mount = "";
    let mut rest = path.to_owned();
    while let Some(component) = live.catalog.component(mount) {
        // The longest prefix wins, as in a component's own router.
        let mounted = component
            .mounts
            .iter()
            .filter(|(prefix, _)| rest.starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.len());
        let Some((prefix, child)) = mounted else {
            return Target {
                mount: mount.to_owned(),
                definition: component.definition,
                path: rest,
            };
        };
        let Some(child) = component.children.get(child) else {
            break;
        };
        rest = rest.split_off(prefix.len() - 1);
        mount = child;
    }
    Target {
        mount: String::new(),
        definition: 0,
        path: path.to_owned(),
    }
}

fn message(site_url: &str, request: &Request<Bytes>) -> Json {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let headers: Vec<(&str, String)> = request
        .headers()
        .iter()
        .filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), latin1(value.as_bytes())))
        .collect();
    let mut message = json!({
        "method": request.method().as_str(),
        "url": format!("{site_url}{path}"),
        "headers": headers,
    });
    if !request.body().is_empty() {
        message["body"] = BASE64_STANDARD.encode(request.body()).into();
    }
    message
}

/// Header values are bytes; JavaScript's `Headers` takes each as one character.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

async fn respond(
    status: u16,
    headers: Vec<(String, String)>,
    mut parts: mpsc::UnboundedReceiver<HttpPart>,
    guard: Guard,
) -> Response<Body> {
    let body = match first_chunk(&mut parts).await {
        Ok(None) => Body::empty(),
        Ok(Some(first)) => stream(first, parts, guard),
        Err(error) => return server_error(&error),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        let value: Vec<u8> = value
            .chars()
            .map(|c| u8::try_from(c).unwrap_or(b'?'))
            .collect();
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(&value))
            && !HOP_BY_HOP.contains(&name.as_str())
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// An error before the first byte of the body still becomes a proper error response.
async fn first_chunk(
    parts: &mut mpsc::UnboundedReceiver<HttpPart>,
) -> Result<Option<Bytes>, FunctionError> {
    match parts.recv().await {
        Some(HttpPart::Chunk(bytes)) => Ok(Some(bytes)),
        Some(HttpPart::Failed(error)) => Err(error),
        _ => Ok(None),
    }
}

fn stream(first: Bytes, mut parts: mpsc::UnboundedReceiver<HttpPart>, guard: Guard) -> Body {
    // A short body is there whole already: it goes out with its length.
    let mut ready = vec![first];
    loop {
        match parts.try_recv() {
            Ok(HttpPart::Chunk(bytes)) => ready.push(bytes),
            Ok(HttpPart::End | HttpPart::Head { .. }) => return Body::from(ready.concat()),
            Ok(HttpPart::Failed(_)) | Err(_) => break,
        }
    }
    let rest = UnboundedReceiverStream::new(parts).filter_map(move |part| {
        let _running = &guard;
        let item = match part {
            HttpPart::Chunk(bytes) => Some(Ok(bytes)),
            HttpPart::Failed(error) => Some(Err(std::io::Error::other(error))),
            HttpPart::Head { .. } | HttpPart::End => None,
        };
        futures::future::ready(item)
    });
    let ready = futures::stream::iter(ready.into_iter().map(Ok));
    Body::from_stream(ready.chain(rest))
}

/// What Convex answers when an HTTP action throws.
pub(crate) fn server_error(error: &FunctionError) -> Response<Body> {
    tracing::error!(target: "convex_local::functions", "HTTP action failed: {}", error.message);
    let body = json!({ "code": "Server Error", "trace": error.message });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// Keeps the process alive while a body is under way, and forgets the call at the end.
struct Guard {
    live: Arc<Live>,
    id: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.live.forget(self.id);
    }
}
