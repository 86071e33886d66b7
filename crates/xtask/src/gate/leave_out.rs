//! The app without the parts that `docs/how-to/leave-things-out.md` says how to delete: the steps of its table,
//! followed in a copy that must compile without a warning.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{call, run};
use crate::workspace::Workspace;

const HOW_TO: &str = "docs/how-to/leave-things-out.md";

/// The copy. Its target folder is the checkout's own, so that dependencies are not compiled again.
const COPY: &str = "target/left-out";

/// The crates that are copied.
const CRATES: [&str; 2] = ["app", "server"];

/// The version of the copied crates, so that cargo does not take what it built of them for the real ones.
const VERSION: &str = "0.0.0-left-out";

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    /// The files and folders to delete, from the root of the repository.
    paths: Vec<String>,
    /// The end of the lines to delete, `// guest`.
    mark: String,
}

/// Follows the table and builds what is left.
///
/// # Errors
/// When a step finds nothing to delete, or what is left does not compile without a warning.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let parts = parts(&workspace.read(HOW_TO)?)?;
    let copy = workspace.path(COPY);
    if copy.exists() {
        fs::remove_dir_all(&copy).context("removing the last copy")?;
    }
    for name in CRATES {
        copy_folder(&workspace.path(name), &copy.join(name))?;
    }
    fs::write(
        copy.join("Cargo.toml"),
        manifest(&workspace.read("Cargo.toml")?)?,
    )?;
    fs::copy(workspace.path("Cargo.lock"), copy.join("Cargo.lock"))?;
    for part in &parts {
        leave_out(&copy, part)?;
    }
    let arguments = [
        "clippy",
        "--offline",
        "--no-deps",
        "-p",
        "app",
        "-p",
        "server",
    ];
    let mut clippy = call(workspace, "cargo", &arguments);
    clippy
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", workspace.path("target"));
    run(clippy.args(["--", "-D", "warnings"]))
        .with_context(|| format!("without what {HOW_TO} says to delete"))
}

/// The rows of the table: what to delete in the second column, the mark of the lines in the third.
fn parts(how_to: &str) -> Result<Vec<Part>> {
    let rows = how_to.lines().filter(|line| line.starts_with("| "));
    let parts: Vec<Part> = rows
        .filter_map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let quoted = |cell: &str| {
                cell.split('`')
                    .skip(1)
                    .step_by(2)
                    .map(str::to_owned)
                    .collect()
            };
            let (paths, marks): (Vec<String>, Vec<String>) =
                (quoted(cells.get(2)?), quoted(cells.get(3)?));
            let mark = marks.into_iter().next()?;
            mark.starts_with("// ").then_some(Part { paths, mark })
        })
        .collect();
    if parts.is_empty() || parts.iter().any(|part| part.paths.is_empty()) {
        bail!("{HOW_TO} has no table of what to delete");
    }
    Ok(parts)
}

/// The manifest of the copy: that of the workspace with two members, and the other crates where they are.
fn manifest(root: &str) -> Result<String> {
    let package = root
        .find("[workspace.package]")
        .context("Cargo.toml has no [workspace.package]")?;
    let rest = root[package..]
        .replacen(
            "version = \"0.1.0\"",
            &format!("version = \"{VERSION}\""),
            1,
        )
        .replace("path = \"crates/", "path = \"../../crates/");
    if !rest.contains(VERSION) {
        bail!("the version in [workspace.package] is not the one that is expected here");
    }
    let members = CRATES.map(|name| format!("\"{name}\"")).join(", ");
    Ok(format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n{rest}"
    ))
}

/// Deletes the part's files and its lines.
fn leave_out(copy: &Path, part: &Part) -> Result<()> {
    for path in &part.paths {
        let path = copy.join(path);
        if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .with_context(|| format!("{HOW_TO} says to delete {}", path.display()))?;
    }
    let mut deleted = 0;
    for file in CRATES.iter().flat_map(|name| files(&copy.join(name))) {
        let text = fs::read_to_string(&file)?;
        let (rest, lines) = without_lines(&text, &part.mark);
        if lines > 0 {
            fs::write(&file, rest)?;
        }
        deleted += lines;
    }
    if deleted == 0 {
        bail!("no line ends in {}, as {HOW_TO} says", part.mark);
    }
    Ok(())
}

/// The text without the lines that end in this mark, and how many they are.
fn without_lines(text: &str, mark: &str) -> (String, usize) {
    let (marked, kept): (Vec<&str>, Vec<&str>) = text
        .split_inclusive('\n')
        .partition(|line| line.trim_end().ends_with(mark));
    (kept.concat(), marked.len())
}

/// Copies a folder.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for file in all(from) {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &target).with_context(|| format!("copying {}", file.display()))?;
    }
    Ok(())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = all(folder);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files
}

fn all(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => all(&path),
            path => vec![path],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Part, manifest, parts, without_lines};

    #[test]
    fn the_table_says_what_to_delete() {
        let table = "| without | delete | lines | there |\n|---|---|---|---|\n\
                     | mails | `app/src/dev/`, `server/src/m.rs` | `// dev` | `x` |\n";
        let expected = Part {
            paths: ["app/src/dev/", "server/src/m.rs"]
                .map(str::to_owned)
                .to_vec(),
            mark: "// dev".to_owned(),
        };
        assert_eq!(parts(table).expect("a table"), [expected]);
        assert!(parts("# Leave things out\n").is_err());
        assert!(parts("| mails | nothing | `// dev` | |\n").is_err());
    }

    #[test]
    fn marked_lines_go_and_others_stay() {
        let text = "mod a;\nmod dev; // dev\n    <Dev/> // dev  \nlet b; // devices\n// devil\n";
        let (rest, deleted) = without_lines(text, "// dev");
        assert_eq!(
            (rest.as_str(), deleted),
            ("mod a;\nlet b; // devices\n// devil\n", 2)
        );
    }

    #[test]
    fn the_copy_has_two_members_and_a_version_of_its_own() {
        let root = "[workspace]\nmembers = [\"x\"]\n\n[workspace.package]\nversion = \"0.1.0\"\n\
                    [workspace.dependencies]\na = { path = \"crates/a\", version = \"0.1.0\" }\n";
        assert_eq!(
            manifest(root).expect("a manifest"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"server\"]\n\n\
             [workspace.package]\nversion = \"0.0.0-left-out\"\n\
             [workspace.dependencies]\na = { path = \"../../crates/a\", version = \"0.1.0\" }\n"
        );
        assert!(manifest("[workspace]\n").is_err());
    }
}
