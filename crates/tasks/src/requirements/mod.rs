//! What the project needs on a machine: one [`Requirement`] each, how to see it and how to get it.
//!
//! `doctor` shows the list, `setup` works through it in this order: later ones use earlier ones.

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

/// What looking at a requirement found.
#[derive(Debug)]
pub enum State {
    /// All is well; the text says what is there.
    Ready(String),
    /// Usable, but worth a look: what is there, and what to do.
    Caution {
        /// What is there.
        found: String,
        /// What to do.
        mend: String,
    },
    /// Missing or wrong: what is there, and how to mend it.
    Broken {
        /// What is there.
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

    /// Whether it is missing or wrong.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }
}

/// When a requirement matters. Each takes what stands before it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To build and run the embedded backend alone.
    Backend,
    /// To build and serve the app.
    Build,
    /// To run the tests and the benchmark as well.
    Test,
    /// Told by `doctor`, nothing to install.
    Advice,
}

/// One thing the project needs.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// What it is called.
    pub name: &'static str,
    /// When it matters.
    pub need: Need,
    /// Looks, quickly and without changing anything.
    pub probe: fn(&Workspace) -> State,
    /// Gets it; `None` where only a person can.
    pub install: Option<Install>,
}

/// How set-up gets a requirement.
#[derive(Clone, Copy, Debug)]
pub struct Install {
    /// What the progress line says.
    pub doing: &'static str,
    /// What it goes on beside.
    pub lane: Lane,
    /// Gets it.
    pub run: fn(&Workspace, &Task<'_>) -> Result<()>,
}

/// What goes on beside what. Inside a lane, one comes after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Before everything else.
    First,
    /// Programs that cargo installs.
    Tools,
    /// Packages from npm, and what comes with them.
    Packages,
}

/// Everything, in the order in which it has to be set up.
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
