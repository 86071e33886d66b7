//! The npm packages and the names of an app.

use anyhow::{Context, Result};

use super::{Files, change, replaced};

/// The name of the app as a placeholder of Liquid.
const NAME: &str = "\"name\": \"{{ project-name }}\"";
/// The name in this repository.
const OURS: &str = "\"name\": \"leptos-convex-better-auth\"";
const TITLE: &str = "\"{{ project-name | title_case }}\"";

/// Changes the files of npm.
///
/// # Errors
/// When a file has an unexpected form.
pub(super) fn adapt(files: &mut Files) -> Result<()> {
    change(files, "package.json", package)?;
    change(files, "package-lock.json", |text| {
        replaced(text, OURS, NAME)
    })?;
    change(files, ".gitignore", |text| {
        let kept = text
            .lines()
            .filter(|line| !line.starts_with("/end2end/") && !line.starts_with("/deploy/"));
        Ok(kept.flat_map(|line| [line, "\n"]).collect())
    })?;
    let named = |text: &str| replaced(text, "\"Leptos + Convex\"", TITLE);
    let output = |text: &str| replaced(text, "leptos-convex-better-auth", "{{ project-name }}");
    change(files, ".env.example", output)?;
    change(files, "server/src/config/site.rs", output)?;
    change(files, "app/src/lib.rs", named)?;
    change(files, "convex/mails.ts", named)
}

/// The scripts that an app keeps. The others are for the crates.
const SCRIPTS: &[&str] = &["typecheck", "test", "generate:auth-schema"];

fn package(text: &str) -> Result<String> {
    let mut in_scripts = false;
    let mut kept = String::new();
    for line in replaced(text, OURS, NAME)?.lines() {
        in_scripts = (in_scripts && line != "  },") || line == "  \"scripts\": {";
        let key = line
            .strip_prefix("    \"")
            .and_then(|rest| rest.split('"').next());
        match key.filter(|_| in_scripts) {
            Some(script) if !SCRIPTS.contains(&script) => continue,
            Some("typecheck") => kept.push_str("    \"typecheck\": \"tsc --noEmit -p convex\","),
            _ => kept.push_str(line),
        }
        kept.push('\n');
    }
    let _: serde_json::Value =
        serde_json::from_str(&kept).context("the scripts cannot be left out")?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_has_the_scripts_about_its_functions() {
        let ours = r#"{
  "name": "leptos-convex-better-auth",
  "scripts": {
    "typecheck": "tsc -p convex && tsc -p crates",
    "test": "vitest run",
    "test:suites": "vitest run crates",
    "generate:auth-schema": "auth"
  },
  "dependencies": {
    "convex": "1"
  }
}
"#;
        let app = r#"{
  "name": "{{ project-name }}",
  "scripts": {
    "typecheck": "tsc --noEmit -p convex",
    "test": "vitest run",
    "generate:auth-schema": "auth"
  },
  "dependencies": {
    "convex": "1"
  }
}
"#;
        assert_eq!(package(ours).expect("a package"), app);
    }
}
