//! The embedded backend alone: calls, pushes, starts and memory of `convex-local`.
//!
//! - [`backend`]: the process
//! - [`client`]: its clients
//! - [`load`], [`push`], [`vectors`]: the measurements

mod backend;
mod client;
mod load;
mod push;
mod vectors;

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

pub(crate) use self::backend::{Backend, Program};
use self::client::{Call, Client, Over};
use self::load::{Row, What};
use self::push::{Push, SUBSCRIBERS};
use crate::memory::{self, Resident};

/// Calls/s that the best row of each kind should reach on two cores.
const TARGETS: [(What, &str, f64); 3] = [
    (What::Cached, "cached queries/s", 5_000.0),
    (What::Uncached, "uncached queries/s", 1_000.0),
    (What::Mutation, "durable mutations/s", 500.0),
];
/// Milliseconds from the start to the first answer, with and without kept bundles.
const TARGET_START: f64 = 2_000.0;
/// Milliseconds until all subscribers to one document have its new value.
const TARGET_PUSH: f64 = 100.0;
/// Clients that increment, first separate counters and then the same one.
const COUNTERS: usize = 20;
const DOCUMENTS: u64 = 1_000_000;
/// Documents that one mutation creates.
const BATCH: u64 = 1_000;
/// Mebibytes that the process may take with [`DOCUMENTS`] (700 MB).
const TARGET_MEMORY: f64 = 667.0;
/// Milliseconds from the start with [`DOCUMENTS`] to the first answer.
const TARGET_LOADED_START: f64 = 10_000.0;
/// Milliseconds that a search among many vectors may take.
const TARGET_VECTORS: f64 = 100.0;
const STARTS: usize = 3;

/// The results.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Local {
    rows: Vec<Row>,
    /// With a counter for each client, and with one counter for all clients.
    counters: [Row; 2],
    push: Push,
    /// Medians, with kept bundles and with bundling.
    start_ms: f64,
    first_start_ms: f64,
    at_rest: Resident,
    /// With [`DOCUMENTS`] of two fields and two indexes, started again.
    with_documents: Resident,
    /// From that start to the first answer that reads them.
    loaded_start_ms: f64,
    /// A search among many vectors (median).
    vectors_ms: Option<f64>,
}

/// Measures everything, one part after the other.
///
/// # Errors
/// When the backend does not start or a call fails.
pub(crate) async fn measure(
    program: &Program,
    clients: &[usize],
    seconds: Duration,
) -> Result<Local> {
    println!("\nThe embedded backend (one load thread on the same machine)\n");
    let first_start_ms = starts(program, Backend::fresh).await?;
    let start_ms = starts(program, Backend::start).await?;
    let backend = Backend::fresh(program)?;
    let at_rest = memory::of(backend.pid());
    fill(&backend, SUBSCRIBERS as u64).await?;
    let mut rows = Vec::new();
    for over in [Over::Http, Over::Socket] {
        for what in [
            What::Cached,
            What::Uncached,
            What::KeptUncached,
            What::Mutation,
            What::KeptMutation,
        ] {
            for &clients in clients {
                let row = load::run(&backend, what, over, clients, seconds).await?;
                println!("  {}", line(&row));
                rows.push(row);
            }
        }
    }
    let counting = |what| load::run(&backend, what, Over::Http, COUNTERS, seconds);
    let counters = [
        counting(What::Mutation).await?,
        counting(What::OneCounter).await?,
    ];
    for row in &counters {
        println!("  {}", line(row));
    }
    let push = push::measure(&backend).await?;
    drop(backend);
    let backend = Backend::fresh(program)?;
    fill_notes(&backend).await?;
    drop(backend);
    let began = Instant::now();
    let backend = Backend::start(program)?;
    let mut client = Client::open(backend.addr(), Over::Http).await?;
    client.call(Call::Notes { author: 7 }).await?;
    let loaded_start_ms = began.elapsed().as_secs_f64() * 1000.0;
    let with_documents = memory::of(backend.pid());
    drop(backend);
    let vectors_ms = vectors::measure(program).await?;
    Ok(Local {
        rows,
        counters,
        push,
        start_ms,
        first_start_ms,
        at_rest,
        loaded_start_ms,
        with_documents,
        vectors_ms,
    })
}

/// Measures the milliseconds from the start of the process to its first answer, the median of several.
async fn starts(program: &Program, start: fn(&Program) -> Result<Backend>) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let backend = start(program)?;
        first_answer(&backend).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[STARTS / 2])
}

async fn first_answer(backend: &Backend) -> Result<()> {
    let mut client = Client::open(backend.addr(), Over::Http).await?;
    client.call(Call::read(0)).await
}

async fn fill(backend: &Backend, documents: u64) -> Result<()> {
    let mut client = Client::open(backend.addr(), Over::Http).await?;
    for from in (0..documents).step_by(usize::try_from(BATCH)?) {
        let count = BATCH.min(documents - from);
        client.call(Call::Fill { from, count }).await?;
    }
    Ok(())
}

async fn fill_notes(backend: &Backend) -> Result<()> {
    println!("\n  making {DOCUMENTS} documents, which takes minutes");
    let mut client = Client::open(backend.addr(), Over::Http).await?;
    for from in (0..DOCUMENTS).step_by(usize::try_from(BATCH)?) {
        let count = BATCH.min(DOCUMENTS - from);
        client.call(Call::FillNotes { from, count }).await?;
    }
    Ok(())
}

fn line(row: &Row) -> String {
    let what = match row.what {
        What::Cached => "cached query",
        What::Uncached => "uncached query",
        What::Mutation => "mutation",
        What::KeptUncached | What::KeptMutation => "  kept context",
        What::OneCounter => "one counter",
    };
    format!(
        "{what:<15} {:<10} {:>3} clients {:>7.0}/s   p50 {:>7.2} ms   p99 {:>7.2} ms",
        format!("{:?}", row.over),
        row.clients,
        row.per_second,
        row.p50_ms,
        row.p99_ms
    )
}

impl Local {
    /// Prints everything except the rows, which were already printed.
    pub(crate) fn print(&self) {
        let Push {
            same_p50_ms,
            same_p99_ms,
            same_all_ms,
            different_p50_ms,
            different_p99_ms,
        } = self.push;
        println!(
            "\n  push to {SUBSCRIBERS} subscribers of one document    p50 {same_p50_ms:.1} ms   p99 {same_p99_ms:.1} ms   all {same_all_ms:.1} ms"
        );
        println!(
            "  push to one of {SUBSCRIBERS} of different documents p50 {different_p50_ms:.1} ms   p99 {different_p99_ms:.1} ms"
        );
        println!(
            "  start to first answer {:.0} ms, with bundling {:.0} ms, with {DOCUMENTS} documents \
             {:.0} ms",
            self.start_ms, self.first_start_ms, self.loaded_start_ms
        );
        for (when, resident) in [
            ("at rest".to_owned(), self.at_rest),
            (format!("with {DOCUMENTS} documents"), self.with_documents),
        ] {
            let shown = |value: Option<f64>| value.map_or("?".to_owned(), |v| format!("{v:.0}"));
            println!(
                "  resident {when}: {} MiB, and Node.js {} MiB",
                shown(resident.server),
                shown(resident.children)
            );
        }
        self.print_targets();
    }

    fn print_targets(&self) {
        println!("\n  Targets (two cores)\n");
        for (what, name, wanted) in TARGETS {
            for over in [Over::Http, Over::Socket] {
                let rows = self.rows.iter();
                let rows = rows.filter(|row| (row.what, row.over) == (what, over));
                let fastest = rows.map(|row| row.per_second).fold(0.0, f64::max);
                let good = verdict(fastest > wanted);
                println!("  {good:<7} {name} over {over:?}: {fastest:.0}, wanted over {wanted:.0}");
            }
        }
        self.print_counters();
        if let Some(taken) = self.with_documents.server {
            let good = verdict(taken < TARGET_MEMORY);
            println!(
                "  {good:<7} resident with {DOCUMENTS} documents: {taken:.0} MiB, wanted under \
                 {TARGET_MEMORY:.0}"
            );
        }
        if let Some(took) = self.vectors_ms {
            let good = verdict(took < TARGET_VECTORS);
            println!(
                "  {good:<7} search among {} vectors: {took:.1} ms, wanted under {TARGET_VECTORS:.0}",
                vectors::VECTORS
            );
        }
        for (name, took, wanted) in [
            (
                "start with many documents",
                self.loaded_start_ms,
                TARGET_LOADED_START,
            ),
            ("start to first answer", self.start_ms, TARGET_START),
            ("the same with bundling", self.first_start_ms, TARGET_START),
            (
                "push to all subscribers",
                self.push.same_all_ms,
                TARGET_PUSH,
            ),
        ] {
            let good = verdict(took < wanted);
            println!("  {good:<7} {name}: {took:.0} ms, wanted under {wanted:.0}");
        }
    }

    /// Prints the counters. On one counter no call fails, and the rate is at least half of that on separate counters.
    fn print_counters(&self) {
        let [apart, together] = &self.counters;
        let good = together.failed == 0 && together.per_second * 2.0 >= apart.per_second;
        println!(
            "  {:<7} {COUNTERS} clients on one counter: {:.0}/s, {} failed; on {COUNTERS} counters \
             {:.0}/s, wanted at least half of it and none to fail",
            verdict(good),
            together.per_second,
            together.failed,
            apart.per_second
        );
    }
}

fn verdict(good: bool) -> &'static str {
    if good { "met" } else { "missed" }
}
