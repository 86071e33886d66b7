//! The benchmark of the app's release build. Run by `cargo xtask bench`, which builds it first.
//!
//! # Layout
//! - [`server`]: the app's server as a child process, on its own port and data folder
//! - [`account`]: a user signed up through the auth proxy
//! - [`load`]: the load generator
//! - [`latency`]: from a mutation in one browser to the changed page in another
//! - [`clients`]: the browser client compared with npm convex, bare and in React
//! - [`lists`]: live lists compared with npm convex in React
//! - [`pages`]: the app's pages compared with the guide's Next.js app
//! - [`live`], [`distance`]: signed-in pages from memory, and a backend some milliseconds away
//! - [`todos`]: pages with a list in them
//! - [`hello`]: the smallest page of the same framework
//! - [`local`]: the embedded backend alone
//! - [`known`]: whether response times reveal who has an account
//! - [`memory`]: the memory of a process
//! - [`proxy`], [`upstream`]: the time that the auth proxy adds to a backend with a known response time
//! - [`report`]: the tables and the JSON file
//!
//! Everything runs on this machine, so the load generator takes its share of the CPU: figures are for
//! comparing runs on one machine, not for comparing machines.

mod account;
mod clients;
mod distance;
mod hello;
mod http1;
mod known;
mod latency;
mod line;
mod lists;
mod live;
mod load;
mod local;
mod memory;
mod pages;
mod proxy;
mod report;
mod server;
mod todos;
mod units;
mod upstream;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use self::load::{Page, Plan};
use self::report::{Memory, Report};
use self::server::Server;

/// Measure the release build.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Args {
    /// Measure this alone
    #[command(subcommand)]
    only: Option<Section>,
    /// Seconds of load per row
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Requests per row at most
    #[arg(long, default_value_t = 500_000)]
    requests: u64,
    /// Connections, one row each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 32])]
    connections: Vec<usize>,
    /// Todos added while measuring how fast they appear in another browser; 0 leaves this out
    #[arg(long, default_value_t = 60)]
    rounds: u32,
    /// Changes after which the memory of a browser client is measured; 0 leaves this out
    #[arg(long, default_value_t = 10_000)]
    updates: u32,
    /// Where the results go as JSON
    #[arg(long, value_name = "FILE", default_value = "target/bench/results.json")]
    json: PathBuf,
}

/// A part that can be measured alone.
#[derive(Clone, Debug, Subcommand)]
enum Section {
    /// What the auth proxy adds, and what slow clients cost
    Proxy,
    /// The browser client beside npm convex, bare and in React, and what it adds to a page
    Clients,
    /// Live lists beside npm convex in React: what one edited item of 10, 480 and 5,000 costs
    Lists,
    /// The pages beside the guide's Next.js app: paint, live, bytes, navigation
    Pages(pages::Options),
    /// Pages with live sessions and without, against a backend here and 20 ms away, and the smallest page there can be
    Live(live::Options),
    /// A page with 10 and with 480 todos in it
    Todos,
    /// Whether the time of an answer tells who has an account
    Known,
    /// The embedded backend alone: calls/s, push latency, start, memory
    Local(local::Program),
}

fn main() -> ExitCode {
    let args = Args::parse();
    // One thread for the whole load, because it takes processor time from the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime
        .context("cannot start the runtime")
        .and_then(|runtime| {
            let local = tokio::task::LocalSet::new();
            runtime.block_on(local.run_until(measure(&args)))
        });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("some requests failed, see the table");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures everything in turn and returns whether every request was answered as expected.
async fn measure(args: &Args) -> Result<bool> {
    let plan = Plan {
        seconds: Duration::from_secs(args.seconds),
        requests: args.requests,
    };
    match &args.only {
        Some(Section::Proxy) => {
            let proxy = proxy::measure(plan).await?;
            proxy.print();
            return Ok(proxy.is_clean());
        }
        Some(Section::Clients) => {
            if let Some(clients) = clients::measure(args.rounds, args.updates).await? {
                clients.print();
            }
            return Ok(true);
        }
        Some(Section::Lists) => {
            if let Some(lists) = lists::measure(args.rounds.div_ceil(4))? {
                lists.print();
            }
            return Ok(true);
        }
        Some(Section::Pages(options)) => {
            pages::measure(options)?;
            return Ok(true);
        }
        Some(Section::Live(options)) => {
            let live = live::measure(options, &args.connections, plan).await?;
            live.print();
            return Ok(live.is_clean());
        }
        Some(Section::Todos) => {
            todos::print(&todos::measure().await?);
            return Ok(true);
        }
        Some(Section::Known) => {
            known::print(&known::measure().await?);
            return Ok(true);
        }
        Some(Section::Local(program)) => {
            let local = local::measure(program, &args.connections, plan.seconds).await?;
            local.print();
            return Ok(true);
        }
        None => {}
    }
    let embedded = Server::start("embedded", None).await?;
    let person = account::sign_up(&embedded).await?;
    let mut report = Report::new(sizes::folder::measure(
        "target/site/pkg".as_ref(),
        &["wasm", "js", "css"],
    )?);
    let at_rest = memory::of(embedded.pid());

    println!("\nLoad (one load thread on the same machine, uncompressed, keep-alive)\n");
    for page in pages(&person.email) {
        for cookie in [None, Some(person.cookie.as_str())] {
            for &connections in &args.connections {
                let row = load::run(&embedded, &page, cookie, connections, plan).await?;
                println!("  {}", line::line(&row));
                report.load.push(row);
            }
        }
    }
    let after_load = memory::of(embedded.pid());

    let deployment = embedded.deployment()?;
    let alone = Server::start("alone", Some(&deployment)).await?;
    let page = &pages(&person.email)[0];
    load::run(&alone, page, None, 32, plan).await?;
    report.memory = Memory {
        at_rest,
        after_load,
        alone: memory::of(alone.pid()),
    };
    alone.stop();

    if args.rounds > 0 {
        report.latency = latency::measure(&embedded, &person, args.rounds)?;
    }
    embedded.stop();
    if args.rounds > 0 {
        report.clients = clients::measure(args.rounds, args.updates).await?;
        report.lists = lists::measure(args.rounds.div_ceil(4))?;
    }
    report.todos = todos::measure().await?;
    let options = live::Options::default();
    report.live = Some(live::measure(&options, &args.connections, plan).await?);
    report.proxy = Some(proxy::measure(plan).await?);
    let program = local::Program::default();
    let local = local::measure(&program, &args.connections, plan.seconds).await?;
    report.local = Some(local);
    report.print();
    report.write(&args.json)?;
    Ok(report.is_clean())
}

/// Returns the pages, with the text that their HTML must contain for signed-out and for signed-in visitors.
fn pages(email: &str) -> [Page; 3] {
    [
        Page::new("/", "Sign in", "Dashboard"),
        Page::new("/dashboard", "Unauthorized", email),
        Page::new("/protected", "Unauthorized", "Hello"),
    ]
}
