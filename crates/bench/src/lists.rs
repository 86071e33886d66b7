//! Live lists of the browser client compared with the same lists on npm convex in React. `end2end/bench/lists.mjs`
//! drives both in one run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::local::{Backend, Program};

/// The folder of the page that `cargo xtask bench` built from `end2end/bench/page`.
const PAGE: &str = "target/bench/page/list";
const FUNCTIONS: &str = "end2end/bench/convex";
const DATA: &str = "target/bench/lists";
/// The lengths of lists that the targets name.
const SHORT: u32 = 10;
const USUAL: u32 = 480;
const LONG: u32 = 5_000;
/// Milliseconds that an edit of a list of [`USUAL`] length may take beyond one of [`SHORT`].
const TARGET_MORE: f64 = 3.0;
/// The part of React's time that an edit of a list of [`LONG`] length may take.
const TARGET_SHARE: f64 = 1.0 / 3.0;

/// The output of `lists.mjs`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Lists {
    rounds: u32,
    rows: Vec<Row>,
}

/// One kind of edit.
#[derive(Debug, Deserialize, Serialize)]
struct Row {
    /// The number of items in the list.
    size: u32,
    what: String,
    clients: Vec<Cost>,
}

/// Medians of one client.
#[derive(Debug, Deserialize, Serialize)]
struct Cost {
    name: String,
    /// Milliseconds of script time.
    script: f64,
    /// Changes of the DOM.
    changes: f64,
}

/// Measures the lists. Without Playwright it prints the reason and returns `None`.
///
/// # Errors
/// When the page is not built, the backend does not start, or a page did not show what it should.
pub(crate) fn measure(rounds: u32) -> Result<Option<Lists>> {
    if !Path::new("end2end/node_modules/@playwright/test").exists() {
        eprintln!("  lists left out: `npm ci --prefix end2end` installs Playwright");
        return Ok(None);
    }
    let backend = Backend::fresh_with(&Program::default(), FUNCTIONS, DATA)?;
    let output = Command::new("node")
        .arg("end2end/bench/lists.mjs")
        .env("CONVEX_URL", format!("http://{}", backend.addr()))
        .env("PAGE", PAGE)
        .env("ROUNDS", rounds.to_string())
        .output()
        .context("cannot start node")?;
    if !output.status.success() {
        bail!(
            "end2end/bench/lists.mjs failed:\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let lists = serde_json::from_slice(&output.stdout).context("lists.mjs printed no result")?;
    Ok(Some(lists))
}

impl Row {
    fn of(&self, name: &str) -> Option<&Cost> {
        self.clients.iter().find(|cost| cost.name == name)
    }

    /// Returns whether another client made the edit, and this one shows it.
    fn is_from_elsewhere(&self) -> bool {
        !self.what.starts_with("star")
    }
}

impl Lists {
    pub(crate) fn print(&self) {
        println!(
            "\nLive lists, clients in turns on one backend ({} rounds; medians of script time in ms, and changes of the DOM)\n",
            self.rounds
        );
        let names = ["leptos", "react", "memo"].map(|name| format!("{name:>18}"));
        println!("  {:>6}  {:<10}{}", "items", "edit", names.concat());
        for row in &self.rows {
            let cells = row.clients.iter().map(|cost| {
                let Cost {
                    script, changes, ..
                } = cost;
                format!("{:>18}", format!("{script:.2} / {changes:.0}"))
            });
            let cells = cells.collect::<String>();
            println!("  {:>6}  {:<10}{cells}", row.size, row.what);
        }
        println!("\n  Targets\n");
        for row in self.rows.iter().filter(|row| row.is_from_elsewhere()) {
            self.print_verdict(row);
        }
    }

    fn print_verdict(&self, row: &Row) {
        let verdict = |met| if met { "met" } else { "missed" };
        let Some(ours) = row.of("leptos") else { return };
        let what = &row.what;
        if row.size == USUAL
            && let Some(short) = self.find(SHORT, what)
        {
            let more = ours.script - short.script;
            println!(
                "  {:<8}{what} of {USUAL} items: {more:.2} ms more than of {SHORT}, wanted {TARGET_MORE} at most",
                verdict(more <= TARGET_MORE)
            );
        }
        if row.size == LONG
            && let Some(react) = row.of("react")
        {
            let share = ours.script / react.script;
            println!(
                "  {:<8}{what} of {LONG} items: {share:.2} of convex/react's time, wanted {TARGET_SHARE:.2} at most",
                verdict(share <= TARGET_SHARE)
            );
        }
    }

    fn find(&self, size: u32, what: &str) -> Option<&Cost> {
        let mut rows = self.rows.iter();
        rows.find(|row| row.size == size && row.what == what)?
            .of("leptos")
    }
}
