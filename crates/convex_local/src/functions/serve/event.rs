//! The reasons to load a folder.

use tokio::sync::oneshot;

use crate::functions::error::LoadError;

/// The reasons to load a folder.
#[derive(Debug)]
pub(crate) enum Event {
    /// A file changed.
    Changed,
    /// A caller requests a load now and waits for it.
    Load(oneshot::Sender<Loaded>),
    /// A process ended unexpectedly.
    Died,
    /// Another process would help.
    Wanted,
}

/// The result of loading the current folder.
pub(crate) type Loaded = Result<(), LoadError>;
