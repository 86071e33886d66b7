//! A page as one visitor gets it, and the kinds of its files.

/// What counts, in the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Wasm,
    Js,
    Css,
}

/// Who asks for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visitor {
    SignedOut,
    SignedIn,
}

/// A file as it is and as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) raw: usize,
    pub(super) brotli: usize,
}

/// A page as one visitor gets it.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) path: String,
    pub(super) visitor: Visitor,
    /// Where it sends this visitor instead.
    pub(super) to: Option<String>,
    /// Bytes of the document itself.
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

    /// What to do when there is too much of it.
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
