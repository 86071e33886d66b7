//! The code of the how-tos, in a copy of the app, at the places that they name.
//!
//! The copy must compile for the server and for the browser without a warning, and its functions must have correct
//! types. A fence names the place of its code ([`Place`](snippet::Place)), so a reader of the page does not see it.

mod snippet;

use std::fs;

use anyhow::{Context, Result};
use leptos_convex_tasks::codegen::{self, BuildWith};
use leptos_convex_tasks::workspace::Workspace;

use self::snippet::{Snippet, snippets};
use super::copy::{Copy, FUNCTIONS};

/// The pages, in the order in which their code is put into the copy.
const PAGES: &[&str] = &[
    "docs/how-to/add-a-function.md",
    "docs/how-to/add-a-page.md",
    "docs/how-to/show-live-data.md",
    "docs/how-to/add-a-provider.md",
    "docs/forms.md",
];

/// The start of the module for snippets that are only bodies, with the names that they use but do not import.
const BODIES: &str = "\
#![allow(warnings, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction, reason = \"parts\")]
use leptos::prelude::*;
use leptos_better_auth::{server::*, *};
use leptos_convex::{server::*, *};
use crate::{api::{self, todos::CreateArgs}, paths};
";

/// Follows the how-tos and compiles the result.
///
/// # Errors
/// When a snippet has no place, or the result does not compile without a warning.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let mut all: Vec<Snippet> = Vec::new();
    for page in PAGES {
        all.extend(snippets(page, &workspace.read(page)?)?);
    }
    let copy = Copy::make(workspace, "how-tos")?;
    for snippet in &all {
        snippet.put(copy.root())?;
    }
    codegen::refresh_copy(workspace, copy.root(), BuildWith::DefaultMembers)?;
    for snippet in &all {
        snippet.find(copy.root())?;
    }
    add_bodies(&copy, &all)?;
    copy.check_types()
        .with_context(|| format!("TypeScript of the how-tos, in target/how-tos/{FUNCTIONS}"))?;
    copy.lint_server()
        .context("Rust of the how-tos on the server, in target/how-tos")?;
    copy.lint_browser()
        .context("Rust of the how-tos in the browser, in target/how-tos")
}

/// Adds the module of bodies to the app.
fn add_bodies(copy: &Copy<'_>, all: &[Snippet]) -> Result<()> {
    let mut bodies = BODIES.to_owned();
    for (number, snippet) in all.iter().enumerate() {
        if let Some(item) = snippet.item(number) {
            bodies.push_str(&format!("\n// {}\n{item}", snippet.from));
        }
    }
    let app = copy.root().join("app/src");
    fs::write(app.join("how_tos.rs"), bodies)?;
    let root = app.join("lib.rs");
    let lib = fs::read_to_string(&root)?;
    fs::write(
        root,
        format!("{lib}\n#[cfg(feature = \"ssr\")]\nmod how_tos;\n"),
    )?;
    Ok(())
}
