//! Advisories about npm packages that the lock file pins, and how this project is protected from them.
//!
//! The table is `advisories.json` in this folder. `fixed` is the first version without the fault. An advisory without
//! `here` has no protection except that version.

use serde::Deserialize;
use serde_json::Value;

use super::{Need, Requirement, State};
use crate::version::Version;
use crate::workspace::Workspace;

pub(super) const ADVISORIES: Requirement = Requirement {
    name: "advisories",
    need: Need::Advice,
    probe: advisories,
    install: None,
};

const TABLE: &str = include_str!("advisories.json");

#[derive(Debug, Deserialize)]
struct Advisory {
    id: String,
    package: String,
    introduced: String,
    fixed: String,
    /// The fault, in a few words.
    what: String,
    /// The protection of this project in spite of the fault.
    here: Option<String>,
}

impl Advisory {
    fn affects(&self, version: &str) -> bool {
        let bound = |text: &str| Version::parse(text);
        match (bound(version), bound(&self.introduced), bound(&self.fixed)) {
            (Some(version), Some(introduced), Some(fixed)) => {
                (introduced..fixed).contains(&version)
            }
            // A version that cannot be parsed is reported.
            _ => true,
        }
    }
}

fn advisories(workspace: &Workspace) -> State {
    let Ok(table) = serde_json::from_str::<Vec<Advisory>>(TABLE) else {
        return State::broken(
            "advisories.json is no table",
            "git checkout -- crates/tasks/src/requirements/advisories.json",
        );
    };
    let lock = workspace.read("package-lock.json").unwrap_or_default();
    judge(&table, &pinned(&lock))
}

/// Returns names and versions of all packages in a lock file, including nested ones.
fn pinned(lock: &str) -> Vec<(String, String)> {
    let lock: Value = serde_json::from_str(lock).unwrap_or_default();
    let packages = lock["packages"].as_object().into_iter().flatten();
    packages
        .filter_map(|(path, entry)| {
            let (_, name) = path.rsplit_once("node_modules/")?;
            Some((name.to_owned(), entry["version"].as_str()?.to_owned()))
        })
        .collect()
}

fn judge(table: &[Advisory], pinned: &[(String, String)]) -> State {
    let (mut open, mut covered) = (Vec::new(), Vec::new());
    for advisory in table {
        let mut versions = pinned.iter().filter(|(name, _)| *name == advisory.package);
        let Some((name, version)) = versions.find(|(_, version)| advisory.affects(version)) else {
            continue;
        };
        let (id, what) = (&advisory.id, &advisory.what);
        match &advisory.here {
            Some(here) => covered.push(format!("{id} ({name} {version}: {what}): {here}")),
            None => open.push((
                format!("{id}: {name} {version}, {what}"),
                format!("{name} {} or newer", advisory.fixed),
            )),
        }
    }
    if open.is_empty() {
        return State::ready(match covered.is_empty() {
            true => "none applies".to_owned(),
            false => format!(
                "{} apply and are covered. {}",
                covered.len(),
                covered.join(". ")
            ),
        });
    }
    let (found, mend): (Vec<_>, Vec<_>) = open.into_iter().unzip();
    State::caution(found.join("; "), mend.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Advisory> {
        serde_json::from_str(TABLE).expect("a table")
    }

    fn of(name: &str, version: &str) -> State {
        judge(&table(), &[(name.to_owned(), version.to_owned())])
    }

    #[test]
    fn every_advisory_has_versions_that_can_be_compared() {
        for advisory in table() {
            let introduced = Version::parse(&advisory.introduced).expect("a version");
            let fixed = Version::parse(&advisory.fixed).expect("a version");
            assert!(introduced < fixed, "{}", advisory.id);
            assert!(!advisory.affects(&advisory.fixed), "{}", advisory.id);
            assert!(advisory.id.starts_with("GHSA-"), "{}", advisory.id);
        }
    }

    #[test]
    fn says_which_advisories_apply_and_what_protects_from_them() {
        let State::Ready(said) = of("@convex-dev/better-auth", "0.12.5") else {
            panic!("it is covered");
        };
        assert!(
            said.contains("GHSA-4qvm-r4pr-v3wg") && said.contains("second factor"),
            "{said}"
        );
        let State::Caution { found, mend } = of("better-auth", "1.6.10") else {
            panic!("nothing covers it");
        };
        assert!(found.contains("GHSA-cq3f-vc6p-68fh"), "{found}");
        assert!(mend.contains("1.6.11"), "{mend}");
        for (name, version) in [
            ("@convex-dev/better-auth", "0.12.7"),
            ("better-auth", "1.6.34"),
        ] {
            let State::Ready(said) = of(name, version) else {
                panic!("{name} {version} is well");
            };
            assert_eq!(said, "none applies");
        }
    }

    #[test]
    fn nested_packages_count() {
        let lock = r#"{"packages": {"": {"name": "app"}, "node_modules/a/node_modules/vitest": {"version": "4.0.13"}}}"#;
        assert_eq!(pinned(lock), [("vitest".to_owned(), "4.0.13".to_owned())]);
    }
}
