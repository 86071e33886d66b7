//! The load generator: kept-alive connections, each sending its next request when the last one is
//! answered, until the time or the number of requests is used up.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde::Serialize;

use crate::http1::Connection;
use crate::server::Server;

/// A page, and a text that identifies it.
#[derive(Debug)]
pub(crate) struct Page {
    path: &'static str,
    signed_out: String,
    signed_in: String,
}

/// The load of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seconds: Duration,
    pub(crate) requests: u64,
}

/// A row of the result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) path: &'static str,
    pub(crate) signed_in: bool,
    pub(crate) connections: usize,
    pub(crate) requests: usize,
    /// Answers with another status than the first one's, and broken connections.
    pub(crate) failures: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) bytes: usize,
}

/// The subject of a row.
pub(crate) struct Shape {
    pub(crate) path: &'static str,
    pub(crate) signed_in: bool,
    pub(crate) connections: usize,
    pub(crate) bytes: usize,
}

impl Shape {
    /// Returns the row of these times, in microseconds.
    pub(crate) fn row(self, mut times: Vec<u32>, failures: u64, took: Duration) -> Row {
        times.sort_unstable();
        let Self {
            path,
            signed_in,
            connections,
            bytes,
        } = self;
        Row {
            path,
            signed_in,
            connections,
            requests: times.len(),
            failures,
            per_second: times.len() as f64 / took.as_secs_f64(),
            p50_ms: percentile(&times, 0.50),
            p99_ms: percentile(&times, 0.99),
            bytes,
        }
    }
}

impl Page {
    pub(crate) fn new(path: &'static str, signed_out: &str, signed_in: &str) -> Self {
        Self {
            path,
            signed_out: signed_out.to_owned(),
            signed_in: signed_in.to_owned(),
        }
    }
}

impl Page {
    pub(crate) const fn path(&self) -> &'static str {
        self.path
    }
}

/// The shared state of a row's connections.
struct Shared {
    until: Instant,
    left: Cell<u64>,
    failures: Cell<u64>,
    status: StatusCode,
}

/// Warms up for a second, then measures.
///
/// # Errors
/// When the page is not what it should be for this visitor.
pub(crate) async fn run(
    server: &Server,
    page: &Page,
    cookie: Option<&str>,
    connections: usize,
    plan: Plan,
) -> Result<Row> {
    let (status, bytes) = look(server, page, cookie).await?;
    let warm_up = Plan {
        seconds: Duration::from_secs(1),
        ..plan
    };
    let request = server.get(page.path, cookie)?;
    spread(server.addr(), &request, connections, warm_up, status).await?;
    let start = Instant::now();
    let (times, failures) = spread(server.addr(), &request, connections, plan, status).await?;
    let shape = Shape {
        path: page.path,
        signed_in: cookie.is_some(),
        connections,
        bytes,
    };
    Ok(shape.row(times, failures, start.elapsed()))
}

/// Sends one request and checks that the answer is the right page for this visitor.
async fn look(server: &Server, page: &Page, cookie: Option<&str>) -> Result<(StatusCode, usize)> {
    let answer = Connection::open(server.addr())
        .await?
        .send(server.get(page.path, cookie)?)
        .await?;
    let text = String::from_utf8_lossy(answer.body());
    let wanted = if cookie.is_some() {
        &page.signed_in
    } else {
        &page.signed_out
    };
    if answer.status().is_server_error() || !text.contains(wanted.as_str()) {
        bail!(
            "{} answers {} without \"{wanted}\"; nothing to measure",
            page.path,
            answer.status()
        );
    }
    Ok((answer.status(), answer.body().len()))
}

/// Runs the connections concurrently and returns the times of all good answers, in microseconds, and the number of
/// failures.
pub(crate) async fn spread(
    addr: SocketAddr,
    request: &Request<Full<Bytes>>,
    connections: usize,
    plan: Plan,
    status: StatusCode,
) -> Result<(Vec<u32>, u64)> {
    let shared = Rc::new(Shared {
        until: Instant::now() + plan.seconds,
        left: Cell::new(plan.requests),
        failures: Cell::new(0),
        status,
    });
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (shared, request) = (Rc::clone(&shared), request.clone());
        let connection = Connection::open(addr).await?;
        tasks.push(tokio::task::spawn_local(async move {
            let mut connection = connection;
            let mut times = Vec::new();
            while shared.take_one() {
                let start = Instant::now();
                match connection.send(request.clone()).await {
                    Ok(answer) if answer.status() == shared.status => {
                        times.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
                    }
                    Ok(_) => shared.fail(),
                    Err(_) => {
                        shared.fail();
                        let Ok(fresh) = Connection::open(addr).await else {
                            break;
                        };
                        connection = fresh;
                    }
                }
            }
            times
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await?);
    }
    Ok((times, shared.failures.get()))
}

impl Shared {
    fn take_one(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0 && Instant::now() < self.until
    }

    fn fail(&self) {
        self.failures.set(self.failures.get() + 1);
    }
}

/// Returns a percentile of sorted microseconds, in milliseconds; nearest rank.
pub(crate) fn percentile(sorted: &[u32], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.max(1) - 1)
        .map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_measured_values() {
        let times: Vec<u32> = (1..=100).map(|n| n * 1000).collect();
        assert_eq!(percentile(&times, 0.50), 50.0);
        assert_eq!(percentile(&times, 0.99), 99.0);
        assert_eq!(percentile(&[7000], 0.99), 7.0);
        assert!(percentile(&[], 0.5).is_nan());
    }
}
