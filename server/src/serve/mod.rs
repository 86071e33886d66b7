//! Connections: accepting them, how slow they may be, and how they end.

mod occupied;

use std::{
    convert::Infallible, future::Future, io, io::Write as _, net::SocketAddr, time::Duration,
};

use axum::{
    Extension, Router,
    extract::ConnectInfo,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Layer, ServiceExt};

use crate::{
    connections::{Connections, Place, Running},
    metrics::{Held, Metrics},
};
use occupied::{Answer, Occupied};

/// The pause after an error such as "too many open files", which passes when connections end.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a connection may take to leave when another one needs its place.
const LEAVING: Duration = Duration::from_secs(1);

/// The longest head of a request, in bytes: more than proxies and browsers send. An incomplete one takes memory.
const LONGEST_HEAD: usize = 64 * 1024;

/// The answer to a connection for which there is no place.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 5\r\n\r\n";

/// How long a connection may be idle or take for the head of a request, and how long running requests may take after
/// the stop signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    pub(crate) shutdown: Duration,
    /// How long open connections may send one more request after the stop signal.
    pub(crate) last_call: Duration,
}

/// Serves until `shutdown`, then lets running requests finish for a limited time, so that a client that never finishes
/// its request cannot keep the process alive.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    limits: Limits,
    places: &Connections,
    metrics: &Metrics,
) {
    let http = http(limits.idle);
    let (connections, stopping) = (TaskTracker::new(), CancellationToken::new());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => connection,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        let Some(place) = places.admit(peer) else {
            refuse(stream);
            continue;
        };
        connections.spawn(serve_one(
            http.clone(),
            (stream, peer),
            place,
            router.clone(),
            (stopping.clone(), limits.last_call),
            metrics.connection(),
        ));
    }
    drop(listener);
    tracing::info!("shutting down");
    stopping.cancel();
    connections.close();
    let finished = tokio::time::timeout(limits.shutdown, connections.wait());
    if finished.await.is_err() {
        tracing::warn!(limit = ?limits.shutdown, "some requests did not finish in time");
    }
}

/// Configures HTTP/1.1, which browsers and proxies use without TLS.
fn http(idle: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_header_size(LONGEST_HEAD);
    http
}

/// Answers requests until the client closes the connection, or until `stopping` is cancelled and the running request
/// has ended.
async fn serve_one(
    http: http1::Builder,
    (stream, peer): (TcpStream, SocketAddr),
    place: Place,
    router: Router,
    (stopping, last_call): (CancellationToken, Duration),
    _counted: Held,
) {
    let is_last = stopping.clone();
    let here = place.connection().clone();
    let router = Extension(ConnectInfo(peer)).layer(router);
    let answering = here.clone();
    let service = service_fn(move |request| {
        let running = answering.begin();
        let (router, is_last) = (router.clone(), is_last.clone());
        async move {
            let response = router.oneshot(request).await?;
            let response = match is_last.is_cancelled() {
                true => closing(response),
                false => response,
            };
            Ok::<_, Infallible>(until_sent(response, running))
        }
    });
    let stream = TokioIo::new(Occupied::new(without_delay(stream), place));
    let connection = http.serve_connection(stream, service);
    let mut connection = std::pin::pin!(connection.with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            match tokio::time::timeout(last_call, connection.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        }
        () = here.must_leave() => {
            connection.as_mut().graceful_shutdown();
            match here.is_running() {
                true => connection.await,
                // The connection waits for a request, or for the client to read the end of an answer.
                false => tokio::time::timeout(LEAVING, connection).await.unwrap_or(Ok(())),
            }
        }
    };
    // The client went away or was too slow.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Counts the request as running until its answer is sent, or for ever if it has opened a socket.
fn until_sent(response: Response, running: Running) -> Response<Answer> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        running.for_ever();
        return response.map(Answer::of_a_socket);
    }
    response.map(|body| Answer::new(body, running))
}

/// Tells the client that there is no place. It may be gone already.
fn refuse(stream: TcpStream) {
    let answered = stream
        .into_std()
        .and_then(|mut stream| stream.write_all(FULL));
    if let Err(error) = answered {
        tracing::debug!(%error, "a refused connection broke");
    }
}

/// Closes the connection after this answer and announces it to the client.
fn closing(mut response: Response) -> Response {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Turns off Nagle's algorithm, so that a page is sent as soon as it is written.
fn without_delay(stream: TcpStream) -> TcpStream {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    stream
}

/// Pauses, unless only one client that left early is affected.
async fn pause_after(error: &io::Error) {
    let is_client_s = matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    );
    if !is_client_s {
        tracing::error!(%error, "cannot accept connections");
        tokio::time::sleep(PAUSE).await;
    }
}
