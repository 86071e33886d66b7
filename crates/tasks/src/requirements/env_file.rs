//! Incomplete or mistyped settings in `.env.local` and the environment, reported before the server refuses them.

use std::collections::BTreeMap;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use env_file::EnvFile;

use super::{Need, Requirement, State};
use crate::workspace::Workspace;

pub(super) const SETTINGS: Requirement = Requirement {
    name: "settings",
    need: Need::Advice,
    probe: settings,
    install: None,
};

fn settings(workspace: &Workspace) -> State {
    let file = workspace.read(".env.local").unwrap_or_default();
    let known = known_names(&workspace.read(".env.example").unwrap_or_default());
    let file = env_file::parse(&file);
    if let Some(line) = file.ignored.first() {
        return State::broken(
            format!(".env.local line {line} is not NAME=value, or a quote in it is not closed"),
            "fix that line: nothing reads it",
        );
    }
    let mut values = values(&file);
    for name in &known {
        if let Ok(value) = std::env::var(name) {
            values.insert(name.clone(), value);
        }
    }
    values.retain(|_, value| !value.is_empty());
    match first_problem(&values, &known) {
        Some((found, mend)) => State::caution(found, mend),
        None => State::ready(summary(&values)),
    }
}

fn values(file: &EnvFile) -> BTreeMap<String, String> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    file.iter().map(owned).collect()
}

/// Describes what the server will do with these settings.
fn summary(values: &BTreeMap<String, String>) -> String {
    match values.get("CONVEX_URL") {
        Some(url) => format!("deployment {url}"),
        None => "embedded backend (CONVEX_URL is not set)".to_owned(),
    }
}

/// Lists the names in `.env.example`, commented out or not.
fn known_names(example: &str) -> Vec<String> {
    example
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect()
}

/// Finds the first mistake: what was found, and how to fix it.
fn first_problem(values: &BTreeMap<String, String>, known: &[String]) -> Option<(String, String)> {
    half_set(values, "CONVEX_URL", "CONVEX_SITE_URL")
        .or_else(|| half_set_provider(values, known))
        .or_else(|| bad_url(values))
        .or_else(|| mistyped(values, known))
        .or_else(|| unreachable(values))
}

/// Finds a sign-in provider of `.env.example` with only one of its two credentials.
fn half_set_provider(
    values: &BTreeMap<String, String>,
    known: &[String],
) -> Option<(String, String)> {
    known.iter().find_map(|id| {
        let provider = id.strip_suffix("_CLIENT_ID")?;
        half_set(values, id, &format!("{provider}_CLIENT_SECRET"))
    })
}

/// Checks two names that must be set together.
fn half_set(values: &BTreeMap<String, String>, a: &str, b: &str) -> Option<(String, String)> {
    let (there, missing) = match (values.contains_key(a), values.contains_key(b)) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return None,
    };
    Some((
        format!("{there} is set, {missing} is not"),
        format!("set {missing} too, or neither (.env.example)"),
    ))
}

fn bad_url(values: &BTreeMap<String, String>) -> Option<(String, String)> {
    ["CONVEX_URL", "CONVEX_SITE_URL", "SITE_URL"]
        .iter()
        .find_map(|name| {
            let value = values.get(*name)?;
            let rest = value
                .strip_prefix("https://")
                .or_else(|| value.strip_prefix("http://"));
            let is_origin = rest.is_some_and(|rest| {
                let host = rest.strip_suffix('/').unwrap_or(rest);
                !host.is_empty() && !host.contains(['/', '?', '#', ' '])
            });
            (!is_origin).then(|| {
                (
                    format!("{name}={value}"),
                    "an origin is meant: http(s)://host[:port], no path".to_owned(),
                )
            })
        })
}

/// Finds a name in `.env.local` that nothing reads but that resembles a known one.
fn mistyped(values: &BTreeMap<String, String>, known: &[String]) -> Option<(String, String)> {
    values
        .keys()
        .filter(|name| !known.contains(name))
        .find_map(|name| {
            let near = known.iter().find(|known| distance(name, known) <= 2)?;
            Some((
                format!("nothing reads {name}"),
                format!("did you mean {near}?"),
            ))
        })
}

/// Returns the number of edits between two names (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replace = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = replace.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Finds a deployment on this machine that does not answer. The server checks other deployments itself.
fn unreachable(values: &BTreeMap<String, String>) -> Option<(String, String)> {
    let url = values.get("CONVEX_URL")?;
    let host = url.strip_prefix("http://")?.trim_end_matches('/');
    let address = host
        .to_socket_addrs()
        .ok()?
        .find(|address| address.ip().is_loopback())?;
    match TcpStream::connect_timeout(&address, Duration::from_millis(500)) {
        Ok(_) => None,
        Err(_) => Some((
            format!("nothing answers at {url}"),
            "start it (npx convex dev), or take CONVEX_URL out of .env.local".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{first_problem, known_names, values};

    fn problem(file: &str) -> Option<String> {
        let example = "# CONVEX_URL=\n# CONVEX_SITE_URL=\nSITE_URL=http://localhost:3000\n\
                       # GITHUB_CLIENT_ID=\n# GITHUB_CLIENT_SECRET=\n\
                       # GOOGLE_CLIENT_ID=\n# GOOGLE_CLIENT_SECRET=\n";
        let values = values(&env_file::parse(file));
        first_problem(&values, &known_names(example)).map(|(found, _)| found)
    }

    #[test]
    fn names_half_set_and_mistyped_settings() {
        assert_eq!(problem(""), None);
        assert_eq!(
            problem("# nothing\nSITE_URL=\"https://app.example\"\n"),
            None
        );
        assert_eq!(
            problem("GITHUB_CLIENT_ID=abc").as_deref(),
            Some("GITHUB_CLIENT_ID is set, GITHUB_CLIENT_SECRET is not")
        );
        assert_eq!(
            problem("GOOGLE_CLIENT_SECRET=abc").as_deref(),
            Some("GOOGLE_CLIENT_SECRET is set, GOOGLE_CLIENT_ID is not")
        );
        assert_eq!(
            problem("SITE_URL=localhost:3000").as_deref(),
            Some("SITE_URL=localhost:3000")
        );
        assert_eq!(
            problem("SITE_URL=http://a.example/app").as_deref(),
            Some("SITE_URL=http://a.example/app")
        );
        assert_eq!(
            problem("SITE_ULR=http://a.example").as_deref(),
            Some("nothing reads SITE_ULR")
        );
        assert_eq!(problem("CONVEX_DEPLOYMENT=dev:happy-otter-1"), None);
    }

    #[test]
    fn reads_values_as_the_server_does() {
        // Blanks around `=`, quotes, a comment, and blanks without quotes, which a simpler parser would read wrongly.
        let file =
            "SITE_URL = \"https://app.example\" # ours\nEMAIL_FROM=App <hello@app.example>\n";
        assert_eq!(problem(file), None);
    }
}
