//! A stand-in for a deployment's auth routes, on its own thread. It answers after about the time that the request names
//! (`?ms=20`). The times of a real deployment would hide what the proxy adds.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// About the size of an answer of `get-session`.
const ANSWER: &[u8] = &[b'x'; 600];

/// Starts the stand-in on a free port. It ends with the process.
///
/// # Errors
/// When it cannot listen.
pub(crate) fn start() -> Result<SocketAddr> {
    let (started, address) = mpsc::channel();
    std::thread::spawn(move || serve(&started));
    address.recv().context("the upstream did not start")?
}

fn serve(started: &mpsc::Sender<Result<SocketAddr>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let listening = async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        Ok((listener, addr))
    };
    let Ok(runtime) = runtime else { return };
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        match listening.await {
            Ok((listener, addr)) => {
                // The receiver waits for exactly this.
                let _ = started.send(Ok(addr));
                accept(listener).await;
            }
            Err(error) => drop(started.send(Err(error))),
        }
    });
}

async fn accept(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::task::spawn_local(
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)),
        );
    }
}

/// Varies a time by up to a quarter in both directions. Otherwise all connections would stay in step, and each answer
/// would wait for the others of its millisecond.
fn spread(ms: u64) -> Duration {
    static TURN: AtomicU64 = AtomicU64::new(0);
    // Steps of about 0.62 of the range are spread evenly over it.
    let at = TURN.fetch_add(618, Ordering::Relaxed) % 1000;
    Duration::from_micros(ms * 750 + ms * at / 2)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let delay = request
        .uri()
        .query()
        .and_then(|query| query.strip_prefix("ms=")?.parse().ok());
    // A client that disconnects does not wait for an answer.
    let _ = request.into_body().collect().await;
    if let Some(ms @ 1..) = delay {
        tokio::time::sleep(spread(ms)).await;
    }
    Ok(Response::new(Full::new(Bytes::from_static(ANSWER))))
}
