//! Two mistakes in the backend's files that no compiler finds.

use serde_json::Value;

use super::{Need, Requirement, State};
use crate::version::Version;
use crate::workspace::Workspace;

pub(super) const BETTER_AUTH: Requirement = Requirement {
    name: "better-auth",
    need: Need::Advice,
    probe: better_auth,
    install: None,
};

pub(super) const COOKIE_CACHE: Requirement = Requirement {
    name: "session cache",
    need: Need::Advice,
    probe: cookie_cache,
    install: None,
};

/// The oldest version that works with `@convex-dev/better-auth` 0.12.5 (docs/versions.md).
const OLDEST: Version = Version::new(1, 6, 15);
const NEWEST: Version = Version::new(1, 6, 34);

fn better_auth(workspace: &Workspace) -> State {
    let manifest = workspace.read("package.json").unwrap_or_default();
    let manifest: Value = serde_json::from_str(&manifest).unwrap_or_default();
    let range = ["dependencies", "devDependencies"]
        .iter()
        .find_map(|table| manifest[*table]["better-auth"].as_str());
    let Some(range) = range else {
        return State::broken("not in package.json", "git checkout -- package.json");
    };
    let exact = range.starts_with(|c: char| c.is_ascii_digit());
    match Version::parse(range) {
        Some(found) if exact && (OLDEST..=NEWEST).contains(&found) => State::ready(range),
        _ => State::caution(
            range,
            format!("pin one of {OLDEST} to {NEWEST} in package.json (docs/versions.md)"),
        ),
    }
}

/// With `session.cookieCache`, the token endpoint keeps issuing tokens for deleted sessions.
fn cookie_cache(workspace: &Workspace) -> State {
    let auth = workspace.read("convex/auth.ts").unwrap_or_default();
    let used = auth
        .lines()
        .map(str::trim)
        .any(|line| line.starts_with("cookieCache"));
    if used {
        State::caution(
            "cookieCache is on",
            "remove it from convex/auth.ts: deleted sessions would stay signed in",
        )
    } else {
        State::ready("no cookieCache")
    }
}
