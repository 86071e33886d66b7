//! HTTP actions: a request and the router's response, both with streamed bodies.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use futures::StreamExt as _;
use http::request::Parts as RequestParts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use serde_json::{Value as Json, json};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::auth::Identity;
use crate::clock::now_ms;
use crate::functions::error::FunctionError;
use crate::functions::folder::Catalog;
use crate::functions::origin::Origin;
use crate::functions::process::wire::{Head, ToRunner};
use crate::functions::request::Request as Asked;
use crate::functions::running::{Call, Finish, HttpAction, HttpPart, Place, Run, Runner, What};
use crate::store::ComponentPath;

/// How long the head of a response is held back for the beginning of the body.
const PROMPT: Duration = Duration::from_millis(50);
/// The longest response that is read to its end after the client has disconnected: Convex's limit for any response.
const MAX_UNREAD: usize = 20 << 20;
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
/// extension of the request. Once begun it runs to its end, even if its client disconnects.
pub(crate) async fn run(place: Place, request: Request<Body>) -> Response<Body> {
    let (request, body) = request.into_parts();
    let runner = Arc::clone(&place.runner);
    let target = route(&runner.context.catalog, request.uri.path());
    let (send, coming) = mpsc::unbounded_channel();
    let has_body = !body.is_end_stream();
    let origin = request.extensions.get::<Arc<Origin>>();
    let origin = origin.cloned().unwrap_or_default();
    let call = Call {
        what: What::Http(Arc::new(HttpAction {
            component: ComponentPath::new(&target.mount),
            label: format!("{} {}", request.method, target.path),
            request: message(&runner.context.host.config.site_url, &request, has_body),
            mount: target.mount,
            definition: target.definition,
            route: target.path,
        })),
        identity: request.extensions.get::<Identity>().cloned(),
        request: Asked::new(origin),
        depth: 0,
    };
    let id = runner.number();
    runner.start(&Run::new(id, call, now_ms(), None, Finish::Http(send)));
    let limit = runner.context.host.config.limits.action;
    let mut parts = Parts(Some(Taking {
        running: Running {
            feed: has_body.then(|| tokio::spawn(feed(runner, id, body)).abort_handle()),
            place,
            id,
        },
        coming,
        end: Instant::now() + limit,
        length: 0,
    }));
    match tokio::time::timeout(limit, parts.next()).await {
        Ok(Some(HttpPart::Head(head))) => respond(head, parts).await,
        Ok(Some(HttpPart::Failed(error))) => server_error(&error),
        Ok(_) => server_error(&FunctionError::new("The HTTP action gave no response")),
        Err(_) => server_error(&FunctionError::timed_out(limit)),
    }
}

/// The component whose router gets a path, and the path as that router sees it.
struct Target {
    mount: String,
    definition: usize,
    path: String,
}

fn route(catalog: &Catalog, path: &str) -> Target {
    let mut mount = "";
    let mut rest = path.to_owned();
    while let Some(component) = catalog.component(mount) {
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

fn message(site_url: &str, request: &RequestParts, has_body: bool) -> Json {
    let path = request
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let headers: Vec<(&str, String)> = request
        .headers
        .iter()
        .filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), latin1(value.as_bytes())))
        .collect();
    json!({
        "method": request.method.as_str(),
        "url": format!("{site_url}{path}"),
        "headers": headers,
        "hasBody": has_body,
    })
}

/// Forwards a request's body as it arrives. The router limits its length, so nothing is held back for an action that
/// does not read.
async fn feed(runner: Arc<Runner>, id: u64, body: Body) {
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(bytes) => runner.tell(&ToRunner::BodyChunk { id, bytes: &bytes }),
            Err(error) => {
                let problem = error.to_string();
                let problem = Some(problem.as_str());
                return runner.tell(&ToRunner::BodyEnd { id, problem });
            }
        }
    }
    runner.tell(&ToRunner::BodyEnd { id, problem: None });
}

/// Reads header values: they are bytes, and JavaScript's `Headers` takes each as one character.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

async fn respond(head: Head, mut parts: Parts) -> Response<Body> {
    let body = match first_chunk(&mut parts).await {
        Ok(First::End) => Body::empty(),
        Ok(First::Chunk(first)) => stream(vec![first], parts),
        Ok(First::Later) => stream(vec![], parts),
        Err(error) => return server_error(&error),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(head.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in head.headers {
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

/// The beginning of a body.
enum First {
    Chunk(Bytes),
    End,
    /// It has not begun, and the head is sent without waiting longer.
    Later,
}

/// Waits for the first byte of the body: an error before it still becomes a proper error response, if it comes soon.
async fn first_chunk(parts: &mut Parts) -> Result<First, FunctionError> {
    match tokio::time::timeout(PROMPT, parts.next()).await {
        Ok(Some(HttpPart::Chunk(bytes))) => Ok(First::Chunk(bytes)),
        Ok(Some(HttpPart::Failed(error))) => Err(error),
        Ok(_) => Ok(First::End),
        Err(_) => Ok(First::Later),
    }
}

fn stream(mut ready: Vec<Bytes>, mut parts: Parts) -> Body {
    // A short body is already complete, so it is sent with its length.
    let mut failed = None;
    while let Some(part) = parts.next_now() {
        match part {
            HttpPart::Chunk(bytes) => ready.push(bytes),
            HttpPart::End | HttpPart::Head(_) => return Body::from(ready.concat()),
            HttpPart::Failed(error) => {
                failed = Some(Err(std::io::Error::other(error)));
                break;
            }
        }
    }
    let rest = futures::stream::unfold(parts, |mut parts| async move {
        let item = match parts.next().await? {
            HttpPart::Chunk(bytes) => Ok(bytes),
            HttpPart::Failed(error) => Err(std::io::Error::other(error)),
            HttpPart::Head(_) | HttpPart::End => return None,
        };
        Some((item, parts))
    });
    let ready = ready.into_iter().map(Ok).chain(failed);
    Body::from_stream(futures::stream::iter(ready).chain(rest))
}

/// Returns Convex's response to an HTTP action that throws.
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

/// The parts of a response while the client reads them. If the client disconnects, the rest is read and dropped.
struct Parts(Option<Taking>);

impl Parts {
    async fn next(&mut self) -> Option<HttpPart> {
        self.0.as_mut()?.next().await
    }

    fn next_now(&mut self) -> Option<HttpPart> {
        let taking = self.0.as_mut()?;
        let part = taking.coming.try_recv().ok();
        taking.taken(part.as_ref());
        part
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // The task gets the inner value, whose drop spawns nothing: a runtime that shuts down drops a spawned task at
        // once, and a drop that spawned again would never end.
        if let (Some(rest), Ok(runtime)) = (self.0.take(), Handle::try_current())
            && !rest.coming.is_closed()
        {
            runtime.spawn(rest.drain());
        }
    }
}

/// A response that is being read.
struct Taking {
    running: Running,
    coming: mpsc::UnboundedReceiver<HttpPart>,
    /// When the action is stopped.
    end: Instant,
    /// Bytes of the body so far.
    length: usize,
}

impl Taking {
    async fn next(&mut self) -> Option<HttpPart> {
        let part = self.coming.recv().await;
        self.taken(part.as_ref());
        part
    }

    /// Tells the process that a chunk of the response is on its way to the client, so that the action may continue.
    fn taken(&mut self, part: Option<&HttpPart>) {
        if let Some(HttpPart::Chunk(bytes)) = part {
            self.length += bytes.len();
            let id = self.running.id;
            let runner = &self.running.place.runner;
            runner.tell(&ToRunner::ChunkTaken { id });
        }
    }

    /// Reads and drops the rest, so that the action runs to its end, as on Convex.
    async fn drain(mut self) {
        let end = self.end;
        let rest = async { while self.length <= MAX_UNREAD && self.next().await.is_some() {} };
        // An action that takes too long ends when `self` is dropped.
        let _ = tokio::time::timeout_at(end, rest).await;
    }
}

/// A running HTTP action, which ends when this is dropped. Until then it keeps the process alive, and
/// its place there.
struct Running {
    place: Place,
    id: u64,
    /// The task that forwards the request's body.
    feed: Option<AbortHandle>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(feed) = &self.feed {
            feed.abort();
        }
        let runner = &self.place.runner;
        if runner.forget(self.id).is_some() {
            runner.tell(&ToRunner::ClientGone { id: self.id });
        }
    }
}
