//! Signed-in pages from memory: with and without live sessions, against a backend on this machine and one 20 ms away,
//! and the memory of a session.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Args;
use http::{Request, header};
use http_body_util::Full;
use serde::Serialize;

use crate::account::{self, Person};
use crate::distance::Distance;
use crate::hello;
use crate::http1::Connection;
use crate::line;
use crate::load::{self, Page, Plan};
use crate::memory;
use crate::server::{Deployment, Server};

/// The round trip to a deployment that is not far away.
const AWAY: Duration = Duration::from_millis(20);
/// The maximum number of sessions for the load itself.
const SESSIONS: &str = "10000";
/// How long sessions may take to open.
const PATIENCE: Duration = Duration::from_secs(120);
/// The maximum ratio of a signed-in page's time to a signed-out one's.
const TARGET_FACTOR: f64 = 1.5;
/// The maximum kilobytes of memory for a session.
const TARGET_SESSION: f64 = 100.0;

/// People who sign in before those whose sessions are measured.
const WARM_UP: usize = 200;
/// People signed in at the same time.
const PEOPLE: usize = 1000;

/// What to measure.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// People signed in at the same time, for the memory of their sessions; 0 leaves this out
    #[arg(long, default_value_t = PEOPLE)]
    people: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: PEOPLE }
    }
}

/// The results.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Live {
    /// The smallest page of the same framework, in the same run.
    hello: Vec<load::Row>,
    rows: Vec<Row>,
    memory: Option<Memory>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    is_away: bool,
    live_sessions: bool,
    load: load::Row,
    /// Requests to the backend for each page; not counted if it is on this machine.
    upstream: Option<f64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    people: usize,
    kilobytes_each: Option<f64>,
}

/// Measures the pages and, if requested, the memory of sessions.
///
/// # Errors
/// When a server does not answer as it should.
pub(crate) async fn measure(options: &Options, connections: &[usize], plan: Plan) -> Result<Live> {
    let backend = Server::start("live-backend", None).await?;
    let person = account::sign_up(&backend).await?;
    println!("\nSigned-in pages from memory (one load thread on the same machine)\n");
    let hello = hello::measure(connections, plan).await?;
    for row in &hello {
        println!("  {}", line::line(row));
    }
    let mut rows = Vec::new();
    for is_away in [false, true] {
        let deployment = backend.deployment()?;
        let issuer = deployment.site_url.clone();
        let way = is_away.then(|| Away::of(&deployment)).transpose()?;
        let deployment = way.as_ref().map_or(deployment, Away::deployment);
        for sessions in ["0", SESSIONS] {
            let env = [
                ("LIVE_SESSIONS", sessions),
                ("CONVEX_JWT_ISSUER", issuer.as_str()),
            ];
            let name = format!("live-{is_away}-{sessions}");
            let server = Server::with_env(&name, Some(&deployment), &env).await?;
            for (page, cookie) in cases(&person) {
                if cookie.is_some() && sessions != "0" {
                    settle(&server, &page, cookie, way.as_ref()).await?;
                }
                for &connections in connections {
                    let before = way.as_ref().map(Away::requests);
                    let asked = Instant::now();
                    let load = load::run(&server, &page, cookie, connections, plan).await?;
                    // This also counts the warm-up, which has about the same speed.
                    let pages = load.per_second * asked.elapsed().as_secs_f64();
                    let upstream = way.as_ref().zip(before);
                    let upstream =
                        upstream.map(|(way, before)| (way.requests() - before) as f64 / pages);
                    let row = Row {
                        is_away,
                        live_sessions: sessions != "0",
                        load,
                        upstream,
                    };
                    println!("  {}", line(&row));
                    rows.push(row);
                }
            }
            server.stop();
        }
    }
    let memory = match options.people {
        0 => None,
        people => Some(of_people(&backend, people).await?),
    };
    backend.stop();
    Ok(Live {
        hello,
        rows,
        memory,
    })
}

fn cases(person: &Person) -> Vec<(Page, Option<&str>)> {
    let pages = || crate::pages(&person.email);
    let cookie = Some(person.cookie.as_str());
    let out = pages().into_iter().map(|page| (page, None));
    out.chain(pages().into_iter().map(|page| (page, cookie)))
        .collect()
}

/// A backend at a simulated distance.
struct Away {
    cloud: Distance,
    site: Distance,
}

impl Away {
    fn of(deployment: &Deployment) -> Result<Self> {
        let before = |url: &str| -> Result<Distance> {
            let (_, address) = url.split_once("://").context("no URL")?;
            let address: SocketAddr = address
                .trim_end_matches('/')
                .replace("localhost", "127.0.0.1")
                .parse()
                .with_context(|| format!("{url} is not on this machine"))?;
            Distance::before(address, AWAY / 2)
        };
        Ok(Self {
            cloud: before(&deployment.cloud_url)?,
            site: before(&deployment.site_url)?,
        })
    }

    fn deployment(&self) -> Deployment {
        Deployment {
            cloud_url: format!("http://{}", self.cloud.addr),
            site_url: format!("http://{}", self.site.addr),
        }
    }

    fn requests(&self) -> u64 {
        self.cloud.requests() + self.site.requests()
    }
}

/// Loads the page until there are no more requests to the backend.
async fn settle(
    server: &Server,
    page: &Page,
    cookie: Option<&str>,
    way: Option<&Away>,
) -> Result<()> {
    let mut connection = Connection::open(server.addr()).await?;
    for _ in 0..200 {
        let before = way.map(Away::requests);
        connection.send(server.get(page.path(), cookie)?).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        if way.is_some() && way.map(Away::requests) == before {
            break;
        }
    }
    Ok(())
}

/// Signs guests in, lets each load a page, and measures the server's memory before and after the last `people` of them.
async fn of_people(backend: &Server, people: usize) -> Result<Memory> {
    let metrics = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let metrics_text = metrics.to_string();
    let env = [
        ("LIVE_SESSIONS", SESSIONS),
        ("METRICS_ADDR", metrics_text.as_str()),
    ];
    let server = Server::with_env("live-memory", Some(&backend.deployment()?), &env).await?;
    let mut connection = Connection::open(backend.addr()).await?;
    let mut cookies = Vec::new();
    for _ in 0..WARM_UP + people {
        cookies.push(guest(backend, &mut connection).await?);
    }
    // The first ones bring the process to its working size: buffers, pools, memory kept by the allocator.
    open_sessions(&server, metrics, &cookies[..WARM_UP]).await?;
    let before = settled(server.pid()).await;
    open_sessions(&server, metrics, &cookies).await?;
    let after = settled(server.pid()).await;
    server.stop();
    let grown = before.zip(after).map(|(before, after)| after - before);
    Ok(Memory {
        people,
        kilobytes_each: grown.map(|grown| grown * 1024.0 / people as f64),
    })
}

/// Loads pages until each of these visitors has a live session.
async fn open_sessions(server: &Server, metrics: SocketAddr, cookies: &[String]) -> Result<()> {
    let mut connection = Connection::open(server.addr()).await?;
    let started = Instant::now();
    loop {
        for cookie in cookies {
            let page = server.get("/dashboard", Some(cookie))?;
            connection.send(page).await?;
        }
        if live_sessions(metrics).await? >= cookies.len() {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            let people = cookies.len();
            bail!("not all {people} sessions open; is the backend too slow?");
        }
    }
}

/// Returns the memory of the process after the allocator has returned what it can.
async fn settled(pid: u32) -> Option<f64> {
    tokio::time::sleep(Duration::from_secs(3)).await;
    memory::of(pid).server
}

async fn live_sessions(metrics: SocketAddr) -> Result<usize> {
    let request = Request::get("/metrics")
        .header(header::HOST, metrics.to_string())
        .body(Full::default())?;
    let answer = Connection::open(metrics).await?.send(request).await?;
    let text = String::from_utf8_lossy(answer.body());
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("live_sessions "));
    count
        .and_then(|count| count.parse().ok())
        .context("the metrics do not count live sessions")
}

/// Returns the cookies of a new guest, with a token.
async fn guest(server: &Server, connection: &mut Connection) -> Result<String> {
    let request = Request::post("/api/auth/sign-in/anonymous")
        .header(header::HOST, server.host())
        .header(header::ORIGIN, format!("http://{}", server.host()))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from_static(b"{}")))?;
    let answer = connection.send(request).await?;
    if !answer.status().is_success() {
        let said = String::from_utf8_lossy(answer.body());
        bail!("a guest cannot sign in: {} {said}", answer.status());
    }
    let session = account::cookies_of(&answer);
    // The token is issued for the first page.
    let page = server.get("/", Some(&session))?;
    let token = account::cookies_of(&connection.send(page).await?);
    Ok(format!("{session}; {token}"))
}

impl Live {
    /// Returns whether every request was answered as expected.
    pub(crate) fn is_clean(&self) -> bool {
        let rows = self.rows.iter().map(|row| &row.load);
        rows.chain(&self.hello).all(|row| row.failures == 0)
    }

    pub(crate) fn print(&self) {
        println!("\nSigned-in pages from memory\n");
        self.print_landing();
        for row in self
            .rows
            .iter()
            .filter(|row| row.live_sessions && row.load.signed_in)
        {
            let is_its_pair = |other: &&Row| {
                !other.load.signed_in
                    && other.live_sessions
                    && other.is_away == row.is_away
                    && other.load.path == row.load.path
                    && other.load.connections == row.load.connections
            };
            let Some(out) = self.rows.iter().find(is_its_pair) else {
                continue;
            };
            let factor = out.load.per_second / row.load.per_second;
            let verdict = line::verdict(factor <= TARGET_FACTOR);
            println!(
                "  {verdict:<7} {:<11} {:>3} conn, {}: {factor:.2} times the time of signed out, wanted at most {TARGET_FACTOR}",
                row.load.path,
                row.load.connections,
                place(row.is_away)
            );
        }
        if let Some(Memory {
            people,
            kilobytes_each: Some(each),
        }) = self.memory
        {
            let verdict = line::verdict(each <= TARGET_SESSION);
            println!(
                "  {verdict:<7} {each:.0} KB a session with {people} of them, wanted at most {TARGET_SESSION:.0}"
            );
        }
    }
}

impl Live {
    /// Prints the landing page compared with the smallest page.
    fn print_landing(&self) {
        for hello in &self.hello {
            let is_landing = |row: &&Row| {
                !row.is_away
                    && row.live_sessions
                    && !row.load.signed_in
                    && row.load.path == "/"
                    && row.load.connections == hello.connections
            };
            if let Some(landing) = self.rows.iter().find(is_landing) {
                println!(
                    "  / signed out, {:>3} conn: {:.1} times the time of the smallest page",
                    hello.connections,
                    hello.per_second / landing.load.per_second
                );
            }
        }
    }
}

fn line(row: &Row) -> String {
    let sessions = if row.live_sessions { "on" } else { "off" };
    let upstream = row.upstream.map_or_else(String::new, |count| {
        format!("   {count:.2} requests to the backend a page")
    });
    format!(
        "{:<10} live {sessions:<3} {}{upstream}",
        place(row.is_away),
        line::line(&row.load)
    )
}

const fn place(is_away: bool) -> &'static str {
    if is_away { "20 ms away" } else { "here" }
}
