//! Requirements of the project on a machine: how to detect each one and how to install it.
//!
//! `doctor` prints the list. `setup` works through it in order, since later ones use earlier ones.

mod advisories;
mod cargo_tools;
mod chromium;
mod debian;
mod disk;
mod env_file;
mod node;
mod npm;
mod pins;
mod ports;
mod released;
mod rust;
mod wasm_opt;

use anyhow::Result;

pub use self::cargo_tools::{BUILD_DIR as TOOLS_DIR, pin_releases};
pub use self::chromium::choose as choose_chromium;

use crate::progress::Task;
use crate::workspace::Workspace;

/// The result of checking a requirement.
#[derive(Debug)]
pub enum State {
    /// It is fine; the text describes what was found.
    Ready(String),
    /// It is usable, with a warning.
    Caution {
        /// What was found.
        found: String,
        /// What to do.
        mend: String,
    },
    /// It is missing or wrong.
    Broken {
        /// What was found.
        found: String,
        /// What to do.
        mend: String,
    },
}

impl State {
    fn ready(found: impl Into<String>) -> Self {
        Self::Ready(found.into())
    }

    fn caution(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Caution {
            found: found.into(),
            mend: mend.into(),
        }
    }

    fn broken(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Broken {
            found: found.into(),
            mend: mend.into(),
        }
    }

    /// Returns whether it is missing or wrong.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }
}

/// The purpose of a requirement. Each purpose includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To build and run only the embedded backend.
    Backend,
    /// To build and serve the app.
    Build,
    /// To run the tests and the benchmark too.
    Test,
    /// Reported by `doctor`; there is nothing to install.
    Advice,
}

/// One thing the project needs.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// Its name.
    pub name: &'static str,
    /// Its purpose.
    pub need: Need,
    /// Checks it, quickly and without changing anything.
    pub probe: fn(&Workspace) -> State,
    /// Installs it; `None` if only a person can.
    pub install: Option<Install>,
}

/// How set-up gets a requirement.
#[derive(Clone, Copy, Debug)]
pub struct Install {
    /// The text of the progress line.
    pub doing: &'static str,
    /// The lane it runs in.
    pub lane: Lane,
    /// Installs it.
    pub run: fn(&Workspace, &Task<'_>) -> Result<()>,
}

/// A sequence of installations. Lanes run at the same time; inside a lane, one follows the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Before everything else.
    First,
    /// Programs that cargo installs.
    Tools,
    /// Packages from npm, and what comes with them.
    Packages,
}

/// All requirements, in the order of set-up.
pub const ALL: &[Requirement] = &[
    disk::SPACE,
    rust::COMPILER,
    rust::WASM_TARGET,
    cargo_tools::CARGO_LEPTOS,
    cargo_tools::WASM_BINDGEN,
    node::NODE,
    npm::ROOT,
    npm::END2END,
    npm::CRATES,
    wasm_opt::WASM_OPT,
    chromium::CHROMIUM,
    pins::BETTER_AUTH,
    pins::COOKIE_CACHE,
    advisories::ADVISORIES,
    ports::WEB,
    ports::BACKEND,
    env_file::SETTINGS,
];
