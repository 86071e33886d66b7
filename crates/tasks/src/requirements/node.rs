//! Node.js, which runs the Convex functions locally, the TypeScript tests and Playwright.

use super::{Need, Requirement, State};
use crate::process::{call, find, output};
use crate::version::Version;
use crate::workspace::Workspace;

pub(super) const NODE: Requirement = Requirement {
    name: "node",
    need: Need::Backend,
    probe: node,
    install: None,
};

const OLDEST: Version = Version::new(20, 0, 0);

fn node(workspace: &Workspace) -> State {
    let mend = "install Node.js 20 or newer with npm: https://nodejs.org";
    let line = output(&mut call(workspace, "node", &["--version"])).unwrap_or_default();
    match Version::find_in(&line) {
        Some(found) if found < OLDEST => {
            State::broken(format!("{found}, needs {OLDEST} or newer"), mend)
        }
        Some(found) if find(workspace, "npm").is_none() => {
            State::broken(format!("{found}, but no npm"), mend)
        }
        Some(found) => State::ready(found.to_string()),
        None => State::broken("not found", mend),
    }
}
