//! The cost that the auth proxy adds to a request, and the cost of slow clients.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::load::{Plan, percentile, spread};
use crate::memory;
use crate::server::{Deployment, Server};
use crate::upstream;

/// Milliseconds that the proxy may add at p50.
const TARGET_ADDED: f64 = 0.5;
/// Mebibytes by which slow clients may increase the memory of the server.
const TARGET_GROWTH: f64 = 100.0;
const CONNECTIONS: usize = 32;
const SLOW_CLIENTS: usize = 1000;
/// How long the slow clients run, each sending a byte every tenth of a second.
const SLOW_FOR: Duration = Duration::from_secs(10);
/// The milliseconds that the upstream takes: as fast as it can, and like a deployment that is not far away.
const DELAYS: [u64; 2] = [0, 20];
/// The number of rounds. Each measures direct requests and requests through the proxy, one after the other, so that
/// both run under the same conditions.
const TURNS: u32 = 3;

/// The results.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proxy {
    rows: Vec<Row>,
    slow: Slow,
}

/// One upstream's speed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    upstream_ms: u64,
    direct: Times,
    proxied: Times,
    failures: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Times {
    requests: usize,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Slow {
    clients: usize,
    growth_mebibytes: Option<f64>,
    /// The time of other requests meanwhile.
    p50_ms: f64,
    failures: u64,
}

/// Starts an upstream and a server in front of it, and measures both.
///
/// # Errors
/// When one of them does not answer as it should.
pub(crate) async fn measure(plan: Plan) -> Result<Proxy> {
    let upstream = upstream::start()?;
    let deployment = Deployment {
        // No functions are called here, but the server requires two different URLs.
        cloud_url: format!("http://localhost:{}", upstream.port()),
        site_url: format!("http://{upstream}"),
    };
    let server = Server::start("proxy", Some(&deployment)).await?;
    let plan = Plan {
        seconds: plan.seconds / TURNS,
        ..plan
    };
    let mut rows = Vec::new();
    for delay in DELAYS {
        rows.push(compare(&server, upstream, delay, plan).await?);
    }
    let slow = slow_clients(&server).await?;
    server.stop();
    Ok(Proxy { rows, slow })
}

fn request(server: &Server, delay: u64) -> Result<Request<Full<Bytes>>> {
    server.get(&format!("/api/auth/ok?ms={delay}"), None)
}

async fn compare(server: &Server, upstream: SocketAddr, delay: u64, plan: Plan) -> Result<Row> {
    let request = request(server, delay)?;
    let warm_up = Plan {
        seconds: Duration::from_secs(1),
        ..plan
    };
    let (mut direct, mut proxied, mut failures) = (Vec::new(), Vec::new(), 0);
    for addr in [upstream, server.addr()] {
        spread(addr, &request, CONNECTIONS, warm_up, StatusCode::OK).await?;
    }
    for _ in 0..TURNS {
        for (addr, times) in [(upstream, &mut direct), (server.addr(), &mut proxied)] {
            let (turn, failed) = spread(addr, &request, CONNECTIONS, plan, StatusCode::OK).await?;
            times.extend(turn);
            failures += failed;
        }
    }
    let seconds = (plan.seconds * TURNS).as_secs_f64();
    Ok(Row {
        upstream_ms: delay,
        direct: Times::of(direct, seconds),
        proxied: Times::of(proxied, seconds),
        failures,
    })
}

impl Times {
    fn of(mut times: Vec<u32>, seconds: f64) -> Self {
        times.sort_unstable();
        Self {
            requests: times.len(),
            per_second: times.len() as f64 / seconds,
            p50_ms: percentile(&times, 0.50),
            p99_ms: percentile(&times, 0.99),
        }
    }
}

/// Sends forms a byte at a time, and measures whether other requests are affected.
async fn slow_clients(server: &Server) -> Result<Slow> {
    let before = memory::of(server.pid()).server;
    let mut clients = Vec::new();
    for _ in 0..SLOW_CLIENTS {
        let stream = TcpStream::connect(server.addr())
            .await
            .context("a slow client is not accepted")?;
        let host = server.host();
        clients.push(tokio::task::spawn_local(dawdle(stream, host)));
    }
    let mut largest = before;
    let (mut times, mut failures) = (Vec::new(), 0);
    let quick = Plan {
        seconds: Duration::from_secs(1),
        requests: 200,
    };
    let request = request(server, 0)?;
    let end = tokio::time::Instant::now() + SLOW_FOR;
    while tokio::time::Instant::now() < end {
        let (turn, failed) = spread(server.addr(), &request, 1, quick, StatusCode::OK).await?;
        times.extend(turn);
        failures += failed;
        let now = memory::of(server.pid()).server;
        largest = largest.zip(now).map(|(a, b)| a.max(b));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let held = clients
        .iter()
        .filter(|client| !client.is_finished())
        .count();
    for client in &clients {
        client.abort();
    }
    ensure!(
        held == SLOW_CLIENTS,
        "only {held} of {SLOW_CLIENTS} slow clients were held"
    );
    times.sort_unstable();
    Ok(Slow {
        clients: held,
        growth_mebibytes: largest
            .zip(before)
            .map(|(largest, before)| largest - before),
        p50_ms: percentile(&times, 0.50),
        failures,
    })
}

/// Sends a form a byte at a time, until it is told to stop or the connection is closed.
async fn dawdle(mut stream: TcpStream, host: String) {
    let head = format!(
        "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\n\
         content-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    );
    let mut piece = head.as_bytes();
    while stream.write_all(piece).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        piece = b"x";
    }
}

impl Proxy {
    /// Returns whether every request was answered.
    pub(crate) fn is_clean(&self) -> bool {
        self.slow.failures == 0 && self.rows.iter().all(|row| row.failures == 0)
    }

    pub(crate) fn print(&self) {
        println!("\nThe auth proxy ({CONNECTIONS} connections; direct, then through the proxy)\n");
        for row in &self.rows {
            let (direct, proxied) = (&row.direct, &row.proxied);
            println!(
                "  upstream {:>2} ms   p50 {:.2} -> {:.2} ms   p99 {:.2} -> {:.2} ms   {:.0} -> {:.0} req/s",
                row.upstream_ms,
                direct.p50_ms,
                proxied.p50_ms,
                direct.p99_ms,
                proxied.p99_ms,
                direct.per_second,
                proxied.per_second,
            );
            let added = proxied.p50_ms - direct.p50_ms;
            println!(
                "    {:<7} adds {added:.2} ms at p50, wanted under {TARGET_ADDED}",
                verdict(added < TARGET_ADDED)
            );
        }
        let slow = &self.slow;
        let growth = slow.growth_mebibytes;
        println!(
            "  {} slow clients: {} MiB more, p50 of others {:.2} ms",
            slow.clients,
            growth.map_or_else(|| "unknown".to_owned(), |growth| format!("{growth:.0}")),
            slow.p50_ms,
        );
        if let Some(growth) = growth {
            let good = verdict(growth < TARGET_GROWTH);
            println!("    {good:<7} wanted under {TARGET_GROWTH:.0} MiB");
        }
    }
}

fn verdict(good: bool) -> &'static str {
    if good { "met" } else { "missed" }
}
