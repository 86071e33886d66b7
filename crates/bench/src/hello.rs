//! The smallest page of the same framework (`src/bin/hello.rs`), the limit for the pages of the app.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;

use crate::http1::Connection;
use crate::load::{self, Plan, Row};

const START_LIMIT: Duration = Duration::from_secs(10);

/// The running program. It is killed when dropped.
struct Hello(Child);

impl Drop for Hello {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures one row for each number of connections.
///
/// # Errors
/// When the page is not served.
pub(crate) async fn measure(connections: &[usize], plan: Plan) -> Result<Vec<Row>> {
    let addr = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let program = std::env::current_dir()?.join("target/release/hello");
    let child = Command::new(program)
        .arg(addr.to_string())
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot start target/release/hello")?;
    let _hello = Hello(child);
    let bytes = first_page(addr).await?;
    let mut rows = Vec::new();
    for &connections in connections {
        let warm_up = Plan {
            seconds: Duration::from_secs(1),
            ..plan
        };
        load::spread(addr, &request(addr)?, connections, warm_up, StatusCode::OK).await?;
        let start = Instant::now();
        let (times, failures) =
            load::spread(addr, &request(addr)?, connections, plan, StatusCode::OK).await?;
        let shape = load::Shape {
            path: "hello",
            signed_in: false,
            connections,
            bytes,
        };
        rows.push(shape.row(times, failures, start.elapsed()));
    }
    Ok(rows)
}

fn request(addr: SocketAddr) -> Result<Request<Full<Bytes>>> {
    let request = Request::get("/").header(header::HOST, addr.to_string());
    Ok(request
        .header(header::ACCEPT, "text/html")
        .body(Full::default())?)
}

/// Waits for the page and returns its size.
async fn first_page(addr: SocketAddr) -> Result<usize> {
    let start = Instant::now();
    loop {
        if let Ok(mut connection) = Connection::open(addr).await {
            let answer = connection.send(request(addr)?).await?;
            let text = String::from_utf8_lossy(answer.body());
            if answer.status() != StatusCode::OK || !text.contains("<h1>Hello</h1>") {
                bail!("hello answers {}", answer.status());
            }
            return Ok(answer.body().len());
        }
        if start.elapsed() > START_LIMIT {
            bail!("hello does not answer");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
