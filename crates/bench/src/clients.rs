//! The browser client compared with npm convex, bare (`ConvexClient` and the plain DOM) and in React: the same page on
//! the same backend, measured in one run by `end2end/bench/clients.mjs`. The bytes that `leptos_convex` adds to an
//! empty Leptos page are measured, too.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::server::Server;
use crate::units::kilobytes;

/// The folder of the pages that `cargo xtask bench` built from `end2end/bench/page`.
const PAGES: &str = "target/bench/page";
/// Brotli bytes that `leptos_convex` may add to an empty page.
const TARGET_ADDED: usize = 60_000;
/// The ratio by which medians differ between runs.
const NOISE: f64 = 1.1;

/// The results.
#[derive(Debug, Serialize)]
pub(crate) struct Clients {
    measured: Measured,
    size: Size,
}

/// The output of `clients.mjs`.
#[derive(Debug, Deserialize, Serialize)]
struct Measured {
    rounds: u32,
    rows: u32,
    updates: u32,
    clients: Vec<Client>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Client {
    name: String,
    latency: Times,
    rows_client: Times,
    rows_all: Times,
    memory: Option<Memory>,
}

/// Milliseconds.
#[derive(Debug, Deserialize, Serialize)]
struct Times {
    p50: f64,
    p99: f64,
}

/// Bytes after garbage collection, including WebAssembly's memory.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    before: f64,
    after: f64,
    per_second: f64,
}

/// Brotli bytes of WebAssembly and its JavaScript.
#[derive(Debug, Serialize)]
struct Size {
    empty: usize,
    live: usize,
}

/// Measures the clients. Without Playwright it prints the reason and returns `None`.
///
/// # Errors
/// When the pages are not built, or one of them did not show what it should.
pub(crate) async fn measure(rounds: u32, updates: u32) -> Result<Option<Clients>> {
    if !Path::new("end2end/node_modules/@playwright/test").exists() {
        eprintln!("  clients left out: `npm ci --prefix end2end` installs Playwright");
        return Ok(None);
    }
    let size = Size {
        empty: size_of("empty")?,
        live: size_of("live")?,
    };
    let server = Server::with_functions("clients", "end2end/bench/convex").await?;
    let output = Command::new("node")
        .arg("end2end/bench/clients.mjs")
        .env("CONVEX_URL", server.deployment()?.cloud_url)
        .env("PAGE", Path::new(PAGES).join("live"))
        .env("ROUNDS", rounds.to_string())
        .env("UPDATES", updates.to_string())
        .output()
        .context("cannot start node")?;
    server.stop();
    if !output.status.success() {
        bail!(
            "end2end/bench/clients.mjs failed:\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let measured =
        serde_json::from_slice(&output.stdout).context("clients.mjs printed no result")?;
    Ok(Some(Clients { measured, size }))
}

fn size_of(page: &str) -> Result<usize> {
    let sizes = sizes::folder::measure(&Path::new(PAGES).join(page), &["wasm", "js"])?;
    Ok(sizes.iter().map(|size| size.brotli).sum())
}

impl Clients {
    pub(crate) fn print(&self) {
        let Measured {
            rounds,
            rows,
            updates,
            clients,
        } = &self.measured;
        println!("\nBrowser clients, in turns on one backend ({rounds} rounds; ms)\n");
        println!("  {:<42}{:>33}{:>33}", "", "p50", "p99");
        let names = clients
            .iter()
            .map(|client| format!("{:>11}", client.name))
            .collect::<String>();
        println!("  {:<42}{names}{names}", "");
        let line = |what: &str, times: fn(&Client) -> &Times| {
            let p50 = clients.iter().map(|client| times(client).p50);
            let cells = p50.chain(clients.iter().map(|client| times(client).p99));
            let cells = cells.map(|ms| format!("{ms:>11.1}")).collect::<String>();
            println!("  {what:<42}{cells}");
        };
        line("from mutation to the DOM of another tab", |it| &it.latency);
        line(&format!("{rows} queries: message to DOM"), |it| {
            &it.rows_client
        });
        line(&format!("{rows} queries: mutation to DOM"), |it| {
            &it.rows_all
        });
        for client in clients {
            if let Some(memory) = &client.memory {
                println!(
                    "  {:<8} {} before {updates} updates, {} after, {:.0} updates/s",
                    client.name,
                    kilobytes(memory.before as usize),
                    kilobytes(memory.after as usize),
                    memory.per_second,
                );
            }
        }
        println!("\n  Targets\n");
        self.print_verdicts();
        let Size { empty, live } = self.size;
        let added = live.saturating_sub(empty);
        println!(
            "  {:<8}leptos_convex adds {} (brotli) to an empty page of {}, wanted under {}",
            verdict(added < TARGET_ADDED),
            kilobytes(added),
            kilobytes(empty),
            kilobytes(TARGET_ADDED)
        );
    }

    /// Compares the medians with those of the official clients. A tenth more is noise.
    fn print_verdicts(&self) {
        let find = |name| self.measured.clients.iter().find(|it| it.name == name);
        let (Some(js), Some(react), Some(ours)) = (find("js"), find("react"), find("leptos"))
        else {
            return;
        };
        let line = |what: &str, ours: f64, wanted: f64| {
            let verdict = verdict(ours <= wanted * NOISE);
            println!("  {verdict:<8}{what}: {ours:.1} ms, wanted {wanted:.1} at most");
        };
        line(
            "latency no more than bare npm convex",
            ours.latency.p50,
            js.latency.p50,
        );
        line(
            "queries together no more than bare npm convex",
            ours.rows_client.p50,
            js.rows_client.p50,
        );
        line(
            "queries together half of convex/react",
            ours.rows_client.p50,
            react.rows_client.p50 / 2.0,
        );
    }
}

const fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
