//! A simulated distance to a backend: bytes are passed on with a delay, and requests are counted.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

/// The end of the first line of each HTTP/1.1 request. The contents of a WebSocket are masked.
const END_OF_LINE: &[u8] = b" HTTP/1.1\r\n";

/// An address in front of another one.
#[derive(Debug)]
pub(crate) struct Distance {
    pub(crate) addr: SocketAddr,
    requests: Arc<AtomicU64>,
}

impl Distance {
    /// Listens on a free port, in a separate thread, and passes everything on to `to` and back, with a delay of
    /// `one_way` in each direction. Ends with the process.
    ///
    /// # Errors
    /// When it cannot listen.
    pub(crate) fn before(to: SocketAddr, one_way: Duration) -> Result<Self> {
        let requests = Arc::new(AtomicU64::new(0));
        let (started, address) = mpsc::channel();
        let counted = Arc::clone(&requests);
        std::thread::spawn(move || serve(&started, to, one_way, counted));
        Ok(Self {
            addr: address.recv().context("the distance did not start")??,
            requests,
        })
    }

    /// Returns how many requests have passed so far; a socket is one.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

fn serve(
    started: &mpsc::Sender<Result<SocketAddr>>,
    to: SocketAddr,
    one_way: Duration,
    requests: Arc<AtomicU64>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let listening = async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        Ok((listener, addr))
    };
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error.into()))),
    };
    match runtime.block_on(listening) {
        Ok((listener, addr)) => {
            if started.send(Ok(addr)).is_ok() {
                runtime.block_on(accept(listener, to, one_way, requests));
            }
        }
        Err(error) => drop(started.send(Err(error))),
    }
}

async fn accept(
    listener: TcpListener,
    to: SocketAddr,
    one_way: Duration,
    requests: Arc<AtomicU64>,
) {
    while let Ok((near, _)) = listener.accept().await {
        let requests = Arc::clone(&requests);
        tokio::spawn(async move {
            // The client notices a failure by the end of the stream.
            let Ok(far) = TcpStream::connect(to).await else {
                return;
            };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let ((near_out, near_in), (far_out, far_in)) = (near.into_split(), far.into_split());
            tokio::join!(
                pass(near_out, far_in, one_way, Some(requests)),
                pass(far_out, near_in, one_way, None)
            );
        });
    }
}

/// Passes on the data in order, each piece delayed by `later`.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    later: Duration,
    requests: Option<Arc<AtomicU64>>,
) {
    let (sender, mut pieces) = tokio::sync::mpsc::channel::<(Instant, Vec<u8>)>(1024);
    let reading = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let piece = buffer[..length].to_vec();
            if let Some(requests) = &requests {
                let lines = piece.windows(END_OF_LINE.len());
                let count = lines.filter(|line| *line == END_OF_LINE).count();
                requests.fetch_add(count as u64, Ordering::Relaxed);
            }
            if sender.send((Instant::now() + later, piece)).await.is_err() {
                break;
            }
        }
    };
    let writing = async move {
        while let Some((at, piece)) = pieces.recv().await {
            sleep_until(at).await;
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(reading, writing);
}
