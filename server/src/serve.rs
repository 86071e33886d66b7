//! Connections: accepting them, how slow they may be, and how they end.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use axum::{
    Extension, Router,
    extract::ConnectInfo,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Layer, util::MapResponse};

use crate::metrics::{Held, Metrics};

/// The pause after an error such as "too many open files", which passes when connections end.
const PAUSE: Duration = Duration::from_secs(1);

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
        connections.spawn(serve_one(
            http.clone(),
            (stream, peer),
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
    http.timer(TokioTimer::new()).header_read_timeout(idle);
    http
}

/// Answers requests until the client closes, or until `stopping` and the end of the running one.
async fn serve_one(
    http: http1::Builder,
    (stream, peer): (TcpStream, SocketAddr),
    router: Router,
    (stopping, last_call): (CancellationToken, Duration),
    _counted: Held,
) {
    let is_last = stopping.clone();
    let answer = move |response| {
        if is_last.is_cancelled() {
            closing(response)
        } else {
            response
        }
    };
    let service = MapResponse::new(Extension(ConnectInfo(peer)).layer(router), answer);
    let connection =
        http.serve_connection(without_delay(stream), TowerToHyperService::new(service));
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
    };
    // The client went away or was too slow.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
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
fn without_delay(stream: TcpStream) -> TokioIo<TcpStream> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    TokioIo::new(stream)
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
