//! The app without the parts in `docs/how-to/leave-things-out.md`.
//!
//! The steps of its table are followed in a copy. The copy must compile without a warning, and its functions must have
//! correct types and pass their tests.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::workspace::Workspace;

use super::copy::Copy;
use crate::parts::{self, HOW_TO, Part};

/// The file that is generated from the functions.
const GENERATED: &str = "convex/_generated/api.d.ts";

/// Follows the table, then builds and tests what is left.
///
/// # Errors
/// When a step finds nothing to delete, or what is left does not compile without a warning, or fails its tests.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let copy = Copy::make(workspace, "left-out")?;
    let parts = parts::read(workspace)?;
    for part in &parts {
        leave_out(&copy, part)?;
    }
    delete_tests(&copy, &parts)?;
    copy.test_functions()
        .with_context(|| format!("tests of the functions without what {HOW_TO} says to delete"))?;
    copy.check_types()
        .with_context(|| format!("types of the functions without what {HOW_TO} says to delete"))?;
    copy.lint_server()
        .with_context(|| format!("without what {HOW_TO} says to delete"))
}

/// Deletes the part's files and its lines.
fn leave_out(copy: &Copy<'_>, part: &Part) -> Result<()> {
    for path in &part.paths {
        let path = copy.root().join(path);
        if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .with_context(|| format!("{HOW_TO} says to delete {}", path.display()))?;
    }
    let mut deleted = 0;
    for file in copy.sources() {
        deleted += delete_lines(&file, |line| part.has_line(line))?;
    }
    if deleted == 0 {
        bail!("no line ends in {}, as {HOW_TO} says", part.mark);
    }
    let generated = copy.root().join(GENERATED);
    delete_lines(&generated, |line| part.has_generated_line(line))?;
    Ok(())
}

/// Deletes the tests of functions that need a part.
fn delete_tests(copy: &Copy<'_>, parts: &[Part]) -> Result<()> {
    for file in copy.sources() {
        let text = fs::read_to_string(&file)?;
        let path = file.to_string_lossy();
        if parts.iter().any(|part| part.is_tested_by(&path, &text)) {
            fs::remove_file(&file)?;
        }
    }
    Ok(())
}

/// Deletes lines of a file and returns how many they are.
fn delete_lines(file: &Path, goes: impl Fn(&str) -> bool) -> Result<usize> {
    let text = fs::read_to_string(file)?;
    let (gone, kept): (Vec<&str>, Vec<&str>) =
        text.split_inclusive('\n').partition(|line| goes(line));
    if !gone.is_empty() {
        fs::write(file, kept.concat())?;
    }
    Ok(gone.len())
}
