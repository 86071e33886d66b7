//! The steps of the gate, quick ones first.
//!
//! What compiles is chosen so that dependencies are compiled as few times as possible: lints and docs
//! share one set of checked dependencies, the tests and the local backend another (the dev profile),
//! and the browser tests run against the one release build. Server and browser half are never built by
//! one cargo call: feature unification would turn `ssr` and `hydrate` on together.

use std::process::Command;

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use super::rules;
use super::stream::run;
use super::tally::Tally;
use crate::codegen::{self, BuildWith};
use crate::process::call;
use crate::workspace::Workspace;

/// One step.
pub(super) struct Step {
    pub(super) id: &'static str,
    pub(super) group: &'static str,
    pub(super) title: &'static str,
    /// Part of `cargo xtask check`.
    pub(super) fast: bool,
    /// Its runner counts tests; otherwise the step itself counts as one.
    pub(super) counts: bool,
    /// Cannot run when that step failed.
    pub(super) after: Option<&'static str>,
    pub(super) run: fn(&Workspace, &mut Tally) -> Result<()>,
}

impl Step {
    pub(super) fn row(&self) -> Vec<String> {
        vec![
            self.id.to_owned(),
            self.group.to_owned(),
            self.title.to_owned(),
        ]
    }
}

/// A step that counts as one check.
const fn check(
    id: &'static str,
    group: &'static str,
    title: &'static str,
    run: fn(&Workspace, &mut Tally) -> Result<()>,
) -> Step {
    Step {
        id,
        group,
        title,
        fast: true,
        counts: false,
        after: None,
        run,
    }
}

/// All of them, in order.
pub(super) const STEPS: &[Step] = &[
    check("fmt", "rust", "Formatting", |w, t| {
        run(&mut cargo(w, &["fmt", "--all", "--check"]), t)
    }),
    check("rules", "rust", "House rules", |w, _| rules::check(w)),
    check("types", "js", "TypeScript types", types),
    check("clippy", "rust", "Lints, server half", |w, t| {
        run(
            &mut cargo(w, &["clippy", "--all-targets", "--", "-D", "warnings"]),
            t,
        )
    }),
    check("clippy-wasm", "rust", "Lints, browser half", |w, t| {
        let target = ["--target", "wasm32-unknown-unknown"];
        run(
            cargo(w, &["clippy", "-p", "frontend"])
                .args(target)
                .args(["--", "-D", "warnings"]),
            t,
        )
    }),
    Step {
        fast: false,
        ..check("docs", "rust", "Documentation", docs)
    },
    Step {
        counts: true,
        fast: false,
        ..check("js", "js", "Functions in convex/", |w, t| {
            run(&mut call(w, "npm", &["test"]), t)
        })
    },
    Step {
        counts: true,
        fast: false,
        ..check("rust-tests", "rust", "Rust tests", |w, t| {
            run(&mut cargo(w, &["test", "--no-fail-fast"]), t)
        })
    },
    // After the tests: they have compiled the local backend it asks.
    check("generated", "rust", "Generated code", |w, _| {
        codegen::assert_fresh(w, BuildWith::DefaultMembers)
    }),
    Step {
        fast: false,
        ..check("build", "e2e", "Release build", |w, t| {
            run(&mut cargo(w, &["leptos", "build", "--release"]), t)
        })
    },
    Step {
        counts: true,
        fast: false,
        after: Some("build"),
        ..check("browser", "e2e", "Browser tests", browser)
    },
];

/// Names `--only` and `--skip` take.
pub(super) fn names() -> PossibleValuesParser {
    let groups = ["rust", "js", "e2e"];
    PossibleValuesParser::new(STEPS.iter().map(|step| step.id).chain(groups))
}

/// Cargo, without incremental files where nothing is built twice.
fn cargo(workspace: &Workspace, args: &[&str]) -> Command {
    let mut command = call(workspace, "cargo", args);
    if std::env::var_os("CI").is_some() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

fn types(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    run(
        &mut call(workspace, "npm", &["run", "--silent", "typecheck"]),
        tally,
    )?;
    let mut browser_tests = call(workspace, "npx", &["--no-install", "tsc", "--noEmit"]);
    run(browser_tests.current_dir(workspace.path("end2end")), tally)
}

fn docs(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut doc = cargo(workspace, &["doc", "--no-deps", "--lib"]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings"), tally)
}

fn browser(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut tests = call(workspace, "npx", &["--no-install", "playwright", "test"]);
    run(tests.current_dir(workspace.path("end2end")), tally)
}
