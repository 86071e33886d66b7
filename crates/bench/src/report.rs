//! The results and their targets, for people and as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use sizes::folder::Size;

use crate::clients::Clients;
use crate::latency::Latency;
use crate::line::verdict;
use crate::lists::Lists;
use crate::live::Live;
use crate::load::Row;
use crate::local::Local;
use crate::memory::Resident;
use crate::proxy::Proxy;
use crate::todos;
use crate::units::kilobytes;

/// Requests/s of `/` signed out, on two cores.
const TARGET_PER_SECOND: f64 = 10_000.0;
/// Resident MiB without the embedded backend.
const TARGET_RESIDENT: f64 = 40.0;
/// Brotli bytes of WebAssembly and JavaScript.
const TARGET_BYTES: usize = 220_000;

/// All that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) load: Vec<Row>,
    pub(crate) memory: Memory,
    pub(crate) sizes: Vec<Size>,
    pub(crate) latency: Option<Latency>,
    pub(crate) clients: Option<Clients>,
    pub(crate) lists: Option<Lists>,
    pub(crate) todos: Vec<todos::Row>,
    pub(crate) live: Option<Live>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) local: Option<Local>,
}

/// Resident memory in three situations.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Memory {
    /// With the embedded backend, one user signed up.
    pub(crate) at_rest: Resident,
    /// With the embedded backend, after all the load.
    pub(crate) after_load: Resident,
    /// Against a backend elsewhere, after load on `/`.
    pub(crate) alone: Resident,
}

impl Report {
    pub(crate) fn new(sizes: Vec<Size>) -> Self {
        Self {
            load: Vec::new(),
            memory: Memory::default(),
            sizes,
            latency: None,
            clients: None,
            lists: None,
            todos: Vec::new(),
            live: None,
            proxy: None,
            local: None,
        }
    }

    /// Returns whether every request was answered as expected.
    pub(crate) fn is_clean(&self) -> bool {
        self.load.iter().all(|row| row.failures == 0)
            && self.live.as_ref().is_none_or(Live::is_clean)
            && self.proxy.as_ref().is_none_or(Proxy::is_clean)
    }

    /// Prints everything except the rows of load, which were printed when they were measured.
    pub(crate) fn print(&self) {
        self.print_memory();
        self.print_sizes();
        if let Some(Latency {
            rounds,
            p50,
            p99,
            max,
        }) = self.latency
        {
            println!("\nFrom mutation in one browser to the DOM of another ({rounds} rounds)\n");
            println!("  p50 {p50:.1} ms   p99 {p99:.1} ms   max {max:.1} ms");
        }
        if let Some(clients) = &self.clients {
            clients.print();
        }
        if let Some(lists) = &self.lists {
            lists.print();
        }
        todos::print(&self.todos);
        if let Some(live) = &self.live {
            live.print();
        }
        if let Some(proxy) = &self.proxy {
            proxy.print();
        }
        if let Some(local) = &self.local {
            local.print();
        }
        self.print_targets();
    }

    fn print_memory(&self) {
        println!("\nResident memory (server + Node.js)\n");
        let rows = [
            ("embedded backend, at rest", self.memory.at_rest),
            ("embedded backend, after load", self.memory.after_load),
            ("backend elsewhere, after load", self.memory.alone),
        ];
        for (name, resident) in rows {
            println!(
                "  {name:<30} {} + {}",
                mebibytes(resident.server),
                mebibytes(resident.children)
            );
        }
    }

    fn print_sizes(&self) {
        println!("\nDownload of a first visit (raw, brotli)\n");
        for Size { kind, raw, brotli } in &self.sizes {
            println!(
                "  {kind:<5} {:>9} {:>9}",
                kilobytes(*raw),
                kilobytes(*brotli)
            );
        }
    }

    fn print_targets(&self) {
        println!("\nTargets (two cores)\n");
        let fastest = self
            .load
            .iter()
            .filter(|row| row.path == "/" && !row.signed_in);
        let fastest = fastest.map(|row| row.per_second).fold(0.0, f64::max);
        let good = verdict(fastest > TARGET_PER_SECOND);
        println!(
            "  {good:<7} / signed out: {fastest:.0} requests/s, wanted over {TARGET_PER_SECOND:.0}"
        );
        if let Some(resident) = self.memory.alone.server {
            let good = verdict(resident < TARGET_RESIDENT);
            println!(
                "  {good:<7} resident without the backend: {resident:.0} MiB, wanted under {TARGET_RESIDENT:.0}"
            );
        }
        let bytes = self
            .sizes
            .iter()
            .filter(|size| size.kind != "css")
            .map(|size| size.brotli)
            .sum::<usize>();
        let (good, wanted) = (verdict(bytes < TARGET_BYTES), kilobytes(TARGET_BYTES));
        println!(
            "  {good:<7} wasm + JS, brotli: {}, wanted under {wanted}",
            kilobytes(bytes)
        );
    }

    /// Writes the report as JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        println!("\nWritten to {}", file.display());
        Ok(())
    }
}

fn mebibytes(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.0} MiB"))
}
