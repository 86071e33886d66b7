//! The questions of `cargo generate`, and what the answers leave out.

use anyhow::{Context, Result, bail};

use super::{Files, change};
use crate::parts::Part;

/// The file that is generated from the functions in `convex/`.
const GENERATED: &str = "convex/_generated/api.d.ts";

/// Writes `cargo-generate.toml`, and conditions into the files that depend on answers.
///
/// # Errors
/// When a file that depends on an answer is not text, or contains Liquid syntax.
pub(super) fn ask(files: &mut Files, parts: &[Part]) -> Result<()> {
    let paths: Vec<String> = files.keys().cloned().collect();
    let mut asked = Vec::new();
    for path in paths {
        let Some(text) = files
            .get(&path)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
        else {
            continue;
        };
        let is_generated = path == GENERATED;
        let is_source = path.ends_with(".rs") || path.ends_with(".ts");
        let goes_with = |line: &str| {
            parts.iter().find(|part| {
                (is_source && part.has_line(line))
                    || (is_generated && part.has_generated_line(line))
            })
        };
        let depends = text.lines().any(|line| goes_with(line).is_some());
        let is_named = text.contains("{{ project-name");
        if !depends && !is_named {
            continue;
        }
        if depends && (text.contains("{%") || (text.contains("{{") && !is_named)) {
            bail!(
                "{path} has lines that can be left out, and `{{{{` or `{{%`, which Liquid would take for its own"
            );
        }
        asked.push(path.clone());
        change(files, &path, |text| Ok(conditional(text, goes_with)))?;
    }
    let settings = settings(files, parts, &asked)?;
    files.insert("cargo-generate.toml".to_owned(), settings.into_bytes());
    Ok(())
}

/// Puts a condition around each run of lines that belong to a part.
fn conditional<'a>(text: &str, goes_with: impl Fn(&str) -> Option<&'a Part>) -> String {
    let mut out = String::new();
    let mut open: Option<&Part> = None;
    for line in text.split_inclusive('\n') {
        let part = goes_with(line);
        if part != open {
            if open.is_some() {
                out.push_str("{% endif %}");
            }
            if let Some(part) = part {
                out.push_str(&format!("{{% if {} %}}", variable(part)));
            }
            open = part;
        }
        out.push_str(line);
    }
    if open.is_some() {
        out.push_str("{% endif %}");
    }
    out
}

/// Returns the name of the answer for a part: `two_factor`.
pub(crate) fn variable(part: &Part) -> String {
    part.mark.trim_start_matches("// ").replace('-', "_")
}

fn settings(files: &Files, parts: &[Part], asked: &[String]) -> Result<String> {
    let mut text = format!(
        "[template]\ncargo_generate_version = \">=0.23.0\"\n\
         # The files with names and conditions in them. All others are copied as they are.\ninclude = {}\n\n[placeholders]\n",
        list(asked)
    );
    for part in parts {
        let (name, what) = (variable(part), &part.what);
        text.push_str(&format!(
            "{name} = {{ type = \"bool\", prompt = \"With {what}?\", default = true }}\n"
        ));
    }
    for part in parts {
        let mut gone = Vec::new();
        for path in &part.paths {
            let folder = path.trim_end_matches('/');
            let is_there = files
                .keys()
                .any(|file| std::path::Path::new(file).starts_with(folder));
            is_there
                .then(|| gone.push(folder.to_owned()))
                .with_context(|| {
                    format!("{path} is to be left out, and the template does not have it")
                })?;
        }
        gone.extend(tests_of(files, part).filter(|test| !part.paths.contains(test)));
        text.push_str(&format!(
            "\n[conditional.'{} == false']\nignore = {}\n",
            variable(part),
            list(&gone)
        ));
    }
    Ok(text)
}

/// Lists the tests of functions that fail without the part.
fn tests_of<'a>(files: &'a Files, part: &'a Part) -> impl Iterator<Item = String> + 'a {
    let tests = files
        .iter()
        .filter(|(path, bytes)| part.is_tested_by(path, &String::from_utf8_lossy(bytes)));
    tests.map(|(path, _)| path.clone())
}

fn list(paths: &[String]) -> String {
    let quoted: String = paths
        .iter()
        .map(|path| format!("    \"{path}\",\n"))
        .collect();
    format!("[\n{quoted}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guests() -> Part {
        Part {
            what: "guests".to_owned(),
            paths: vec!["app/guest.rs".to_owned()],
            mark: "// guest".to_owned(),
        }
    }

    fn files(texts: &[(&str, &str)]) -> Files {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
        texts.iter().map(owned).collect()
    }

    #[test]
    fn marked_lines_depend_on_the_answer() {
        let mut files = files(&[
            ("app/guest.rs", "fn guest() {}\n"),
            (
                "app/lib.rs",
                "mod a;\nmod guest; // guest\nuse guest::G; // guest\nmod b;\n",
            ),
            ("convex/guest.test.ts", "post(\"/sign-in/anonymous\")\n"),
            ("other.rs", "format!(\"{{}}\")\n"),
        ]);
        ask(&mut files, &[guests()]).expect("asked");
        let text = |path: &str| String::from_utf8_lossy(&files[path]).into_owned();
        assert_eq!(
            text("app/lib.rs"),
            "mod a;\n{% if guest %}mod guest; // guest\nuse guest::G; // guest\n{% endif %}mod b;\n"
        );
        assert_eq!(text("other.rs"), "format!(\"{{}}\")\n");
        assert_eq!(
            text("cargo-generate.toml"),
            "[template]\ncargo_generate_version = \">=0.23.0\"\n\
             # The files with names and conditions in them. All others are copied as they are.\n\
             include = [\n    \"app/lib.rs\",\n]\n\n[placeholders]\n\
             guest = { type = \"bool\", prompt = \"With guests?\", default = true }\n\n\
             [conditional.'guest == false']\n\
             ignore = [\n    \"app/guest.rs\",\n    \"convex/guest.test.ts\",\n]\n"
        );
    }

    #[test]
    fn a_file_that_liquid_would_change_is_refused() {
        let mut files = files(&[
            ("app/guest.rs", ""),
            ("a.rs", "mod g; // guest\nformat!(\"{{}}\")\n"),
        ]);
        assert!(ask(&mut files, &[guests()]).is_err());
    }
}
