//! The optional parts of the app: the table of `docs/how-to/leave-things-out.md`.

use anyhow::{Result, bail};
use leptos_convex_tasks::workspace::Workspace;

/// The document with the table.
pub(crate) const HOW_TO: &str = "docs/how-to/leave-things-out.md";

/// The routes and tables by which tests of functions that need a part are recognised, by the mark of the part.
const USES: &[(&str, &[&str])] = &[
    ("// two-factor", &["/two-factor/", "\"twoFactor\""]),
    ("// guest", &["/sign-in/anonymous"]),
];

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its name, `two-factor sign-in`.
    pub(crate) what: String,
    /// The files and folders to delete, from the root of the repository.
    pub(crate) paths: Vec<String>,
    /// The end of the lines to delete, `// guest`.
    pub(crate) mark: String,
}

impl Part {
    /// Returns whether the line belongs to the part.
    pub(crate) fn has_line(&self, line: &str) -> bool {
        line.trim_end().ends_with(&self.mark)
    }

    /// Returns whether the file is a test of functions that fails without the part.
    pub(crate) fn is_tested_by(&self, path: &str, text: &str) -> bool {
        let of_part = USES.iter().filter(|(mark, _)| *mark == self.mark);
        let mut uses = of_part.flat_map(|(_, uses)| *uses);
        path.ends_with(".test.ts") && uses.any(|it| text.contains(it))
    }

    /// Returns whether the line of `convex/_generated/api.d.ts` names a module that belongs to the part.
    pub(crate) fn has_generated_line(&self, line: &str) -> bool {
        let modules = self.paths.iter().filter_map(|path| {
            let module = path.strip_prefix("convex/")?.strip_suffix(".ts")?;
            (!module.contains('.')).then_some(module)
        });
        let mut modules = modules.map(|module| {
            line.contains(&format!("\"../{module}.js\""))
                || line.trim_start().starts_with(&format!("{module}: "))
        });
        modules.any(|is_named| is_named)
    }
}

/// Reads the table.
///
/// # Errors
/// When there is none.
pub(crate) fn read(workspace: &Workspace) -> Result<Vec<Part>> {
    parse(&workspace.read(HOW_TO)?)
}

/// Parses the rows: the name in the first column, what to delete in the second, the mark of the lines in the third.
fn parse(how_to: &str) -> Result<Vec<Part>> {
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
            let what = (*cells.get(1)?).to_owned();
            let (paths, marks): (Vec<String>, Vec<String>) =
                (quoted(cells.get(2)?), quoted(cells.get(3)?));
            let mark = marks.into_iter().next()?;
            let is_mark = mark.starts_with("// ");
            is_mark.then_some(Part { what, paths, mark })
        })
        .collect();
    if parts.is_empty() || parts.iter().any(|part| part.paths.is_empty()) {
        bail!("{HOW_TO} has no table of what to delete");
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_to_delete() {
        let table = "| without | delete | lines |\n|---|---|---|\n\
                     | mails | `app/src/dev/`, `convex/m.ts` | `// dev` |\n";
        let expected = Part {
            what: "mails".to_owned(),
            paths: ["app/src/dev/", "convex/m.ts"].map(str::to_owned).to_vec(),
            mark: "// dev".to_owned(),
        };
        assert_eq!(parse(table).expect("a table"), [expected]);
        assert!(parse("# Leave things out\n").is_err());
        assert!(parse("| mails | nothing | `// dev` | |\n").is_err());
    }

    #[test]
    fn marked_lines_and_generated_lines_of_its_modules_belong_to_a_part() {
        let part = Part {
            what: "mails".to_owned(),
            paths: ["convex/mails.ts", "convex/mails.test.ts"]
                .map(str::to_owned)
                .to_vec(),
            mark: "// dev".to_owned(),
        };
        assert!(part.has_line("    <Dev/> // dev  "));
        assert!(!part.has_line("let b; // devices") && !part.has_line("// devil"));
        assert!(part.has_generated_line("import type * as mails from \"../mails.js\";"));
        assert!(part.has_generated_line("  mails: typeof mails;"));
        assert!(!part.has_generated_line("  mailsOf: typeof mailsOf;"));
    }
}
