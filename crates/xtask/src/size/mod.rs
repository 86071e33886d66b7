//! `cargo xtask size`: the bytes that each page loads, compared with the budget.

mod budget;
mod page;
mod pages;
mod references;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use clap::Args;
use leptos_convex_tasks::process::{call, run};
use leptos_convex_tasks::requirements::Need;
use leptos_convex_tasks::ui::{FAINT, grouped, paint};
use leptos_convex_tasks::workspace::Workspace;
use leptos_convex_tasks::{setup, ui};

use self::budget::Budget;
use self::page::{File, Kind, Page, Visitor};
pub(crate) use self::references::files_of_page;
use crate::module::Module;

/// Options of `cargo xtask size`.
#[derive(Debug, Args)]
#[command(after_help = "docs/size.md says how to read the tables, and what keeps a page small.")]
pub(crate) struct SizeArgs {
    /// Measure the existing build
    #[arg(long)]
    no_build: bool,
    /// Build the module again, with names, and list its bytes by crate
    #[arg(long)]
    parts: bool,
    /// Build the page of `end2end/bench/page` with more and more layers, and list what each layer adds
    #[arg(long)]
    layers: bool,
}

/// Crates that code is compiled for. If a function mentions several, the first one counts.
const USERS: &str =
    "app,leptos_better_auth,leptos_convex,leptos_router,leptos_meta,leptos,tachys,reactive_graph";

/// The layers of a page, each with the features of `bench_page` for it. Each includes the ones before it.
const HYDRATED: &[(&str, &str)] = &[
    ("a page that is hydrated", "hydration"),
    ("and the router", "router"),
    ("and leptos_convex: a live query, a mutation", "convex"),
    ("and leptos_better_auth: provider, session", "auth"),
];
const ISLANDS: &[(&str, &str)] = &[
    ("a page with an island", "islands"),
    (
        "and leptos_convex: a live query, a mutation",
        "islands-convex",
    ),
    ("and leptos_better_auth: provider, session", "islands-auth"),
];

/// Runs the command. Fails when a page loads more than the budget allows.
pub(crate) fn run_command(workspace: &Workspace, args: &SizeArgs) -> Result<ExitCode> {
    if args.parts || args.layers {
        setup::ensure(workspace, Need::Build, None)?;
        if args.parts {
            parts(workspace, args.no_build)?;
        }
        if args.layers {
            layers(workspace, args.no_build, HYDRATED)?;
            layers(workspace, args.no_build, ISLANDS)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if !args.no_build {
        setup::ensure(workspace, Need::Build, None)?;
        ui::begin("Building for release");
        let release = ["leptos", "build", "--release"];
        run(&mut call(workspace, "cargo", &release))?;
    }
    ui::begin("What pages load");
    check(workspace)?;
    Ok(ExitCode::SUCCESS)
}

/// Measures the release build, prints the tables, and compares them with the budget.
///
/// # Errors
/// When it cannot be measured, or something is over the budget.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let budget = Budget::of(workspace)?;
    let pages = pages::measure(workspace, &budget)?;
    anstream::println!();
    ui::table(&files_table(&pages));
    anstream::println!();
    ui::table(&pages_table(&pages, &budget));
    let excesses = budget.excesses(&pages);
    if !excesses.is_empty() {
        anstream::println!();
        bail!("{}", excesses.join("\n"));
    }
    Ok(())
}

/// Prints the bytes of the app's module by crate.
fn parts(workspace: &Workspace, is_built: bool) -> Result<()> {
    let module = Module {
        package: "frontend",
        features: "",
        out: "target/size/parts",
        named: true,
    };
    if !is_built {
        ui::begin("Building the module with names");
        module.build(workspace)?;
    }
    ui::begin("Whose code the module is");
    let file = format!("{}/{}_bg.wasm", module.out, module.package);
    run(&mut sizes(workspace, &["parts", &file, "--for", USERS]))
}

/// Prints what each layer adds to a page.
fn layers(workspace: &Workspace, is_built: bool, layers: &[(&str, &str)]) -> Result<()> {
    let mut folders = Vec::new();
    for (name, features) in layers {
        let out = format!("target/size/layers/{features}");
        let page = Module {
            package: "bench_page",
            features,
            out: &out,
            named: false,
        };
        if !is_built {
            ui::begin(&format!("Building bench_page with {features}"));
            page.build_minified(workspace)?;
        }
        folders.push(format!("{name}={out}"));
    }
    ui::begin("What each layer adds");
    run(sizes(workspace, &["layers"]).args(folders))
}

/// Creates a command for the program that compresses files and analyses modules. It is separate because of its
/// dependencies.
fn sizes(workspace: &Workspace, args: &[&str]) -> Command {
    let mut program = call(
        workspace,
        "cargo",
        &["run", "--quiet", "--package", "sizes"],
    );
    program.arg("--").args(args);
    program
}

/// Lists all files that some page loads.
fn files_table(pages: &[Page]) -> Vec<Vec<String>> {
    let mut files: BTreeMap<(Kind, &str), &File> = BTreeMap::new();
    for file in pages.iter().flat_map(|page| &page.files) {
        files.insert((file.kind, &file.path), file);
    }
    let mut rows = vec![header(&["file", "raw", "brotli"])];
    for file in files.into_values() {
        let path = file.path.clone();
        rows.push(vec![path, right(file.raw), right(file.brotli)]);
    }
    rows
}

/// Lists the pages, with one row for both visitors if both load the same, then the budget.
fn pages_table(pages: &[Page], budget: &Budget) -> Vec<Vec<String>> {
    let mut rows = vec![header(&[
        "page (brotli; html raw)",
        "visitor",
        "html",
        "wasm",
        "js",
        "css",
        "code + css",
    ])];
    for both in pages.chunk_by(|a, b| a.path == b.path) {
        let is_same = both
            .iter()
            .all(|page| page.to.is_none() && both[0].to.is_none() && page.files == both[0].files);
        if is_same {
            // The larger of the two documents.
            let largest = both.iter().max_by_key(|page| page.html);
            rows.extend(largest.map(|page| row(page, "anybody")));
        } else {
            rows.extend(both.iter().map(|page| row(page, page.visitor.name())));
        }
    }
    let mut last = vec!["budget of a page".to_owned(), String::new(), String::new()];
    last.extend(Kind::ALL.map(|kind| right(budget.usual(kind))));
    rows.push(last);
    rows
}

fn row(page: &Page, visitor: &str) -> Vec<String> {
    let mut row = vec![page.path.clone(), visitor.to_owned()];
    if let Some(to) = &page.to {
        row.extend(vec![String::new(); Kind::ALL.len() + 1]);
        row.push(format!("leads to {to}"));
        return row;
    }
    let sizes = Kind::ALL.map(|kind| page.brotli(kind));
    row.push(right(page.html));
    row.extend(sizes.map(right));
    row.push(right(sizes.iter().sum()));
    row
}

impl Visitor {
    const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed out",
            Self::SignedIn => "signed in",
        }
    }
}

/// Formats the names of columns, right-aligned above numbers.
fn header(names: &[&str]) -> Vec<String> {
    let cell = |(index, name): (usize, &&str)| match (index, *name) {
        (0, name) | (_, name @ "visitor") => paint(FAINT, name),
        (_, name) => paint(FAINT, &format!("{name:>9}")),
    };
    names.iter().enumerate().map(cell).collect()
}

fn right(number: usize) -> String {
    format!("{:>9}", grouped(number))
}
