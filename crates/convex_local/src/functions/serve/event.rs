//! The reasons to load a folder.

use tokio::sync::oneshot;

use crate::functions::error::LoadError;

/// The reasons to load a folder.
#[derive(Debug)]
pub(crate) enum Event {
    /// A file changed.
    Changed,
    /// Somebody wants the folder to be loaded now, and waits for it.
    Load(oneshot::Sender<Loaded>),
    /// A process ended that nobody told to.
    Died,
    /// Another process would help.
    Wanted,
}

/// Whether the folder serves as it is now.
pub(crate) type Loaded = Result<(), LoadError>;
