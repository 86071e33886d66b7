//! The Node.js process and the socket to it.
//!
//! The socket is the child's file descriptor 0, in both directions, so that output of user code cannot get between
//! the messages. The child's output streams go to the log.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

use super::wire::{FromRunner, ToRunner};
use crate::functions::config::Limits;

const READ_BUFFER: usize = 256 * 1024;
/// How long a process that was told to end may take before it is killed.
const FAREWELL: Duration = Duration::from_secs(2);

/// The sending end of a running process. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Worker {
    outgoing: mpsc::UnboundedSender<String>,
    kill: watch::Sender<bool>,
}

impl Worker {
    /// Starts `entry` with `node`. The process reports user code that exceeds `limits`.
    pub(crate) fn spawn(
        node: &Path,
        entry: &Path,
        limits: &Limits,
    ) -> std::io::Result<(Self, Incoming)> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut child = Command::new(node)
            .arg("--no-warnings")
            // Most objects of a realm die young: a large young generation copies few of them.
            .arg("--max-semi-space-size=32")
            .arg(entry)
            // The process ends itself when the process with this id is gone, see `watchdog.mjs`.
            .arg(std::process::id().to_string())
            .arg(limits.stall.as_millis().to_string())
            .arg(limits.computing.as_millis().to_string())
            .arg(limits.memory.to_string())
            .env_clear()
            .env("TZ", "UTC")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(log_output(stdout));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log_output(stderr));
        }
        let (read, write) = UnixStream::from_std(ours)?.into_split();
        let (outgoing, queue) = mpsc::unbounded_channel();
        let (kill, killed) = watch::channel(false);
        tokio::spawn(write_all(queue, write));
        tokio::spawn(reap(child, killed));
        let incoming = Incoming {
            reader: BufReader::with_capacity(READ_BUFFER, read),
            line: Vec::new(),
        };
        Ok((Self { outgoing, kill }, incoming))
    }

    /// Queues one message. A dead process is noticed by the reader.
    pub(crate) fn send(&self, message: &ToRunner<'_>) {
        let _ = self.outgoing.send(message.encode());
    }

    /// Ends the process at once.
    pub(crate) fn kill(&self) {
        self.kill.send_replace(true);
    }
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Incoming {
    reader: BufReader<OwnedReadHalf>,
    line: Vec<u8>,
}

impl Incoming {
    /// Reads the next message; `None` when the process is gone.
    pub(crate) async fn next(&mut self) -> Option<FromRunner<'_>> {
        self.line.clear();
        let count = self.reader.read_until(b'\n', &mut self.line).await.ok()?;
        if count == 0 || self.line.pop() != Some(b'\n') {
            return None;
        }
        let text = std::str::from_utf8(&self.line).ok();
        Some(text.and_then(FromRunner::decode).unwrap_or_else(|| {
            tracing::error!("the functions runner sent what is no message");
            FromRunner::Unknown
        }))
    }
}

/// Writes all queued messages in one write.
async fn write_all(mut queue: mpsc::UnboundedReceiver<String>, mut socket: OwnedWriteHalf) {
    let mut batch = Vec::new();
    let mut bytes = Vec::new();
    while queue.recv_many(&mut batch, 1024).await > 0 {
        bytes.clear();
        for message in batch.drain(..) {
            bytes.extend_from_slice(message.as_bytes());
            bytes.push(b'\n');
        }
        if socket.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Waits for the end of the process; kills it when told to, or if it lingers.
async fn reap(mut child: Child, mut killed: watch::Receiver<bool>) {
    tokio::select! {
        _ = child.wait() => return,
        told = async { killed.wait_for(|killed| *killed).await.is_ok() } => {
            if !told && tokio::time::timeout(FAREWELL, child.wait()).await.is_ok() {
                return;
            }
        }
    }
    if let Err(error) = child.kill().await {
        tracing::warn!(%error, "cannot end the functions runner");
    }
}

/// Logs what user code prints, whatever bytes that are: if nobody read on, the next write would fail.
async fn log_output(stream: impl AsyncRead + Unpin) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while let Ok(1..) = stream.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        tracing::warn!(target: "convex_local::functions", "node: {}", text.trim_end());
        line.clear();
    }
}
