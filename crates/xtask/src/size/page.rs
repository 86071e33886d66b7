//! A page as loaded by one visitor, and the kinds of its files.

/// The kinds of files that count, in the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Wasm,
    Js,
    Css,
}

/// The visitor who requests a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visitor {
    SignedOut,
    SignedIn,
}

/// The size of a file, uncompressed and as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) raw: usize,
    pub(super) brotli: usize,
}

/// A page as loaded by one visitor.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) path: String,
    pub(super) visitor: Visitor,
    /// The address to which it redirects this visitor.
    pub(super) to: Option<String>,
    /// The bytes of the document itself.
    pub(super) html: usize,
    pub(super) files: Vec<File>,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Wasm, Self::Js, Self::Css];

    pub(super) fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| {
            path.strip_suffix(kind.name())
                .is_some_and(|rest| rest.ends_with('.'))
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::Js => "js",
            Self::Css => "css",
        }
    }

    /// Returns what to do if a page loads too much of it.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Wasm => {
                "`cargo xtask size --parts` says whose code it is, docs/size.md what keeps it small. If it is worth \
                 its bytes, raise the budget in Cargo.toml with the change that needs it."
            }
            Self::Js | Self::Css => {
                "docs/size.md says what keeps it small. If it is worth its bytes, raise the budget in Cargo.toml with \
                 the change that needs it."
            }
        }
    }
}

impl Page {
    pub(super) fn brotli(&self, kind: Kind) -> usize {
        let files = self.files.iter().filter(|file| file.kind == kind);
        files.map(|file| file.brotli).sum()
    }

    pub(super) fn files_of(&self, kind: Kind) -> Vec<&str> {
        let files = self.files.iter().filter(|file| file.kind == kind);
        files.map(|file| file.path.as_str()).collect()
    }
}
