//! The steps of the gate, quick ones first.
//!
//! The steps are arranged so that dependencies are compiled as few times as possible. Lints and docs share one set of
//! checked dependencies. The tests and the local backend share another (the dev profile). The browser tests run against
//! the one release build. Server and browser half are never built by one cargo call: feature unification would turn on
//! `ssr` and `hydrate` together.

use std::process::Command;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use leptos_convex_tasks::codegen::{self, BuildWith};
use leptos_convex_tasks::process::call;
use leptos_convex_tasks::requirements::choose_chromium;
use leptos_convex_tasks::workspace::Workspace;

use super::stream::run;
use super::tally::Tally;
use super::{again, dependencies, deploy, how_tos, leave_out, packages, rules, template};
use crate::size;

/// One step.
pub(super) struct Step {
    pub(super) id: &'static str,
    pub(super) group: &'static str,
    pub(super) title: &'static str,
    /// Whether it is part of `cargo xtask check`.
    pub(super) fast: bool,
    /// Whether its runner counts tests; otherwise the step itself counts as one.
    pub(super) counts: bool,
    /// Whether it runs only if `--only` names it.
    pub(super) on_request: bool,
    /// The step without which it cannot run.
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

type Run = fn(&Workspace, &mut Tally) -> Result<()>;

/// Creates a step of `cargo xtask check`, which counts as one.
const fn check(id: &'static str, group: &'static str, title: &'static str, run: Run) -> Step {
    Step {
        id,
        group,
        title,
        fast: true,
        counts: false,
        on_request: false,
        after: None,
        run,
    }
}

/// Creates a step of only `cargo xtask test`, which counts as one.
const fn slow(id: &'static str, group: &'static str, title: &'static str, run: Run) -> Step {
    Step {
        fast: false,
        ..check(id, group, title, run)
    }
}

/// Creates a step that takes minutes and runs before a release.
const fn on_request(id: &'static str, group: &'static str, title: &'static str, run: Run) -> Step {
    Step {
        on_request: true,
        ..slow(id, group, title, run)
    }
}

/// Creates a step whose runner counts tests.
const fn tests(id: &'static str, group: &'static str, title: &'static str, run: Run) -> Step {
    Step {
        counts: true,
        ..slow(id, group, title, run)
    }
}

/// All steps, in order.
pub(super) const STEPS: &[Step] = &[
    check("fmt", "rust", "Formatting", formatting),
    check("rules", "rust", "House rules", |workspace, _| {
        rules::check(workspace)
    }),
    check(
        "dependencies",
        "rust",
        "Licences and sources of dependencies",
        |workspace, _| dependencies::check(workspace),
    ),
    check("packages", "rust", "Packages", |workspace, _| {
        packages::check(workspace)
    }),
    check("deploy", "rust", "What deploy/ names", |workspace, _| {
        deploy::check(workspace)
    }),
    check("types", "js", "TypeScript types", types),
    check("clippy", "rust", "Lints, server half", lints_server),
    check("clippy-wasm", "rust", "Lints, browser half", lints_browser),
    slow(
        "left-out",
        "rust",
        "The app without what can be left out",
        |workspace, _| leave_out::check(workspace),
    ),
    slow("docs", "rust", "Documentation", docs),
    tests("js", "js", "Functions in convex/", functions),
    tests(
        "rust-tests",
        "rust",
        "Rust tests, server half",
        tests_server,
    ),
    tests(
        "rust-tests-bare",
        "rust",
        "Rust tests, libraries without the server half",
        tests_bare,
    ),
    // After the tests, which have compiled the local backend that these use.
    tests(
        "suites",
        "js",
        "Clients and suites of others against the local backend",
        suites,
    ),
    check("generated", "rust", "Generated code", generated),
    // Also after the tests.
    slow(
        "how-tos",
        "rust",
        "The code in docs/how-to",
        |workspace, _| how_tos::check(workspace),
    ),
    slow("build", "e2e", "Release build", release_build),
    Step {
        after: Some("build"),
        ..slow("size", "e2e", "What pages load", |workspace, _| {
            size::check(workspace)
        })
    },
    Step {
        after: Some("build"),
        ..tests("browser", "e2e", "Browser tests", browser)
    },
    on_request(
        "template",
        "e2e",
        "An app made from the template",
        |workspace, _| template::check(workspace),
    ),
];

/// Returns the names that `--only` and `--skip` accept.
pub(super) fn names() -> PossibleValuesParser {
    let groups = ["rust", "js", "e2e"];
    PossibleValuesParser::new(STEPS.iter().map(|step| step.id).chain(groups))
}

/// Creates a cargo command, without incremental compilation where nothing is built twice.
fn cargo(workspace: &Workspace, args: &[&str]) -> Command {
    let mut command = call(workspace, "cargo", args);
    if std::env::var_os("CI").is_some() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

fn formatting(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    run(&mut cargo(workspace, &["fmt", "--all", "--check"]), tally)
}

/// Features that are off by default. The release build compiles the code that is only there without them.
const EXTRA: &str = "server/otlp";

fn lints_server(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    run(
        &mut cargo(
            workspace,
            &[
                "clippy",
                "--all-targets",
                "--features",
                EXTRA,
                "--",
                "-D",
                "warnings",
            ],
        ),
        tally,
    )
}

/// Lints the crates that `frontend` depends on, and the examples of the hooks.
fn lints_browser(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut clippy = cargo(
        workspace,
        &[
            "clippy",
            "-p",
            "frontend",
            "-p",
            "leptos_convex",
            "-p",
            "conformance",
            "-p",
            "bench_page",
        ],
    );
    let pages = "bench_page/list,bench_page/auth,bench_page/islands-auth";
    clippy.args([
        "--features",
        "leptos_convex/hydrate,leptos_convex/islands",
        "--features",
        pages,
    ]);
    clippy.args(["--lib", "--examples"]);
    run(
        clippy.args(["--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]),
        tally,
    )
}

fn docs(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut doc = cargo(workspace, &["doc", "--no-deps", "--lib"]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings"), tally)
}

fn tests_server(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let arguments = ["test", "--no-fail-fast", "--features", EXTRA];
    again::test(|| cargo(workspace, &arguments), tally)
}

/// Tests the libraries without the server half. The feature `hydrate` needs a browser, so the browser tests cover it.
fn tests_bare(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let arguments = [
        "test",
        "--no-fail-fast",
        "-p",
        "leptos_convex",
        "-p",
        "leptos_better_auth",
    ];
    again::test(|| cargo(workspace, &arguments), tally)
}

fn generated(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    codegen::assert_fresh(workspace, BuildWith::DefaultMembers)
}

fn types(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    for folder in [".", "crates"] {
        let arguments = ["run", "--silent", "typecheck", "--prefix", folder];
        run(&mut call(workspace, "npm", &arguments), tally)?;
    }
    for folder in ["end2end", "crates/leptos_convex/browser-tests"] {
        let project = format!("../{folder}");
        let arguments = ["--no-install", "tsc", "--noEmit", "-p", &project];
        let mut browser_tests = call(workspace, "npx", &arguments);
        run(browser_tests.current_dir(workspace.path("end2end")), tally)?;
    }
    Ok(())
}

fn functions(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    run(&mut call(workspace, "npm", &["test"]), tally)
}

/// Runs the suites. For long runs, set `DIFFERENTIAL_RUNS`, see `crates/convex_local/README.md`.
fn suites(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let program = codegen::build_backend(workspace, BuildWith::DefaultMembers)?;
    let mut suites = call(
        workspace,
        "npm",
        &["test", "--silent", "--prefix", "crates"],
    );
    run(suites.env("CONVEX_LOCAL_BIN", program), tally)
}

fn release_build(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    run(
        &mut cargo(workspace, &["leptos", "build", "--release"]),
        tally,
    )?;
    // Otherwise a browser test would build this and slow down the others.
    let client = [
        "build",
        "-p",
        "conformance",
        "--target",
        "wasm32-unknown-unknown",
    ];
    let mut client = call(workspace, "cargo", &client);
    run(client.args(["--target-dir", "target/front"]), tally)
}

fn browser(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut tests = call(workspace, "npx", &["--no-install", "playwright", "test"]);
    choose_chromium(workspace, &mut tests);
    // The debug build may be newer, but is not the one to test.
    tests.env("E2E_SERVER_BIN", workspace.path("target/release/server"));
    run(tests.current_dir(workspace.path("end2end")), tally)
}
